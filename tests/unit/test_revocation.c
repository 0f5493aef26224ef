#include "revocation.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "pki.h"
#include "unit.h"

#define URL "http://crl.example/c.crl"

struct lab {
    struct pki ca, other, leaf;
    struct cert_facts issuer, cert;
    time_t now;
};

static void facts_of(X509 *x, struct cert_facts *f)
{
    ck_assert(cert_facts_from(x, f) && cert_keep_der(x, f));
}

static void lab_open(struct lab *l, bool ca)
{
    *l = (struct lab){.now = time(NULL)};
    l->ca = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
    l->other = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
    l->leaf = pki_make(&(struct pki_spec){.cn = "mx.example.com", .ca = ca}, &l->ca);
    facts_of(l->ca.x, &l->issuer);
    facts_of(l->leaf.x, &l->cert);
    strcpy(l->cert.crl, URL);
}

static void lab_close(struct lab *l)
{
    cert_facts_clear(&l->cert);
    cert_facts_clear(&l->issuer);
    pki_free(&l->leaf);
    pki_free(&l->other);
    pki_free(&l->ca);
}

/* A CRL of `by`, with an issuing distribution point as openssl.cnf has it, or NULL. */
static X509_CRL *make_crl(const struct lab *l, const struct pki *by, const char *point, bool delta)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, l->now - 60), *to = ASN1_TIME_set(NULL, l->now + 600);
    ASN1_INTEGER *base = ASN1_INTEGER_new();
    X509_EXTENSION *e;

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    if (point) {
        e = X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point, point);
        ck_assert_ptr_nonnull(e);
        X509_CRL_add_ext(crl, e, -1);
        X509_EXTENSION_free(e);
    }
    if (delta)
        X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0);
    ck_assert_int_gt(X509_CRL_sign(crl, by->key, EVP_sha256()), 0);
    ASN1_INTEGER_free(base);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

static void revoke(X509_CRL *crl, const struct lab *l, X509 *x)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, l->now - 3600);

    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(x));
    X509_REVOKED_set_revocationDate(entry, since);
    X509_CRL_add0_revoked(crl, entry);
    ck_assert_int_gt(X509_CRL_sign(crl, l->ca.key, EVP_sha256()), 0);
    ASN1_TIME_free(since);
}

static struct revocation_fact read_crl(const struct lab *l, X509_CRL *crl, time_t now)
{
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    struct revocation_fact fact;

    ck_assert_int_gt(len, 0);
    revocation_crl(&l->cert, &l->issuer, der, (size_t)len, now, &fact);
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
    {"onlysomereasons:keyCompromise", 0, 0, REVOCATION_INVALID},
    {"fullname:URI:" URL, 0, 0, REVOCATION_GOOD},
    {"fullname:URI:" URL "x", 0, 0, REVOCATION_INVALID},
    {"fullname:URI:http://crl.example/C.crl", 0, 0, REVOCATION_INVALID},
    {"fullname:DNS:" URL, 0, 0, REVOCATION_INVALID},
    {NULL, 1, 0, REVOCATION_INVALID},
};

START_TEST(scope)
{
    struct revocation_fact fact;
    struct lab l;

    lab_open(&l, scopes[_i].ca);
    fact = read_crl(&l, make_crl(&l, &l.ca, scopes[_i].point, scopes[_i].delta), l.now);
    ck_assert_msg(fact.status == scopes[_i].want, "%s: %d, %s", scopes[_i].point, (int)fact.status,
                  fact.why);
    ck_assert_str_eq(fact.why, scopes[_i].want == REVOCATION_GOOD
                                   ? ""
                                   : "it is not for certificates of this kind");
    lab_close(&l);
}
END_TEST

START_TEST(another_signer)
{
    struct revocation_fact fact;
    struct lab l;

    lab_open(&l, false);
    fact = read_crl(&l, make_crl(&l, &l.other, NULL, false), l.now); /* of the same name */
    ck_assert_int_eq(fact.status, REVOCATION_INVALID);
    ck_assert_str_eq(fact.why, "it is not signed by the issuer of the certificate");
    lab_close(&l);
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
    struct lab l;

    lab_open(&l, false);
    fact = read_crl(&l, make_crl(&l, &l.ca, NULL, false), l.now + (time_t)ages[_i].after);
    ck_assert_msg(fact.status == ages[_i].want, "%lld: %s", ages[_i].after, fact.why);
    lab_close(&l);
}
END_TEST

/* Revoked stays revoked, however old the list. */
START_TEST(revoked)
{
    struct revocation_fact fact;
    X509_CRL *crl;
    struct lab l;

    lab_open(&l, false);
    crl = make_crl(&l, &l.ca, NULL, false);
    revoke(crl, &l, l.leaf.x);
    fact = read_crl(&l, crl, l.now + 100000);
    ck_assert_int_eq(fact.status, REVOCATION_REVOKED);
    ck_assert_int_eq(fact.since, l.now - 3600);
    ck_assert_str_eq(fact.reason, "");
    lab_close(&l);
}
END_TEST

START_TEST(pem)
{
    struct revocation_fact fact;
    unsigned char *text;
    X509_CRL *crl;
    BIO *bio = BIO_new(BIO_s_mem());
    struct lab l;
    long len;

    lab_open(&l, false);
    crl = make_crl(&l, &l.ca, NULL, false);
    PEM_write_bio_X509_CRL(bio, crl);
    len = BIO_get_mem_data(bio, &text);
    revocation_crl(&l.cert, &l.issuer, text, (size_t)len, l.now, &fact);
    ck_assert_int_eq(fact.status, REVOCATION_GOOD);
    revocation_crl(&l.cert, &l.issuer, text, 20, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is no CRL");
    revocation_crl(&l.cert, &l.issuer, text, REVOCATION_CRL_MAX + 1, l.now, &fact);
    ck_assert_str_eq(fact.why, "it is no CRL");
    BIO_free(bio);
    X509_CRL_free(crl);
    lab_close(&l);
}
END_TEST

UNIT_CASE(revocation, {scope, COUNT(scopes)}, {another_signer, 1}, {age, COUNT(ages)},
          {revoked, 1}, {pem, 1})
