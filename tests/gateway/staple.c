/* SPDX-License-Identifier: BSD-2-Clause */
#include "staple.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "keys.h"

enum { DAY = 86400 };

static const struct cert *issuer_of(const struct lab *lab, const struct statement *s,
                                    const struct cert *cert)
{
    const struct cert *c;

    for (size_t i = 0; (c = pki_at(lab->pki, i)) != NULL; i++)
        if (X509_check_issued(c->x, cert->x) == X509_V_OK && X509_verify(cert->x, c->key) == 1)
            return c;
    script_error(s, "certificate %s has no issuer here", cert->name);
}

static bool is_known(const char *what, const char *const *known)
{
    while (*known != NULL && strcmp(what, *known) != 0)
        known++;
    return *known != NULL;
}

static int status_of(const char *what)
{
    if (strcmp(what, "revoked") == 0)
        return V_OCSP_CERTSTATUS_REVOKED;
    if (strcmp(what, "unknown") == 0)
        return V_OCSP_CERTSTATUS_UNKNOWN;
    return V_OCSP_CERTSTATUS_GOOD;
}

static time_t end_of(const struct lab *lab, const char *what)
{
    return lab->start + (strcmp(what, "stale") == 0 ? -DAY : DAY);
}

/* A critical extension that nobody knows, once made. */
static X509_EXTENSION *unknown_extension(void)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.2", 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e;

    ASN1_STRING_set(data, "\5\0", 2);
    e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, data);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(oid);
    return e;
}

/* ---- OCSP ---- */

/* A certificate for OCSP signing (RFC 6960 4.2.2.2). */
static X509 *appoint(const struct lab *lab, const struct cert *issuer, EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_NAME_new();
    X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "OCSPSigning");

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"Responder", -1, -1,
                               0);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 99);
    ASN1_TIME_set(X509_getm_notBefore(x), lab->start - DAY);
    ASN1_TIME_set(X509_getm_notAfter(x), lab->start + DAY);
    X509_set_subject_name(x, name);
    X509_set_issuer_name(x, X509_get_subject_name(issuer->x));
    X509_set_pubkey(x, key);
    X509_add_ext(x, usage, -1);
    X509_sign(x, issuer->key, EVP_sha256());
    X509_NAME_free(name);
    X509_EXTENSION_free(usage);
    return x;
}

static int sign(const struct lab *lab, OCSP_BASICRESP *basic, const struct cert *issuer,
                const char *what)
{
    const struct cert *stranger = pki_find(lab->pki, "stranger");
    EVP_PKEY *key;
    X509 *delegate;
    int done;

    if (strcmp(what, "stranger") == 0)
        return OCSP_basic_sign(basic, stranger->x, stranger->key, EVP_sha256(), NULL, 0);
    if (strcmp(what, "delegate") != 0)
        return OCSP_basic_sign(basic, issuer->x, issuer->key, EVP_sha256(), NULL, 0);
    key = keys_make("ec");
    delegate = appoint(lab, issuer, key);
    done = OCSP_basic_sign(basic, delegate, key, EVP_sha256(), NULL, 0);
    X509_free(delegate);
    EVP_PKEY_free(key);
    return done;
}

static OCSP_CERTID *identity(const struct cert *cert, const struct cert *issuer, const char *what)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert->x));
    OCSP_CERTID *id;

    if (strcmp(what, "other") == 0)
        ASN1_INTEGER_set(serial, ASN1_INTEGER_get(serial) + 1);
    id = OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer->x),
                          X509_get0_pubkey_bitstr(issuer->x), serial);
    ASN1_INTEGER_free(serial);
    return id;
}

struct buf staple_response(struct lab *lab, const struct statement *s, const struct cert *cert,
                           const char *what)
{
    static const char *const known[] = {"good",     "revoked",  "unknown",  "stale",
                                        "other",    "stranger", "delegate", "garbage",
                                        "critical", "twice",    NULL};
    const struct cert *issuer = issuer_of(lab, s, cert);
    time_t end = end_of(lab, what);
    ASN1_TIME *from = ASN1_TIME_set(NULL, end - 3 * DAY), *to = ASN1_TIME_set(NULL, end);
    int status = status_of(what), len;
    OCSP_CERTID *id = identity(cert, issuer, what);
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_SINGLERESP *single;
    OCSP_RESPONSE *whole = NULL;
    unsigned char *der = NULL;
    struct buf out = {0};

    if (!is_known(what, known))
        script_error(s, "OCSP: \"%s\" is unknown", what);
    if (strcmp(what, "garbage") == 0) {
        buf_str(&out, what);
        return out;
    }
    single = OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                    status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL, from, to);
    if (strcmp(what, "critical") == 0)
        OCSP_SINGLERESP_add_ext(single, unknown_extension(), -1);
    if (strcmp(what, "twice") == 0)
        OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_REVOKED,
                               OCSP_REVOKED_STATUS_KEYCOMPROMISE, from, from, to);
    if (sign(lab, basic, issuer, what) == 1)
        whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    len = i2d_OCSP_RESPONSE(whole, &der);
    buf_add(&out, (const char *)der, (size_t)len);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return out;
}

/* ---- CRL ---- */

static void list_certificate(X509_CRL *crl, const struct cert *cert, const ASN1_TIME *since,
                             bool critical)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

    ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE);
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert->x));
    X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)since);
    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
    if (critical)
        X509_REVOKED_add_ext(entry, unknown_extension(), -1);
    X509_CRL_add0_revoked(crl, entry);
    ASN1_ENUMERATED_free(reason);
}

/* Some 15 MB of other certificates. */
static void list_many(X509_CRL *crl, const ASN1_TIME *since)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    for (long i = 0; i < 270000; i++) {
        X509_REVOKED *entry = X509_REVOKED_new();

        ASN1_INTEGER_set_uint64(serial, 0x7000000000000000u + (uint64_t)i);
        X509_REVOKED_set_serialNumber(entry, serial);
        X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)since);
        X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, (ASN1_TIME *)since, 0, 0);
        X509_CRL_add0_revoked(crl, entry);
    }
    ASN1_INTEGER_free(serial);
}

static void add_pem(struct buf *out, X509_CRL *crl)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;

    PEM_write_bio_X509_CRL(bio, crl);
    len = BIO_get_mem_data(bio, &text);
    buf_add(out, text, (size_t)len);
    BIO_free(bio);
}

struct buf staple_crl(struct lab *lab, const struct statement *s, const struct cert *cert,
                      const char *what)
{
    static const char *const known[] = {"good",    "revoked",  "stale",          "stranger",
                                        "garbage", "critical", "entry-critical", "large",
                                        "pem",     NULL};
    const struct cert *issuer = issuer_of(lab, s, cert), *signer = issuer;
    time_t end = end_of(lab, what);
    ASN1_TIME *from = ASN1_TIME_set(NULL, end - 3 * DAY), *to = ASN1_TIME_set(NULL, end);
    X509_CRL *crl = X509_CRL_new();
    unsigned char *der = NULL;
    struct buf out = {0};
    int len;

    if (!is_known(what, known))
        script_error(s, "crl: \"%s\" is unknown", what);
    if (strcmp(what, "garbage") == 0) {
        buf_str(&out, what);
        return out;
    }
    if (strcmp(what, "stranger") == 0)
        signer = pki_find(lab->pki, what);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    if (strcmp(what, "revoked") == 0 || strcmp(what, "pem") == 0)
        list_certificate(crl, cert, from, false);
    if (strcmp(what, "large") == 0)
        list_many(crl, from);
    if (strcmp(what, "entry-critical") == 0)
        list_certificate(crl, pki_find(lab->pki, "stranger"), from, true);
    if (strcmp(what, "critical") == 0)
        X509_CRL_add_ext(crl, unknown_extension(), -1);
    X509_CRL_sign(crl, signer->key, EVP_sha256());
    if (strcmp(what, "pem") == 0) {
        add_pem(&out, crl);
    } else {
        len = i2d_X509_CRL(crl, &der);
        buf_add(&out, (const char *)der, (size_t)len);
        OPENSSL_free(der);
    }
    X509_CRL_free(crl);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return out;
}

/* ---- the staple ---- */

struct staples {
    const struct cert *cert[2];
    struct buf response[2];
};

static int send_staple(SSL *ssl, void *arg)
{
    const struct staples *staples = arg;
    bool second =
        staples->cert[1] != NULL && X509_cmp(SSL_get_certificate(ssl), staples->cert[1]->x) == 0;
    const struct buf *staple = &staples->response[second];
    unsigned char *copy = OPENSSL_memdup(staple->p, staple->len);

    if (copy == NULL || SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)staple->len) != 1)
        return SSL_TLSEXT_ERR_NOACK;
    return SSL_TLSEXT_ERR_OK;
}

void staple_set(struct lab *lab, const struct statement *s, SSL_CTX *ctx,
                const struct tls_options *o, const char *cert)
{
    struct staples *staples = need(1, sizeof *staples);

    staples->cert[0] = pki_find(lab->pki, cert);
    staples->cert[1] = o->second != NULL ? pki_find(lab->pki, o->second) : NULL;
    for (size_t i = 0; i < 2 && staples->cert[i] != NULL; i++)
        staples->response[i] = staple_response(lab, s, staples->cert[i], o->staple);
    SSL_CTX_set_tlsext_status_cb(ctx, send_staple);
    SSL_CTX_set_tlsext_status_arg(ctx, staples);
}
