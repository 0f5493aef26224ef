/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/revocation.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "tls/der.h"

enum { CLOCK_SKEW = 300 };

/* The certificate that the facts keep, to be freed. NULL: they hold no DER, or memory is short. */
static X509 *parse(const struct cert_facts *c)
{
    const unsigned char *p = c->der;

    return p ? d2i_X509(NULL, &p, (long)c->der_len) : NULL;
}

/* Sets REVOCATION_INVALID and out->why, a copy of `why`, which is a sentence about "it". */
static void refuse(struct revocation_fact *out, const char *why)
{
    out->status = REVOCATION_INVALID;
    text_copy(out->why, sizeof out->why, why);
}

bool revocation_is_fresh(time_t from, time_t to, time_t now, struct revocation_fact *out)
{
    char when[40];

    if (now == 0)
        return true;
    if (from == 0) {
        refuse(out, "it has no date");
        return false;
    }
    if (from > now + CLOCK_SKEW) {
        refuse(out, "it is from the future");
        return false;
    }
    if (to != 0 && to < now - CLOCK_SKEW) {
        text_time(when, sizeof when, to);
        refuse(out, "");
        text_format(out->why, sizeof out->why, "it is out of date since %s", when);
        return false;
    }
    return true;
}

void revocation_note_revoked(struct revocation_fact *out, time_t since, int reason)
{
    *out = (struct revocation_fact){.status = REVOCATION_REVOKED, .since = since};
    if (reason >= 0)
        text_copy(out->reason, sizeof out->reason, OCSP_crl_reason_str(reason));
}

/* --- OCSP --- */

/* Whether the response is signed by the issuer, or by a certificate that it issued for this (RFC
 * 6960 4.2.2.2). `now` 0: no dates of certificates are checked; else they are compared with the
 * clock, not with `now`. False also where memory is short. */
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

/* Whether we know the extension. RFC 6960 4.4: nobody has to know these, but who marks another one
 * as critical means it. */
static bool is_known(const X509_EXTENSION *e)
{
    static const int nids[] = {NID_id_pkix_OCSP_Nonce, NID_id_pkix_OCSP_CrlID,
                               NID_id_pkix_OCSP_archiveCutoff, NID_crl_reason, NID_invalidity_date};
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)e));

    for (size_t i = 0; i < sizeof nids / sizeof *nids; i++) {
        if (nids[i] == nid)
            return true;
    }
    return false;
}

/* Whether an extension is critical and unknown; false where it is NULL. */
static bool is_unknown_critical(const X509_EXTENSION *e)
{
    return e && X509_EXTENSION_get_critical(e) && !is_known(e);
}

/* Whether the response has no unknown critical extension, those of its answers aside. */
static bool response_is_understood(OCSP_BASICRESP *basic)
{
    for (int i = 0; i < OCSP_BASICRESP_get_ext_count(basic); i++) {
        if (is_unknown_critical(OCSP_BASICRESP_get_ext(basic, i)))
            return false;
    }
    return true;
}

/* Whether one answer has no unknown critical extension. */
static bool single_is_understood(OCSP_SINGLERESP *single)
{
    for (int i = 0; i < OCSP_SINGLERESP_get_ext_count(single); i++) {
        if (is_unknown_critical(OCSP_SINGLERESP_get_ext(single, i)))
            return false;
    }
    return true;
}

/* Whether the version is 1, written as 0 or left out (RFC 6960 4.2.1). */
static bool is_version_1(OCSP_BASICRESP *basic)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPDATA((OCSP_RESPDATA *)OCSP_resp_get0_respdata(basic), &der);
    struct der all = {der, len > 0 ? (size_t)len : 0}, wrapped, version;
    bool ok = der_take(&all, DER_SEQUENCE, NULL, &all);

    if (ok && der_peek(&all) == DER_CONTEXT_0)
        ok = der_take(&all, DER_CONTEXT_0, NULL, &wrapped) &&
             der_take(&wrapped, DER_INTEGER, NULL, &version) && der_is(&version, "\0", 1);
    OPENSSL_free(der);
    return ok;
}

/* Whether an answer is about `cert`, which `issuer` issued; a responder may name it by a digest of
 * its own choice. */
static bool is_about(const OCSP_SINGLERESP *single, X509 *cert, X509 *issuer)
{
    OCSP_CERTID *theirs = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single), *own;
    const EVP_MD *md;
    ASN1_OBJECT *digest = NULL;
    bool same;

    OCSP_id_get0_info(NULL, &digest, NULL, NULL, theirs);
    md = EVP_get_digestbyobj(digest);
    own = md ? OCSP_cert_to_id(md, cert, issuer) : NULL;
    same = own && OCSP_id_cmp(own, theirs) == 0;
    OCSP_CERTID_free(own);
    return same;
}

/* Reads an answer about the certificate, as is_about says; always fills *out: good, revoked,
 * unknown, or invalid with `why`. `now` 0: whether it is fresh is not looked at. Revoked stays
 * revoked, however old the answer is; a hold may have been lifted since. */
static void read_single(OCSP_SINGLERESP *single, time_t now, struct revocation_fact *out)
{
    ASN1_GENERALIZEDTIME *since = NULL, *from = NULL, *to = NULL;
    int reason = -1, status = OCSP_single_get0_status(single, &reason, &since, &from, &to);
    bool revoked = status == V_OCSP_CERTSTATUS_REVOKED;

    *out = (struct revocation_fact){0};
    if (!single_is_understood(single)) {
        refuse(out, "it has an unknown critical extension");
        return;
    }
    if (!(revoked && reason != OCSP_REVOKED_STATUS_CERTIFICATEHOLD) &&
        !revocation_is_fresh(cert_time(from), cert_time(to), now, out))
        return;
    if (revoked)
        revocation_note_revoked(out, cert_time(since), reason);
    else
        out->status = status == V_OCSP_CERTSTATUS_GOOD ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
}

/* The rank of an answer, from 1, which is that of an invalid one; higher is worse. The worst of
 * several answers about a certificate counts; an invalid answer does not count beside a valid
 * one. */
static int rank(enum revocation_status status)
{
    switch (status) {
    case REVOCATION_REVOKED:
        return 4;
    case REVOCATION_UNKNOWN:
        return 3;
    case REVOCATION_GOOD:
        return 2;
    default:
        return 1;
    }
}

/* Fills *out, which was zeroed before, with the answer of the highest rank that is about the
 * certificate; invalid where there is none. The caller has checked the signature. `now` 0: whether
 * it is fresh is not looked at. */
static void read_answers(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, time_t now,
                         struct revocation_fact *out)
{
    struct revocation_fact fact;

    refuse(out, "it is about another certificate");
    if (!response_is_understood(basic)) {
        refuse(out, "it has an unknown critical extension");
        return;
    }
    for (int i = 0, found = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);

        if (!is_about(single, cert, issuer))
            continue;
        read_single(single, now, &fact);
        if (!found++ || rank(fact.status) > rank(out->status))
            *out = fact;
    }
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
        refuse(out, "it is not an OCSP response");
    else if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        text_format(out->why, sizeof out->why, "the responder says %s",
                    OCSP_response_status_str(status));
    else if (!(basic = OCSP_response_get1_basic(response)))
        refuse(out, "it is not a basic OCSP response");
    else if (!is_version_1(basic))
        refuse(out, "its version is unknown");
    else if (!is_signed(basic, i, now))
        refuse(out, "it is not signed by the issuer of the certificate");
    else
        read_answers(basic, c, i, now, out);
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
        if (n > 0)
            out = malloc((size_t)n);
        at = out;
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

/* --- lists of checks --- */

const struct revocation_check *revocation_checks_find(const struct revocation_checks *l,
                                                      const char *sha256)
{
    uint64_t code = hash_text(sha256);
    struct hash_walk walk;

    for (size_t i = hash_first(&l->by_digest, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (strcmp(l->at[i].sha256, sha256) == 0)
            return &l->at[i];
    }
    return NULL;
}

bool revocation_checks_add(struct revocation_checks *l, const char *sha256)
{
    struct revocation_check *at = array_grow(l->at, l->count, sizeof *at);

    if (!at)
        return false;
    l->at = at;
    memset(&at[l->count], 0, sizeof *at);
    text_copy(at[l->count].sha256, sizeof at->sha256, sha256);
    if (!hash_add(&l->by_digest, hash_text(sha256), l->count))
        return false;
    l->count++;
    return true;
}

void revocation_checks_clear(struct revocation_checks *l)
{
    free(l->at);
    hash_clear(&l->by_digest);
    *l = (struct revocation_checks){0};
}
