/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust.h"

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

#include "unit/tls/trust_lab.h"
#include "unit/unit.h"

struct record {
    int usage, selector, matching;
    enum who of;
    bool spoiled; /* another digest */
    bool cut;     /* a digest of the wrong length */
};

enum { RECORDS = 3 };

static const struct {
    const char *name;
    struct record records[RECORDS];
    enum who served[4], anchor;
    const char *dane_name;
    bool asked, matched;
    int usage;
    bool name_matched;
    int fault; /* in the DANE pass, 0: none */
} danes[] = {
    {"3 1 1", {{3, 1, 1, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3 0 1", {{3, 0, 1, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3 1 2", {{3, 1, 2, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3 0 2", {{3, 0, 2, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3 0 0", {{3, 0, 0, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3 1 0", {{3, 1, 0, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3, no chain", {{3, 1, 1, LEAF, 0, 0}}, {LEAF}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3, self-signed", {{3, 1, 1, ALONE, 0, 0}}, {ALONE}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"3, expired",
     {{3, 1, 1, EXPIRED, 0, 0}},
     {EXPIRED, INTER},
     ROOT,
     "mx.example.com",
     1,
     1,
     3,
     1,
     0},
    {"3, another name",
     {{3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.org",
     1,
     1,
     3,
     0,
     0},
    {"3, of the intermediate",
     {{3, 1, 1, INTER, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     X509_V_ERR_DANE_NO_MATCH},
    {"3, no match though trusted",
     {{3, 1, 1, LEAF, 1, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     X509_V_ERR_DANE_NO_MATCH},
    {"2 0 1, intermediate",
     {{2, 0, 1, INTER, 0, 0}},
     {LEAF, INTER},
     STRANGER,
     "mx.example.com",
     1,
     1,
     2,
     1,
     0},
    {"2 1 1, intermediate",
     {{2, 1, 1, INTER, 0, 0}},
     {LEAF, INTER},
     STRANGER,
     "mx.example.com",
     1,
     1,
     2,
     1,
     0},
    {"2 1 1, root served",
     {{2, 1, 1, ROOT, 0, 0}},
     {LEAF, INTER, ROOT},
     STRANGER,
     "mx.example.com",
     1,
     1,
     2,
     1,
     0},
    {"2 0 0, intermediate",
     {{2, 0, 0, INTER, 0, 0}},
     {LEAF, INTER},
     STRANGER,
     "mx.example.com",
     1,
     1,
     2,
     1,
     0},
    {"2 1 1, another name",
     {{2, 1, 1, INTER, 0, 0}},
     {LEAF, INTER},
     STRANGER,
     "mx.example.org",
     1,
     1,
     2,
     0,
     0},
    {"2 1 1, weak leaf",
     {{2, 1, 1, INTER, 0, 0}},
     {WEAK, INTER},
     STRANGER,
     "mx.example.com",
     1,
     1,
     2,
     1,
     X509_V_ERR_EE_KEY_TOO_SMALL},
    {"2, not the anchor",
     {{2, 1, 1, STRANGER, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     -1},
    {"2, issuer not served",
     {{2, 1, 1, INTER, 0, 0}},
     {LEAF},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     -1},
    {"none usable",
     {{1, 1, 1, LEAF, 0, 0}, {0, 1, 1, ROOT, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     0,
     0,
     0,
     1,
     0},
    {"digest of a wrong length",
     {{3, 1, 1, LEAF, 0, 1}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     0,
     0,
     0,
     1,
     0},
    {"unusable, then one that matches",
     {{1, 1, 1, LEAF, 0, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     1,
     3,
     1,
     0},
    {"unusable matches, usable does not",
     {{1, 1, 1, LEAF, 0, 0}, {3, 1, 1, LEAF, 1, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     X509_V_ERR_DANE_NO_MATCH},
    {"old and new key",
     {{3, 1, 1, STRANGER, 0, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     1,
     3,
     1,
     0},
    {"agility: the stronger digest counts",
     {{3, 1, 1, LEAF, 0, 0}, {3, 1, 2, LEAF, 1, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     0,
     0,
     1,
     X509_V_ERR_DANE_NO_MATCH},
    {"3 wins over 2",
     {{2, 1, 1, INTER, 0, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER},
     STRANGER,
     "mx.example.com",
     1,
     1,
     3,
     1,
     0},
    {"a full certificate that is none",
     {{2, 0, 0, LEAF, 1, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER},
     ROOT,
     "mx.example.com",
     1,
     1,
     3,
     1,
     0},
};

static struct dane_tlsa make_record(const struct record *r, const struct pki *p)
{
    struct dane_tlsa t = {(uint8_t)r->usage, (uint8_t)r->selector, (uint8_t)r->matching, NULL, 0};
    unsigned char *der = NULL, md[EVP_MAX_MD_SIZE];
    int n = r->selector == 0 ? i2d_X509(p->x, &der) : i2d_PUBKEY(p->key, &der);
    unsigned len = (unsigned)n;

    ck_assert_int_gt(n, 0);
    if (r->matching != 0)
        EVP_Digest(der, (size_t)n, md, &len, r->matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
    t.data = malloc(len);
    memcpy(t.data, r->matching == 0 ? der : md, len);
    t.len = len - (r->cut ? 1 : 0);
    if (r->spoiled)
        t.data[0] ^= 0x55;
    OPENSSL_free(der);
    return t;
}

START_TEST(dane)
{
    struct trust_lab l = {0};
    struct dane_tlsa tlsa[RECORDS];
    struct trust_query q = {.names = trust_lab_names,
                            .name_count = 1,
                            .tlsa = tlsa,
                            .dane_names = &danes[_i].dane_name,
                            .dane_name_count = 1};
    struct trust_facts f;

    trust_lab_open(&l, danes[_i].served, 4, danes[_i].anchor);
    for (; q.tlsa_count < RECORDS && danes[_i].records[q.tlsa_count].of; q.tlsa_count++)
        tlsa[q.tlsa_count] = make_record(&danes[_i].records[q.tlsa_count],
                                         &l.certs[danes[_i].records[q.tlsa_count].of]);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    ck_assert_msg(f.dane_asked == danes[_i].asked, "%s: asked", danes[_i].name);
    ck_assert_msg(f.dane_matched == danes[_i].matched, "%s: matched", danes[_i].name);
    ck_assert_msg(f.dane_usage == danes[_i].usage, "%s: usage %d", danes[_i].name, f.dane_usage);
    ck_assert_uint_eq(f.dane_name_count, 1);
    ck_assert_msg((f.dane_names[0].match != CERT_MATCH_NONE) == danes[_i].name_matched, "%s: name",
                  danes[_i].name);
    if (danes[_i].fault > 0)
        ck_assert_msg(trust_lab_has_fault(&f.dane, danes[_i].fault), "%s: fault", danes[_i].name);
    else if (danes[_i].fault == 0)
        ck_assert_msg(f.dane.count == 0, "%s: fault %d", danes[_i].name, f.dane.at[0].code);
    trust_facts_clear(&f);
    while (q.tlsa_count > 0)
        dane_tlsa_clear(&tlsa[--q.tlsa_count]);
    trust_lab_close(&l);
}
END_TEST

/* Both passes together: DANE-EE matches what PKIX does not trust. */
START_TEST(passes_are_apart)
{
    struct trust_lab l = {0};
    struct dane_tlsa tlsa;
    struct trust_query q = {
        .names = trust_lab_names, .name_count = 1, .tlsa = &tlsa, .tlsa_count = 1};
    struct trust_facts f;

    trust_lab_open(&l, (const enum who[]){ALONE}, 1, ROOT);
    tlsa = make_record(&(struct record){3, 1, 1, ALONE, 0, 0}, &l.certs[ALONE]);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    ck_assert(f.dane_matched && f.dane.count == 0);
    ck_assert_uint_eq(f.pkix.count, 1);
    ck_assert_int_eq(f.pkix.at[0].code, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    trust_facts_clear(&f);
    dane_tlsa_clear(&tlsa);
    trust_lab_close(&l);
}
END_TEST
UNIT_CASE(trust_dane, {dane, COUNT(danes)}, {passes_are_apart, 1})
