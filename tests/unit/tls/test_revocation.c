/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/revocation.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "unit/tls/revocation_lab.h"
#include "unit/unit.h"

enum { NONE = -1 };

/* One answer of a response. */
struct answer {
    int status; /* V_OCSP_CERTSTATUS_..., NONE: there is none */
    int reason;
    int age;      /* seconds since it ended; below 0: it is fresh */
    int critical; /* NONE, or whether it has an unknown extension that is critical */
};

static X509_EXTENSION *extension(const char *oid_text, bool critical)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(oid_text, 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e;

    ASN1_STRING_set(data, "\5\0", 2);
    e = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, data);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(oid);
    return e;
}

#define UNKNOWN "1.3.6.1.4.1.99999.2"
#define NONCE "1.3.6.1.5.5.7.48.1.2"

static void add_answer(OCSP_BASICRESP *basic, const struct revocation_lab *l,
                       const struct answer *a)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), l->leaf.x, l->ca.x);
    ASN1_TIME *from = ASN1_TIME_set(NULL, l->now - a->age - 3600);
    ASN1_TIME *to = ASN1_TIME_set(NULL, l->now - a->age);
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(basic, id, a->status, a->reason,
                               a->status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL, from, to);

    ck_assert_ptr_nonnull(single);
    if (a->critical != NONE) {
        X509_EXTENSION *e = extension(UNKNOWN, a->critical);

        OCSP_SINGLERESP_add_ext(single, e, -1);
        X509_EXTENSION_free(e);
    }
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
}

/* The verdict on a response that `by` has signed and `more` bytes follow. */
static struct revocation_fact read_signed(const struct revocation_lab *l, OCSP_BASICRESP *basic,
                                          const struct pki *by, size_t more)
{
    OCSP_RESPONSE *response;
    struct revocation_fact fact;
    unsigned char *der = NULL;
    size_t len;

    ck_assert_int_eq(OCSP_basic_sign(basic, by->x, by->key, EVP_sha256(), NULL, 0), 1);
    response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    len = (size_t)i2d_OCSP_RESPONSE(response, &der);
    der = OPENSSL_realloc(der, len + more + 1);
    memset(der + len, 0, more);
    revocation_ocsp(&l->cert, &l->issuer, der, len + more, l->now, &fact);
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return fact;
}

static struct revocation_fact read_response(const struct revocation_lab *l, OCSP_BASICRESP *basic)
{
    return read_signed(l, basic, &l->ca, 0);
}

#define ALONE                                                                                      \
    {                                                                                              \
        NONE, NONE, 0, NONE                                                                        \
    }
#define GOOD V_OCSP_CERTSTATUS_GOOD
#define REVOKED V_OCSP_CERTSTATUS_REVOKED
#define HOLD OCSP_REVOKED_STATUS_CERTIFICATEHOLD
#define STALE "it is out of date since"

/* The worst of several answers about one certificate counts, whatever their order; one that does
 * not count is nothing beside one that does. */
static const struct {
    struct answer first, second;
    enum revocation_status want;
    const char *why; /* how it begins */
} answers[] = {
    {{GOOD, NONE, -60, NONE}, ALONE, REVOCATION_GOOD, ""},
    {{GOOD, NONE, -60, NONE}, {REVOKED, 1, -60, NONE}, REVOCATION_REVOKED, ""},
    {{REVOKED, 1, -60, NONE}, {GOOD, NONE, -60, NONE}, REVOCATION_REVOKED, ""},
    {{GOOD, NONE, -60, NONE}, {REVOKED, 1, 7200, NONE}, REVOCATION_REVOKED, ""},
    {{GOOD, NONE, -60, NONE}, {V_OCSP_CERTSTATUS_UNKNOWN, NONE, -60, NONE}, REVOCATION_UNKNOWN, ""},
    {{GOOD, NONE, 7200, NONE}, {GOOD, NONE, -60, NONE}, REVOCATION_GOOD, ""},
    {{GOOD, NONE, -60, NONE}, {GOOD, NONE, 7200, NONE}, REVOCATION_GOOD, ""},
    {{GOOD, NONE, 7200, NONE}, {GOOD, NONE, 7200, NONE}, REVOCATION_INVALID, STALE},
    /* revoked for good, or only held then */
    {{REVOKED, 1, 7200, NONE}, ALONE, REVOCATION_REVOKED, ""},
    {{REVOKED, HOLD, -60, NONE}, ALONE, REVOCATION_REVOKED, ""},
    {{REVOKED, HOLD, 7200, NONE}, ALONE, REVOCATION_INVALID, STALE},
    {{REVOKED, HOLD, 7200, NONE}, {GOOD, NONE, -60, NONE}, REVOCATION_GOOD, ""},
    /* unknown extensions of an answer (RFC 6960 4.4) */
    {{GOOD, NONE, -60, false}, ALONE, REVOCATION_GOOD, ""},
    {{GOOD, NONE, -60, true}, ALONE, REVOCATION_INVALID, "it has an unknown critical extension"},
    {{GOOD, NONE, -60, true}, {GOOD, NONE, -60, NONE}, REVOCATION_GOOD, ""},
};

START_TEST(several)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    add_answer(basic, &l, &answers[_i].first);
    if (answers[_i].second.status != NONE)
        add_answer(basic, &l, &answers[_i].second);
    fact = read_response(&l, basic);
    ck_assert_msg(fact.status == answers[_i].want, "%d: %d, %s", _i, (int)fact.status, fact.why);
    ck_assert_int_eq(strncmp(fact.why, answers[_i].why, strlen(answers[_i].why)), 0);
    revocation_lab_close(&l);
}
END_TEST

/* Extensions of the whole response. */
static const struct {
    const char *oid;
    bool critical;
    enum revocation_status want;
} responses[] = {
    {UNKNOWN, false, REVOCATION_GOOD},
    {UNKNOWN, true, REVOCATION_INVALID},
    {NONCE, true, REVOCATION_GOOD},
};

START_TEST(response)
{
    static const struct answer good = {GOOD, NONE, -60, NONE};
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    X509_EXTENSION *e = extension(responses[_i].oid, responses[_i].critical);
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    add_answer(basic, &l, &good);
    OCSP_BASICRESP_add_ext(basic, e, -1);
    fact = read_response(&l, basic);
    ck_assert_int_eq(fact.status, responses[_i].want);
    ck_assert_str_eq(fact.why, responses[_i].want == REVOCATION_GOOD
                                   ? ""
                                   : "it has an unknown critical extension");
    X509_EXTENSION_free(e);
    revocation_lab_close(&l);
}
END_TEST

/* Only what the certificate's issuer has signed counts, and only where nothing follows it. */
static const struct {
    bool other;
    size_t more;
    enum revocation_status want;
    const char *why;
} wholes[] = {
    {false, 0, REVOCATION_GOOD, ""},
    {false, 1, REVOCATION_INVALID, "it is not an OCSP response"},
    {false, 100, REVOCATION_INVALID, "it is not an OCSP response"},
    {true, 0, REVOCATION_INVALID, "it is not signed by the issuer of the certificate"},
};

START_TEST(whole)
{
    static const struct answer good = {GOOD, NONE, -60, NONE};
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    add_answer(basic, &l, &good);
    fact = read_signed(&l, basic, wholes[_i].other ? &l.other : &l.ca, wholes[_i].more);
    ck_assert_int_eq(fact.status, wholes[_i].want);
    ck_assert_str_eq(fact.why, wholes[_i].why);
    revocation_lab_close(&l);
}
END_TEST

/* Five minutes of difference between two clocks are allowed. */
static const struct {
    time_t from, to, now;
    const char *why; /* NULL: fresh */
} times[] = {
    {100000, 200000, 150000, NULL},
    {100000, 0, 999999999, NULL},
    {100000, 200000, 0, NULL},
    {0, 0, 0, NULL},
    {0, 200000, 150000, "it has no date"},
    {150300, 200000, 150000, NULL},
    {150301, 200000, 150000, "it is from the future"},
    {100000, 149700, 150000, NULL},
    {100000, 149699, 150000, "it is out of date since 1970-01-02 17:34:59 UTC"},
};

START_TEST(fresh)
{
    struct revocation_fact fact = {.status = REVOCATION_GOOD};

    ck_assert_int_eq(revocation_is_fresh(times[_i].from, times[_i].to, times[_i].now, &fact),
                     !times[_i].why);
    ck_assert_int_eq(fact.status, times[_i].why ? REVOCATION_INVALID : REVOCATION_GOOD);
    ck_assert_str_eq(fact.why, times[_i].why ? times[_i].why : "");
}
END_TEST

UNIT_CASE(revocation, {fresh, COUNT(times)}, {whole, COUNT(wholes)}, {several, COUNT(answers)},
          {response, COUNT(responses)})
