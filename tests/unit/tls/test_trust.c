/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust.h"

#include <openssl/x509_vfy.h>
#include <string.h>

#include "unit/tls/trust_lab.h"
#include "unit/unit.h"

enum { FAULTS = 4 };

static const struct {
    const char *name;
    enum who served[4], anchor;
    int faults[FAULTS]; /* 0 ends the list */
    int fault_depth;
    int path; /* length of the path */
} chains[] = {
    {"whole chain", {LEAF, INTER}, ROOT, {0}, 0, 3},
    {"root served too", {LEAF, INTER, ROOT}, ROOT, {0}, 0, 3},
    {"out of order", {LEAF, ROOT, INTER}, ROOT, {0}, 0, 3},
    {"superfluous certificate", {LEAF, INTER, STRANGER}, ROOT, {0}, 0, 3},
    {"expired is no fault here", {EXPIRED, INTER}, ROOT, {0}, 0, 3},
    {"intermediate missing", {LEAF}, ROOT, {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}, 0, 1},
    {"expired and intermediate missing",
     {EXPIRED},
     ROOT,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
     0,
     1},
    {"unknown root, not served",
     {LEAF, INTER},
     STRANGER,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
     1,
     2},
    {"unknown root, served",
     {LEAF, INTER, ROOT},
     STRANGER,
     {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
     2,
     3},
    {"self-signed", {ALONE}, ROOT, {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}, 0, 1},
    {"weak key", {WEAK, INTER}, ROOT, {X509_V_ERR_EE_KEY_TOO_SMALL}, 0, 3},
    {"weak key and unknown issuer",
     {WEAK},
     ROOT,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_EE_KEY_TOO_SMALL},
     0,
     1},
    {"wrong purpose", {CLIENT, INTER}, ROOT, {X509_V_ERR_INVALID_PURPOSE}, 0, 3},
    {"anchor: the intermediate", {LEAF}, INTER, {0}, 0, 2},
    {"anchor: the intermediate, served", {LEAF, INTER}, INTER, {0}, 0, 2},
    {"anchor: the leaf", {LEAF}, LEAF, {0}, 0, 1},
    {"anchor: the leaf, chain served", {LEAF, INTER}, LEAF, {0}, 0, 0},
    {"anchor: the self-signed leaf", {ALONE}, ALONE, {0}, 0, 1},
    {"anchor: another leaf of that name",
     {ALONE},
     LEAF,
     {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
     0,
     1},
};

START_TEST(pkix)
{
    struct trust_lab l = {0};
    struct trust_query q = {.names = trust_lab_names, .name_count = 2};
    struct trust_facts f;
    size_t want = 0;
    int path = 0;

    trust_lab_open(&l, chains[_i].served, 4, chains[_i].anchor);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    for (; want < FAULTS && chains[_i].faults[want]; want++)
        ck_assert_msg(trust_lab_has_fault(&f.pkix, chains[_i].faults[want]), "%s: no fault %d",
                      chains[_i].name, chains[_i].faults[want]);
    ck_assert_msg(f.pkix.count == want, "%s: %zu faults, first %d at %d", chains[_i].name,
                  f.pkix.count, f.pkix.at[0].code, f.pkix.at[0].depth);
    if (want > 0)
        ck_assert_int_eq(f.pkix.at[0].depth, chains[_i].fault_depth);
    for (size_t i = 0; i < f.cert_count; i++)
        path = f.certs[i].path > path ? f.certs[i].path : path;
    if (chains[_i].path)
        ck_assert_msg(path == chains[_i].path, "%s: path of %d", chains[_i].name, path);
    ck_assert(f.certs[0].served && f.certs[0].path == 1);
    ck_assert(!f.dane_asked && !f.dane_matched && f.dane.count == 0);
    ck_assert_uint_eq(f.name_count, 2);
    ck_assert_int_eq(f.names[0].match, CERT_MATCH_SAN);
    ck_assert_int_eq(f.names[1].match, CERT_MATCH_NONE);
    trust_facts_clear(&f);
    trust_lab_close(&l);
}
END_TEST

START_TEST(fault_facts)
{
    struct trust_lab l = {0};
    struct trust_query q = {.names = trust_lab_names, .name_count = 1};
    struct trust_facts f;

    trust_lab_open(&l, (const enum who[]){LEAF}, 1, ROOT);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    ck_assert_str_eq(f.pkix.at[0].subject, "mx.example.com");
    ck_assert_str_eq(f.pkix.at[0].issuer, "Inter");
    ck_assert_str_eq(f.pkix.at[0].aia, "http://ca.example/i");
    trust_facts_clear(&f);
    trust_lab_close(&l);
}
END_TEST

START_TEST(now_is_an_argument)
{
    static const int years[] = {-30, -1, 0, 1, 30};
    struct trust_lab l = {0};

    trust_lab_open(&l, (const enum who[]){LEAF, INTER}, 2, ROOT);
    for (int i = 0; i < COUNT(years); i++)
        trust_lab_is_trusted(&l, l.now + years[i] * 365L * TRUST_LAB_DAY);
    trust_lab_close(&l);
}
END_TEST

START_TEST(sessions)
{
    struct trust_lab l = {0};
    SSL *strict, *old, *lax;

    trust_lab_open(&l, (const enum who[]){LEAF}, 1, ROOT);
    strict = trust_session(l.trust, TLS1_2_VERSION);
    old = trust_session(l.trust, TLS1_1_VERSION);
    lax = trust_session(l.trust, TRUST_ANY_VERSION);
    ck_assert(strict && old && lax);
    ck_assert_int_eq(SSL_get_min_proto_version(old), TLS1_1_VERSION);
    ck_assert_int_eq(SSL_get_security_level(old), 0);
    ck_assert(SSL_get_options(strict) & SSL_OP_NO_RENEGOTIATION);
    ck_assert(SSL_get_options(old) & SSL_OP_NO_RENEGOTIATION);
    ck_assert(SSL_get_options(lax) & SSL_OP_NO_RENEGOTIATION);
    SSL_free(old);
    ck_assert_int_eq(SSL_get_min_proto_version(strict), TLS1_2_VERSION);
    ck_assert_int_eq(SSL_get_min_proto_version(lax), 0);
    ck_assert_int_eq(SSL_get_max_proto_version(lax), 0);
    ck_assert_int_eq(SSL_get_security_level(lax), 0);
    ck_assert_int_gt(SSL_get_security_level(strict), 0);
    SSL_free(strict);
    SSL_free(lax);
    trust_lab_close(&l);
}
END_TEST
/* A certificate that anybody can make; `end` is its notAfter as it is written there. */
static X509 *make_cert(const char *cn, const char *end, EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, name);
    ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x), "20300101000000Z");
    ASN1_STRING_set(X509_getm_notAfter(x), end, -1);
    X509_set_pubkey(x, key);
    ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
    return x;
}

/* Else a chain of one's own leaf, whose date nobody can read, and behind it the certificate that
 * --fingerprint names would have the latter's facts as the leaf's. */
START_TEST(leaf_with_unreadable_date_stays_the_leaf)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = make_cert("leaf", "no date at all!", key);
    X509 *other = make_cert("other", "20300101000000Z", key);
    STACK_OF(X509) *chain = sk_X509_new_null();
    struct trust_config config = {.env_dir = "/nonexistent", .env_file = "/nonexistent"};
    struct trust_query q = {.now = 1800000000};
    struct trust_facts f;
    struct error e;
    struct trust *t = trust_new(&config, &e);

    ck_assert_ptr_nonnull(t);
    sk_X509_push(chain, leaf);
    sk_X509_push(chain, other);
    ck_assert(trust_verify(t, chain, &q, &f));
    ck_assert_uint_eq(f.cert_count, 2);
    ck_assert_str_eq(f.certs[0].cn, "leaf");
    ck_assert_int_eq(f.certs[0].not_after, 0);
    trust_facts_clear(&f);
    trust_free(t);
    sk_X509_pop_free(chain, X509_free);
    EVP_PKEY_free(key);
}
END_TEST

/* Certificates by the names of subject and issuer and by their place in the path. */
static const struct {
    const char *label;
    struct {
        const char *subject, *issuer;
        int path;
    } certs[3];
    int issuer; /* of the first: its index; -1: there is none */
} families[] = {
    {"the next of the path", {{"leaf", "ca", 1}, {"ca", "x", 0}, {"ca", "root", 2}}, 2},
    {"whatever its name", {{"leaf", "ca", 1}, {"ca", "root", 0}, {"other", "root", 2}}, 2},
    {"the last of the path", {{"leaf", "ca", 1}, {"z", "root", 0}, {"ca", "root", 0}}, 2},
    {"not on the path", {{"leaf", "ca", 0}, {"z", "ca", 1}, {"ca", "root", 0}}, 2},
    {"the first of two", {{"leaf", "ca", 0}, {"ca", "x", 0}, {"ca", "y", 0}}, 1},
    {"names that sort before", {{"leaf", "ca", 0}, {"b", "x", 0}, {"cb", "x", 0}}, -1},
    {"names that sort after", {{"leaf", "ca", 0}, {"cc", "x", 0}, {"z", "x", 0}}, -1},
    {"a root", {{"root", "root", 1}, {"root", "root", 0}, {"root", "root", 2}}, -1},
};

START_TEST(issuers)
{
    struct cert_facts certs[3];
    struct trust_facts f = {.certs = certs, .cert_count = 3};
    const struct cert_facts *found;

    for (size_t i = 0; i < f.cert_count; i++) {
        const char *subject = families[_i].certs[i].subject;
        const char *issuer = families[_i].certs[i].issuer;

        certs[i] = (struct cert_facts){.subject = subject,
                                       .issuer = issuer,
                                       .self_issued = strcmp(subject, issuer) == 0,
                                       .path = families[_i].certs[i].path};
    }
    found = trust_issuer_of(&f, &certs[0]);
    ck_assert_msg((found ? found - certs : -1) == families[_i].issuer, "%s", families[_i].label);
}
END_TEST

UNIT_CASE(trust, {pkix, COUNT(chains)}, {fault_facts, 1}, {now_is_an_argument, 1}, {sessions, 1},
          {leaf_with_unreadable_date_stays_the_leaf, 1}, {issuers, COUNT(families)})
