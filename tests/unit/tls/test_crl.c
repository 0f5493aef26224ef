/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/crl.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "unit/tls/revocation_lab.h"
#include "unit/unit.h"

#define URL REVOCATION_LAB_URL

static void revoke(X509_CRL *crl, const struct revocation_lab *l, X509 *x)
{
    revocation_lab_revoke(crl, l, x, -1);
}

static unsigned check_der(const struct revocation_lab *l, const unsigned char *der, size_t len,
                          size_t point, time_t now, struct revocation_fact *fact)
{
    struct crl list;

    *fact = (struct revocation_fact){0};
    if (!crl_read(der, len, &list)) {
        strcpy(fact->why, "it is not a CRL");
        return 0;
    }
    crl_verify(&list, &l->issuer);
    return crl_check(&list, &l->cert, &l->issuer, point, now, fact);
}

static struct revocation_fact read_crl(const struct revocation_lab *l, X509_CRL *crl, time_t now)
{
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    struct revocation_fact fact;
    unsigned reasons;

    ck_assert_int_gt(len, 0);
    reasons = check_der(l, der, (size_t)len, 0, now, &fact);
    ck_assert_int_eq(reasons != 0,
                     fact.status == REVOCATION_GOOD || fact.status == REVOCATION_REVOKED);
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return fact;
}

/* RFC 5280 6.3.3: the CRL has to be for certificates of this kind, from this distribution point. */
static const struct {
    const char *point;
    bool delta, ca; /* the certificate is a CA's */
    enum revocation_status want;
} scopes[] = {
    {NULL, 0, 0, REVOCATION_GOOD},
    {"onlyuser:TRUE", 0, 0, REVOCATION_GOOD},
    {"onlyuser:TRUE", 0, 1, REVOCATION_INVALID},
    {"onlyCA:TRUE", 0, 0, REVOCATION_INVALID},
    {"onlyCA:TRUE", 0, 1, REVOCATION_GOOD},
    {"onlyAA:TRUE", 0, 0, REVOCATION_INVALID},
    {"indirectCRL:TRUE", 0, 0, REVOCATION_INVALID},
    {"onlysomereasons:keyCompromise", 0, 0, REVOCATION_GOOD}, /* for that reason */
    {"fullname:URI:" URL, 0, 0, REVOCATION_GOOD},
    {"fullname:URI:" URL "x", 0, 0, REVOCATION_INVALID},
    {"fullname:URI:http://crl.example/C.crl", 0, 0, REVOCATION_INVALID},
    {"fullname:DNS:" URL, 0, 0, REVOCATION_INVALID},
};

START_TEST(scope)
{
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, scopes[_i].ca);
    fact = read_crl(&l, revocation_lab_crl(&l, &l.ca, scopes[_i].point, scopes[_i].delta), l.now);
    ck_assert_msg(fact.status == scopes[_i].want, "%s: %d, %s", scopes[_i].point, (int)fact.status,
                  fact.why);
    ck_assert_str_eq(fact.why, scopes[_i].want == REVOCATION_GOOD
                                   ? ""
                                   : "it is not for certificates of this kind");
    revocation_lab_close(&l);
}
END_TEST

START_TEST(another_signer)
{
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    fact =
        read_crl(&l, revocation_lab_crl(&l, &l.other, NULL, false), l.now); /* of the same name */
    ck_assert_int_eq(fact.status, REVOCATION_INVALID);
    ck_assert_str_eq(fact.why, "it is not signed by the issuer of the certificate");
    revocation_lab_close(&l);
}
END_TEST

/* The issuer's key, but another name: one key may belong to several CAs. */
START_TEST(another_name)
{
    struct revocation_fact fact;
    struct revocation_lab l;
    X509_CRL *crl;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(l.leaf.x));
    X509_CRL_sign(crl, l.ca.key, EVP_sha256());
    fact = read_crl(&l, crl, l.now);
    ck_assert_int_eq(fact.status, REVOCATION_INVALID);
    ck_assert_str_eq(fact.why, "it is not signed by the issuer of the certificate");
    revocation_lab_close(&l);
}
END_TEST

static const struct {
    long long after; /* seconds behind the lab's now */
    enum revocation_status want;
} ages[] = {
    {0, REVOCATION_GOOD},
    {600 + 300, REVOCATION_GOOD}, /* clocks may differ by five minutes */
    {600 + 301, REVOCATION_INVALID},
    {-60 - 300, REVOCATION_GOOD},
    {-60 - 301, REVOCATION_INVALID},
};

START_TEST(age)
{
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    fact = read_crl(&l, revocation_lab_crl(&l, &l.ca, NULL, false), l.now + (time_t)ages[_i].after);
    ck_assert_msg(fact.status == ages[_i].want, "%lld: %s", ages[_i].after, fact.why);
    revocation_lab_close(&l);
}
END_TEST

/* Revoked stays revoked, however old the list. */
START_TEST(revoked)
{
    struct revocation_fact fact;
    X509_CRL *crl;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    revoke(crl, &l, l.leaf.x);
    fact = read_crl(&l, crl, l.now + 100000);
    ck_assert_int_eq(fact.status, REVOCATION_REVOKED);
    ck_assert_int_eq(fact.since, l.now - 3600);
    ck_assert_str_eq(fact.reason, "");
    revocation_lab_close(&l);
}
END_TEST

/* Several entries of one serial number: the one that cannot be taken back counts most. */
static const struct {
    int first, second, age;
    enum revocation_status want;
    const char *reason;
} repeats[] = {
    {CRL_REASON_REMOVE_FROM_CRL, -2, 0, REVOCATION_GOOD, ""},
    {CRL_REASON_REMOVE_FROM_CRL, CRL_REASON_SUPERSEDED, 0, REVOCATION_REVOKED, "superseded"},
    {CRL_REASON_CERTIFICATE_HOLD, CRL_REASON_SUPERSEDED, 0, REVOCATION_REVOKED, "superseded"},
    {CRL_REASON_SUPERSEDED, CRL_REASON_CERTIFICATE_HOLD, 0, REVOCATION_REVOKED, "superseded"},
    {CRL_REASON_CERTIFICATE_HOLD, -2, 0, REVOCATION_REVOKED, "certificateHold"},
    {CRL_REASON_CERTIFICATE_HOLD, -2, 100000, REVOCATION_INVALID, ""}, /* lifted since, perhaps */
};

START_TEST(repeated)
{
    struct revocation_fact fact;
    X509_CRL *crl;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    revocation_lab_revoke(crl, &l, l.leaf.x, repeats[_i].first);
    if (repeats[_i].second != -2)
        revocation_lab_revoke(crl, &l, l.leaf.x, repeats[_i].second);
    fact = read_crl(&l, crl, l.now + repeats[_i].age);
    ck_assert_int_eq(fact.status, repeats[_i].want);
    ck_assert_str_eq(fact.reason, repeats[_i].reason);
    revocation_lab_close(&l);
}
END_TEST

static X509_EXTENSION *unknown_extension(bool critical)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.2", 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e;

    ASN1_STRING_set(data, "\5\0", 2);
    e = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, data);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(oid);
    return e;
}

/* Unknown extensions of the list and of another certificate's entry (RFC 5280 5.2, 5.3). */
static const struct {
    bool entry, critical;
    enum revocation_status want;
    const char *why;
} unknowns[] = {
    {false, false, REVOCATION_GOOD, ""},
    {false, true, REVOCATION_INVALID, "it has an unknown critical extension"},
    {true, false, REVOCATION_GOOD, ""},
    {true, true, REVOCATION_INVALID, "an entry has an unknown critical extension"},
};

START_TEST(unknown)
{
    X509_EXTENSION *e = unknown_extension(unknowns[_i].critical);
    struct revocation_fact fact;
    X509_CRL *crl;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    if (unknowns[_i].entry) {
        revoke(crl, &l, l.other.x);
        X509_REVOKED_add_ext(sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), 0), e, -1);
    } else {
        X509_CRL_add_ext(crl, e, -1);
    }
    ck_assert_int_gt(X509_CRL_sign(crl, l.ca.key, EVP_sha256()), 0);
    fact = read_crl(&l, crl, l.now);
    ck_assert_int_eq(fact.status, unknowns[_i].want);
    ck_assert_str_eq(fact.why, unknowns[_i].why);
    X509_EXTENSION_free(e);
    revocation_lab_close(&l);
}
END_TEST

START_TEST(delta)
{
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    fact = read_crl(&l, revocation_lab_crl(&l, &l.ca, NULL, true), l.now);
    ck_assert_str_eq(fact.why, "it is a delta CRL");
    revocation_lab_close(&l);
}
END_TEST

/* An issuing distribution point that cannot be read may restrict the list to anything. */
START_TEST(unreadable_point)
{
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    struct revocation_fact fact;
    X509_EXTENSION *e;
    X509_CRL *crl;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    ASN1_STRING_set(data, "\5\0", 2);
    e = X509_EXTENSION_create_by_NID(NULL, NID_issuing_distribution_point, 1, data);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    X509_CRL_add_ext(crl, e, -1);
    ck_assert_int_gt(X509_CRL_sign(crl, l.ca.key, EVP_sha256()), 0);
    fact = read_crl(&l, crl, l.now);
    ck_assert_int_eq(fact.status, REVOCATION_INVALID);
    ck_assert_str_eq(fact.why, "its issuing distribution point cannot be read");
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(data);
    revocation_lab_close(&l);
}
END_TEST

/* RFC 5280 6.3.3 f. */
START_TEST(usage)
{
    static const struct {
        const char *usage;
        enum revocation_status want;
    } usages[] = {{NULL, REVOCATION_GOOD},
                  {"keyCertSign,cRLSign", REVOCATION_GOOD},
                  {"keyCertSign", REVOCATION_INVALID}};
    struct revocation_fact fact;
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    X509_delete_ext(l.ca.x, X509_get_ext_by_NID(l.ca.x, NID_key_usage, -1));
    if (usages[_i].usage) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usages[_i].usage);

        X509_add_ext(l.ca.x, e, -1);
        X509_EXTENSION_free(e);
    }
    ck_assert_int_gt(X509_sign(l.ca.x, l.ca.key, EVP_sha256()), 0);
    cert_facts_clear(&l.issuer);
    revocation_lab_facts(l.ca.x, &l.issuer);
    fact = read_crl(&l, revocation_lab_crl(&l, &l.ca, NULL, false), l.now);
    ck_assert_int_eq(fact.status, usages[_i].want);
    ck_assert_str_eq(fact.why, usages[_i].want == REVOCATION_GOOD
                                   ? ""
                                   : "its issuer may not sign CRLs (key usage without cRLSign)");
    revocation_lab_close(&l);
}
END_TEST

/* A point that names the issuer of its CRLs (RFC 5280 6.3.3 b 1), and one with reasons (d). */
START_TEST(points)
{
    static const int compromise[] = {1, 2, 0};
    unsigned char *der = NULL;
    struct revocation_fact fact;
    struct pki stranger = pki_make(&(struct pki_spec){.cn = "Stranger", .ca = true}, NULL);
    X509_CRL *crl;
    struct revocation_lab l;
    size_t len;

    revocation_lab_open(&l, false);
    revocation_lab_point(&l, URL, stranger.x, NULL);
    revocation_lab_point(&l, URL, l.ca.x, NULL);
    revocation_lab_point(&l, URL, NULL, compromise);
    revocation_lab_refresh(&l);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    len = (size_t)i2d_X509_CRL(crl, &der);
    ck_assert_uint_eq(check_der(&l, der, len, 0, l.now, &fact), CRL_ALL_REASONS);
    ck_assert_uint_eq(check_der(&l, der, len, 1, l.now, &fact), 0);
    ck_assert_str_eq(fact.why, "the certificate names another issuer for its CRL");
    ck_assert_uint_eq(check_der(&l, der, len, 2, l.now, &fact), CRL_ALL_REASONS);
    ck_assert_uint_eq(check_der(&l, der, len, 3, l.now, &fact), 1u << 1 | 1u << 2);
    ck_assert_int_eq(fact.status, REVOCATION_GOOD);
    OPENSSL_free(der);
    X509_CRL_free(crl);
    pki_free(&stranger);
    revocation_lab_close(&l);
}
END_TEST

/* Version and algorithms (RFC 5280 5.1.1.2, 5.1.2.1), and bytes after the list. */
START_TEST(frame)
{
    static const unsigned char sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    unsigned char *der = NULL, *algorithm = NULL;
    struct revocation_fact fact;
    X509_CRL *crl;
    struct revocation_lab l;
    size_t len;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    X509_CRL_set_version(crl, 2);
    X509_CRL_sign(crl, l.ca.key, EVP_sha256());
    fact = read_crl(&l, crl, l.now);
    ck_assert_str_eq(fact.why, "its version is unknown");
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    len = (size_t)i2d_X509_CRL(crl, &der);
    for (size_t i = 0; i + sizeof sha256 <= len; i++) {
        if (memcmp(der + i, sha256, sizeof sha256) == 0)
            algorithm = der + i;
    }
    ck_assert_uint_eq(check_der(&l, der, len, 0, l.now, &fact), CRL_ALL_REASONS);
    algorithm[7] = 3;
    ck_assert_uint_eq(check_der(&l, der, len, 0, l.now, &fact), 0);
    ck_assert_str_eq(fact.why, "it names two signature algorithms");
    algorithm[7] = 2;
    der[len - 1] ^= 1;
    check_der(&l, der, len, 0, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is not signed by the issuer of the certificate");
    check_der(&l, der, len - 1, 0, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is not a CRL");
    der[len - 1] ^= 1;
    der = OPENSSL_realloc(der, len + 1);
    der[len] = 0;
    ck_assert_uint_eq(check_der(&l, der, len, 0, l.now, &fact), CRL_ALL_REASONS);
    check_der(&l, der, len + 1, 0, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is not a CRL");
    OPENSSL_free(der);
    X509_CRL_free(crl);
    revocation_lab_close(&l);
}
END_TEST

START_TEST(version_1)
{
    struct revocation_fact fact;
    ASN1_TIME *t = ASN1_TIME_set(NULL, time(NULL) - 60);
    X509_CRL *crl = X509_CRL_new();
    struct revocation_lab l;

    revocation_lab_open(&l, false);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(l.ca.x));
    X509_CRL_set1_lastUpdate(crl, t);
    revocation_lab_revoke(crl, &l, l.other.x, _i ? CRL_REASON_SUPERSEDED : -1);
    fact = read_crl(&l, crl, l.now);
    ck_assert_str_eq(fact.why, _i ? "it has extensions, but not version 2" : "");
    ASN1_TIME_free(t);
    revocation_lab_close(&l);
}
END_TEST

START_TEST(pem)
{
    struct revocation_fact fact;
    unsigned char *text, buf[4096], *large = malloc(CRL_MAX + 1);
    X509_CRL *crl;
    BIO *bio = BIO_new(BIO_s_mem());
    struct revocation_lab l;
    size_t len;

    revocation_lab_open(&l, false);
    crl = revocation_lab_crl(&l, &l.ca, NULL, false);
    PEM_write_bio_X509_CRL(bio, crl);
    len = (size_t)BIO_get_mem_data(bio, &text);
    ck_assert_uint_lt(len, sizeof buf);
    memcpy(buf, text, len);
    ck_assert_ptr_nonnull(large);
    memset(large, '\n', CRL_MAX + 1);
    memcpy(large, text, len);
    ck_assert_uint_eq(crl_from_pem(large, CRL_MAX + 1), CRL_MAX + 1);
    ck_assert_uint_lt(crl_from_pem(large, CRL_MAX), len);
    free(large);
    ck_assert_uint_eq(crl_from_pem(buf, 20), 20);
    check_der(&l, buf, crl_from_pem(buf, len), 0, l.now, &fact);
    ck_assert_int_eq(fact.status, REVOCATION_GOOD);
    check_der(&l, buf, CRL_MAX + 1, 0, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is not a CRL");
    BIO_free(bio);
    X509_CRL_free(crl);
    revocation_lab_close(&l);
}
END_TEST

UNIT_CASE(crl, {scope, COUNT(scopes)}, {another_signer, 1}, {another_name, 1}, {age, COUNT(ages)},
          {revoked, 1}, {repeated, COUNT(repeats)}, {unknown, COUNT(unknowns)}, {delta, 1},
          {unreadable_point, 1}, {usage, 3}, {points, 1}, {frame, 1}, {version_1, 2}, {pem, 1})
