#include "revocation.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { CLOCK_SKEW = 300 };

static X509 *parse(const struct cert_facts *c)
{
    const unsigned char *p = c->der;

    return p ? d2i_X509(NULL, &p, (long)c->der_len) : NULL;
}

static void refuse(struct revocation_fact *out, const char *why)
{
    out->status = REVOCATION_INVALID;
    text_copy(out->why, sizeof out->why, why);
}

/* RFC 6960 4.2.2.1, RFC 5280 5.1.2.4 and 5.1.2.5: between the two, give or take a clock. */
static bool is_fresh(const ASN1_TIME *from, const ASN1_TIME *to, time_t now,
                     struct revocation_fact *out)
{
    char when[40];

    if (now == 0)
        return true;
    if (!from || ASN1_TIME_cmp_time_t(from, now + CLOCK_SKEW) > 0) {
        refuse(out, "it is from the future");
        return false;
    }
    if (to && ASN1_TIME_cmp_time_t(to, now - CLOCK_SKEW) < 0) {
        text_time(when, sizeof when, cert_time(to));
        refuse(out, "");
        text_format(out->why, sizeof out->why, "it is out of date since %s", when);
        return false;
    }
    return true;
}

static void note_revoked(struct revocation_fact *out, const ASN1_TIME *since, int reason)
{
    out->status = REVOCATION_REVOKED;
    out->since = cert_time(since);
    if (reason >= 0)
        text_copy(out->reason, sizeof out->reason, OCSP_crl_reason_str(reason));
}

/* --- OCSP --- */

/* Signed by the issuer, or by a certificate that it issued for this (RFC 6960 4.2.2.2). */
static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer, time_t now)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *issuers = sk_X509_new_null();
    bool ok = false;

    if (store && issuers && X509_STORE_add_cert(store, issuer) && sk_X509_push(issuers, issuer)) {
        X509_STORE_set_flags(store,
                             X509_V_FLAG_PARTIAL_CHAIN | (now ? 0ul : X509_V_FLAG_NO_CHECK_TIME));
        ok = OCSP_basic_verify(basic, issuers, store, OCSP_TRUSTOTHER) == 1;
    }
    sk_X509_free(issuers);
    X509_STORE_free(store);
    return ok;
}

static void read_single(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, time_t now,
                        struct revocation_fact *out)
{
    ASN1_GENERALIZEDTIME *since = NULL, *from = NULL, *to = NULL;
    int status = -1, reason = -1;
    bool found = false;

    /* A responder may name the certificate by a digest of its own choice. */
    for (int i = 0; i < OCSP_resp_count(basic) && !found; i++) {
        const OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        ASN1_OBJECT *digest = NULL;
        OCSP_CERTID *id;

        OCSP_id_get0_info(NULL, &digest, NULL, NULL,
                          (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single));
        id = EVP_get_digestbyobj(digest)
                 ? OCSP_cert_to_id(EVP_get_digestbyobj(digest), cert, issuer)
                 : NULL;
        found = id && OCSP_id_cmp(id, OCSP_SINGLERESP_get0_id(single)) == 0;
        if (found)
            status =
                OCSP_single_get0_status((OCSP_SINGLERESP *)single, &reason, &since, &from, &to);
        OCSP_CERTID_free(id);
    }
    if (!found)
        refuse(out, "it is about another certificate");
    else if (status == V_OCSP_CERTSTATUS_REVOKED)
        note_revoked(out, since, reason);
    else if (is_fresh(from, to, now, out))
        out->status = status == V_OCSP_CERTSTATUS_GOOD ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
}

void revocation_ocsp(const struct cert_facts *cert, const struct cert_facts *issuer,
                     const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out)
{
    const unsigned char *p = buf;
    OCSP_RESPONSE *response =
        len <= REVOCATION_OCSP_MAX ? d2i_OCSP_RESPONSE(NULL, &p, (long)len) : NULL;
    OCSP_BASICRESP *basic = NULL;
    X509 *c = parse(cert), *i = parse(issuer);
    int status = response ? OCSP_response_status(response) : OCSP_RESPONSE_STATUS_SUCCESSFUL;

    *out = (struct revocation_fact){0};
    if (!c || !i)
        out->status = REVOCATION_LOCAL;
    else if (!response || p != buf + len)
        refuse(out, "it is no OCSP response");
    else if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        text_format(out->why, sizeof out->why, "the responder says %s",
                    OCSP_response_status_str(status));
    else if (!(basic = OCSP_response_get1_basic(response)))
        refuse(out, "it is no basic OCSP response");
    else if (!is_signed(basic, i, now))
        refuse(out, "it is not signed by the issuer of the certificate");
    else
        read_single(basic, c, i, now, out);
    if (out->status == REVOCATION_UNCHECKED)
        out->status = REVOCATION_INVALID;
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    X509_free(c);
    X509_free(i);
    ERR_clear_error();
}

unsigned char *revocation_request(const struct cert_facts *cert, const struct cert_facts *issuer,
                                  size_t *len)
{
    X509 *c = parse(cert), *i = parse(issuer);
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = c && i ? OCSP_cert_to_id(EVP_sha1(), c, i) : NULL; /* RFC 5019 2.1.1 */
    unsigned char *out = NULL, *at;
    int n = 0;

    if (request && id && OCSP_request_add0_id(request, id)) {
        id = NULL;
        n = i2d_OCSP_REQUEST(request, NULL);
        at = out = n > 0 ? malloc((size_t)n) : NULL;
        if (out)
            i2d_OCSP_REQUEST(request, &at);
    }
    *len = out ? (size_t)n : 0;
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    X509_free(c);
    X509_free(i);
    ERR_clear_error();
    return out;
}

/* --- CRL --- */

static X509_CRL *parse_crl(const unsigned char *buf, size_t len)
{
    const unsigned char *p = buf;
    X509_CRL *crl;
    BIO *bio;

    if (len > REVOCATION_CRL_MAX)
        return NULL;
    crl = d2i_X509_CRL(NULL, &p, (long)len);
    if (crl)
        return crl;
    bio = BIO_new_mem_buf(buf, (int)len);
    crl = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return crl;
}

static bool names_url(const ISSUING_DIST_POINT *idp, const char *url)
{
    GENERAL_NAMES *names;

    if (!idp->distpoint)
        return true;
    if (idp->distpoint->type != 0)
        return false;
    names = idp->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        const ASN1_STRING *s = n->d.uniformResourceIdentifier;

        if (n->type == GEN_URI && (size_t)ASN1_STRING_length(s) == strlen(url) &&
            memcmp(ASN1_STRING_get0_data(s), url, strlen(url)) == 0)
            return true;
    }
    return false;
}

/* RFC 5280 6.3.3: a CRL for a part of the certificates says nothing about the others. */
static bool is_in_scope(X509_CRL *crl, X509 *cert, const char *url)
{
    ISSUING_DIST_POINT *idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
    bool ca = X509_check_ca(cert) == 1, ok;

    ok = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0 &&
         (!idp || (idp->indirectCRL <= 0 && idp->onlyattr <= 0 && !idp->onlysomereasons &&
                   !(ca ? idp->onlyuser > 0 : idp->onlyCA > 0) && names_url(idp, url)));
    ISSUING_DIST_POINT_free(idp);
    return ok;
}

void revocation_crl(const struct cert_facts *cert, const struct cert_facts *issuer,
                    const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out)
{
    X509_CRL *crl = parse_crl(buf, len);
    X509 *c = parse(cert), *i = parse(issuer);
    X509_REVOKED *entry = NULL;
    ASN1_ENUMERATED *reason = NULL;

    *out = (struct revocation_fact){0};
    if (!c || !i) {
        out->status = REVOCATION_LOCAL;
    } else if (!crl) {
        refuse(out, "it is no CRL");
    } else if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(i)) != 0 ||
               X509_CRL_verify(crl, X509_get0_pubkey(i)) != 1) {
        refuse(out, "it is not signed by the issuer of the certificate");
    } else if (!is_in_scope(crl, c, cert->crl)) {
        refuse(out, "it is not for certificates of this kind");
    } else if (X509_CRL_get0_by_cert(crl, &entry, c) == 1) {
        reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
        note_revoked(out, X509_REVOKED_get0_revocationDate(entry),
                     reason ? (int)ASN1_ENUMERATED_get(reason) : -1);
    } else if (is_fresh(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), now, out)) {
        out->status = REVOCATION_GOOD; /* 0: not in it; 2: taken off again (RFC 5280 5.3.1) */
    }
    ASN1_ENUMERATED_free(reason);
    X509_CRL_free(crl);
    X509_free(c);
    X509_free(i);
    ERR_clear_error();
}
