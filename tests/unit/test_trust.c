#include "trust.h"

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki.h"
#include "unit.h"

enum { DAY = 86400, FAULTS = 4 };

/* What the tables pick from; a fixture makes what its row names. */
enum who { NOBODY, ROOT, INTER, LEAF, EXPIRED, WEAK, ALONE, CLIENT, STRANGER, WHO_COUNT };

struct lab {
    struct pki certs[WHO_COUNT];
    time_t now;
    char ca_file[64];
    STACK_OF(X509) * chain;
    struct trust *trust;
};

static void make_certs(struct lab *l)
{
    const struct pki *root = &l->certs[ROOT], *inter = &l->certs[INTER];

    l->now = time(NULL);
    l->certs[ROOT] = pki_make(&(struct pki_spec){.cn = "Root", .ca = true}, NULL);
    l->certs[STRANGER] = pki_make(&(struct pki_spec){.cn = "Stranger", .ca = true}, NULL);
    l->certs[INTER] = pki_make(&(struct pki_spec){.cn = "Inter", .ca = true}, root);
    l->certs[LEAF] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                 .san = "DNS:mx.example.com",
                                                 .aia = "caIssuers;URI:http://ca.example/i"},
                             inter);
    l->certs[EXPIRED] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                    .san = "DNS:mx.example.com",
                                                    .from = l->now - 90 * DAY,
                                                    .until = l->now - DAY}, inter);
    l->certs[ALONE] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                  .san = "DNS:mx.example.com"}, NULL);
    l->certs[CLIENT] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                   .san = "DNS:mx.example.com",
                                                   .eku = "clientAuth"}, inter);
}

/* Its key takes its time, so only where it is asked for. */
static void make_weak(struct lab *l)
{
    l->certs[WEAK] = pki_make(&(struct pki_spec){.cn = "mx.example.com",
                                                 .san = "DNS:mx.example.com",
                                                 .key = PKI_RSA_1024}, &l->certs[INTER]);
}

static void lab_trust(struct lab *l, const struct trust_config *config)
{
    struct err e = {0};

    trust_free(l->trust);
    l->trust = trust_new(config, &e);
    ck_assert_msg(l->trust != NULL, "%s", e.text);
}

static void lab_open(struct lab *l, const enum who *served, size_t count, enum who anchor)
{
    make_certs(l);
    if (served[0] == WEAK)
        make_weak(l);
    pki_file(&l->certs[anchor].x, 1, l->ca_file);
    l->chain = sk_X509_new_null();
    for (size_t i = 0; i < count && served[i] != NOBODY; i++)
        sk_X509_push(l->chain, l->certs[served[i]].x);
    lab_trust(l, &(struct trust_config){.ca_file = l->ca_file});
}

static void lab_close(struct lab *l)
{
    unlink(l->ca_file);
    trust_free(l->trust);
    sk_X509_free(l->chain);
    for (int i = 0; i < WHO_COUNT; i++)
        pki_free(&l->certs[i]);
}

static const char *const names[] = {"mx.example.com", "mx.example.org"};

static void is_trusted(const struct lab *l, time_t now)
{
    struct trust_query q = {.now = now, .names = names, .name_count = 1};
    struct trust_facts f;

    ck_assert(trust_verify(l->trust, l->chain, &q, &f));
    ck_assert_uint_eq(f.pkix.count, 0);
    trust_facts_clear(&f);
}

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
    {"expired and intermediate missing", {EXPIRED}, ROOT,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}, 0, 1},
    {"unknown root, not served", {LEAF, INTER}, STRANGER,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}, 1, 2},
    {"unknown root, served", {LEAF, INTER, ROOT}, STRANGER,
     {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN}, 2, 3},
    {"self-signed", {ALONE}, ROOT, {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}, 0, 1},
    {"weak key", {WEAK, INTER}, ROOT, {X509_V_ERR_EE_KEY_TOO_SMALL}, 0, 3},
    {"weak key and unknown issuer", {WEAK}, ROOT,
     {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_EE_KEY_TOO_SMALL}, 0, 1},
    {"wrong purpose", {CLIENT, INTER}, ROOT, {X509_V_ERR_INVALID_PURPOSE}, 0, 3},
    {"anchor: the intermediate", {LEAF}, INTER, {0}, 0, 2},
    {"anchor: the intermediate, served", {LEAF, INTER}, INTER, {0}, 0, 2},
    {"anchor: the leaf", {LEAF}, LEAF, {0}, 0, 1},
    {"anchor: the leaf, chain served", {LEAF, INTER}, LEAF, {0}, 0, 0},
    {"anchor: the self-signed leaf", {ALONE}, ALONE, {0}, 0, 1},
    {"anchor: another leaf of that name", {ALONE}, LEAF,
     {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}, 0, 1},
};

static bool has_fault(const struct trust_faults *f, int code)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->at[i].code == code)
            return true;
    }
    return false;
}

START_TEST(pkix)
{
    struct lab l = {0};
    struct trust_query q = {.names = names, .name_count = 2};
    struct trust_facts f;
    size_t want = 0;
    int path = 0;

    lab_open(&l, chains[_i].served, 4, chains[_i].anchor);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    for (; want < FAULTS && chains[_i].faults[want]; want++)
        ck_assert_msg(has_fault(&f.pkix, chains[_i].faults[want]), "%s: no fault %d",
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
    lab_close(&l);
}
END_TEST

START_TEST(fault_facts)
{
    struct lab l = {0};
    struct trust_query q = {.names = names, .name_count = 1};
    struct trust_facts f;

    lab_open(&l, (const enum who[]){LEAF}, 1, ROOT);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    ck_assert_str_eq(f.pkix.at[0].subject, "mx.example.com");
    ck_assert_str_eq(f.pkix.at[0].issuer, "Inter");
    ck_assert_str_eq(f.pkix.at[0].aia, "http://ca.example/i");
    trust_facts_clear(&f);
    lab_close(&l);
}
END_TEST

/* --- DANE --- */

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
    {"3, expired", {{3, 1, 1, EXPIRED, 0, 0}}, {EXPIRED, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1,
     0},
    {"3, another name", {{3, 1, 1, LEAF, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.org", 1, 1, 3, 0,
     0},
    {"3, of the intermediate", {{3, 1, 1, INTER, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1,
     0, 0, 1, X509_V_ERR_DANE_NO_MATCH},
    {"3, no match though trusted", {{3, 1, 1, LEAF, 1, 0}}, {LEAF, INTER}, ROOT, "mx.example.com",
     1, 0, 0, 1, X509_V_ERR_DANE_NO_MATCH},
    {"2 0 1, intermediate", {{2, 0, 1, INTER, 0, 0}}, {LEAF, INTER}, STRANGER, "mx.example.com", 1,
     1, 2, 1, 0},
    {"2 1 1, intermediate", {{2, 1, 1, INTER, 0, 0}}, {LEAF, INTER}, STRANGER, "mx.example.com", 1,
     1, 2, 1, 0},
    {"2 1 1, root served", {{2, 1, 1, ROOT, 0, 0}}, {LEAF, INTER, ROOT}, STRANGER, "mx.example.com",
     1, 1, 2, 1, 0},
    {"2 0 0, intermediate", {{2, 0, 0, INTER, 0, 0}}, {LEAF, INTER}, STRANGER, "mx.example.com", 1,
     1, 2, 1, 0},
    {"2 1 1, another name", {{2, 1, 1, INTER, 0, 0}}, {LEAF, INTER}, STRANGER, "mx.example.org", 1,
     1, 2, 0, 0},
    {"2 1 1, weak leaf", {{2, 1, 1, INTER, 0, 0}}, {WEAK, INTER}, STRANGER, "mx.example.com", 1, 1,
     2, 1, X509_V_ERR_EE_KEY_TOO_SMALL},
    {"2, not the anchor", {{2, 1, 1, STRANGER, 0, 0}}, {LEAF, INTER}, ROOT, "mx.example.com", 1, 0,
     0, 1, -1},
    {"2, issuer not served", {{2, 1, 1, INTER, 0, 0}}, {LEAF}, ROOT, "mx.example.com", 1, 0, 0, 1,
     -1},
    {"none usable", {{1, 1, 1, LEAF, 0, 0}, {0, 1, 1, ROOT, 0, 0}}, {LEAF, INTER}, ROOT,
     "mx.example.com", 0, 0, 0, 1, 0},
    {"digest of a wrong length", {{3, 1, 1, LEAF, 0, 1}}, {LEAF, INTER}, ROOT, "mx.example.com", 0,
     0, 0, 1, 0},
    {"unusable, then one that matches", {{1, 1, 1, LEAF, 0, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
    {"unusable matches, usable does not", {{1, 1, 1, LEAF, 0, 0}, {3, 1, 1, LEAF, 1, 0}},
     {LEAF, INTER}, ROOT, "mx.example.com", 1, 0, 0, 1, X509_V_ERR_DANE_NO_MATCH},
    {"old and new key", {{3, 1, 1, STRANGER, 0, 0}, {3, 1, 1, LEAF, 0, 0}}, {LEAF, INTER}, ROOT,
     "mx.example.com", 1, 1, 3, 1, 0},
    {"agility: the stronger digest counts", {{3, 1, 1, LEAF, 0, 0}, {3, 1, 2, LEAF, 1, 0}},
     {LEAF, INTER}, ROOT, "mx.example.com", 1, 0, 0, 1, X509_V_ERR_DANE_NO_MATCH},
    {"3 wins over 2", {{2, 1, 1, INTER, 0, 0}, {3, 1, 1, LEAF, 0, 0}}, {LEAF, INTER}, STRANGER,
     "mx.example.com", 1, 1, 3, 1, 0},
    {"a full certificate that is none", {{2, 0, 0, LEAF, 1, 0}, {3, 1, 1, LEAF, 0, 0}},
     {LEAF, INTER}, ROOT, "mx.example.com", 1, 1, 3, 1, 0},
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
    struct lab l = {0};
    struct dane_tlsa tlsa[RECORDS];
    struct trust_query q = {.names = names, .name_count = 1, .tlsa = tlsa,
                            .dane_names = &danes[_i].dane_name, .dane_name_count = 1};
    struct trust_facts f;

    lab_open(&l, danes[_i].served, 4, danes[_i].anchor);
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
        ck_assert_msg(has_fault(&f.dane, danes[_i].fault), "%s: fault", danes[_i].name);
    else if (danes[_i].fault == 0)
        ck_assert_msg(f.dane.count == 0, "%s: fault %d", danes[_i].name, f.dane.at[0].code);
    trust_facts_clear(&f);
    while (q.tlsa_count > 0)
        dane_tlsa_clear(&tlsa[--q.tlsa_count]);
    lab_close(&l);
}
END_TEST

/* Both passes at once: DANE-EE matches what PKIX does not trust. */
START_TEST(passes_are_apart)
{
    struct lab l = {0};
    struct dane_tlsa tlsa;
    struct trust_query q = {.names = names, .name_count = 1, .tlsa = &tlsa, .tlsa_count = 1};
    struct trust_facts f;

    lab_open(&l, (const enum who[]){ALONE}, 1, ROOT);
    tlsa = make_record(&(struct record){3, 1, 1, ALONE, 0, 0}, &l.certs[ALONE]);
    q.now = l.now;
    ck_assert(trust_verify(l.trust, l.chain, &q, &f));
    ck_assert(f.dane_matched && f.dane.count == 0);
    ck_assert_uint_eq(f.pkix.count, 1);
    ck_assert_int_eq(f.pkix.at[0].code, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    trust_facts_clear(&f);
    dane_tlsa_clear(&tlsa);
    lab_close(&l);
}
END_TEST

/* --- the trust store --- */

START_TEST(now_is_an_argument)
{
    static const int years[] = {-30, -1, 0, 1, 30};
    struct lab l = {0};

    lab_open(&l, (const enum who[]){LEAF, INTER}, 2, ROOT);
    for (int i = 0; i < COUNT(years); i++)
        is_trusted(&l, l.now + years[i] * 365L * DAY);
    lab_close(&l);
}
END_TEST

/* The file is read at the first miss, not before: what it holds then is what counts. */
START_TEST(bundle_is_lazy)
{
    struct lab l = {0};
    char elsewhere[64];

    lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    lab_trust(&l, &(struct trust_config){.env_file = l.ca_file, .env_dir = "/nonexistent"});
    pki_file(&l.certs[ROOT].x, 1, elsewhere);
    ck_assert_int_eq(rename(elsewhere, l.ca_file), 0);
    is_trusted(&l, l.now);
    unlink(l.ca_file); /* and it is not read again */
    is_trusted(&l, l.now);
    lab_close(&l);
}
END_TEST

START_TEST(bundle_with_junk)
{
    struct lab l = {0};
    char path[64];
    FILE *file;

    lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    pki_file((X509 *[]){l.certs[STRANGER].x, l.certs[ROOT].x, l.certs[ROOT].x /* no fault */}, 3,
             path);
    file = fopen(path, "a");
    fputs("# a comment\n-----BEGIN CERTIFICATE-----\nnone\n", file);
    fclose(file);
    lab_trust(&l, &(struct trust_config){.ca_file = path});
    is_trusted(&l, l.now);
    unlink(path);
    lab_close(&l);
}
END_TEST

struct racer {
    struct lab *lab;
    size_t faults;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct trust_query q = {.now = r->lab->now, .names = names, .name_count = 1};
    struct trust_facts f;

    r->faults = 99;
    if (trust_verify(r->lab->trust, r->lab->chain, &q, &f)) {
        r->faults = f.pkix.count;
        trust_facts_clear(&f);
    }
    return NULL;
}

START_TEST(bundle_by_many_threads)
{
    struct lab l = {0};
    struct racer racers[8];
    pthread_t threads[8];

    lab_open(&l, (const enum who[]){LEAF, INTER}, 2, ROOT);
    for (int i = 0; i < 8; i++) {
        racers[i].lab = &l;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(racers[i].faults, 0);
    }
    lab_close(&l);
}
END_TEST

START_TEST(ca_directory)
{
    struct lab l = {0};
    char dir[] = "/tmp/unit.dir.XXXXXX", file[96];
    struct trust_config config = {.ca_dir = dir};
    struct err e = {0};

    lab_open(&l, (const enum who[]){LEAF, INTER}, 2, STRANGER);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_ptr_null(trust_new(&config, &e)); /* nothing hashed in it */
    ck_assert_ptr_nonnull(strstr(e.text, dir));
    unlink(l.ca_file);
    pki_file(&l.certs[ROOT].x, 1, l.ca_file);
    snprintf(file, sizeof file, "%s/%08lx.0", dir,
             X509_NAME_hash_ex(X509_get_subject_name(l.certs[ROOT].x), NULL, NULL, NULL));
    ck_assert_int_eq(rename(l.ca_file, file), 0);
    lab_trust(&l, &config);
    is_trusted(&l, l.now);
    unlink(file);
    rmdir(dir);
    lab_close(&l);
}
END_TEST

START_TEST(sessions)
{
    struct lab l = {0};
    SSL *strict, *old, *lax;

    lab_open(&l, (const enum who[]){LEAF}, 1, ROOT);
    strict = trust_session(l.trust, TLS1_2_VERSION);
    old = trust_session(l.trust, TLS1_1_VERSION);
    lax = trust_session(l.trust, TRUST_ANY_VERSION);
    ck_assert(strict && old && lax);
    ck_assert_int_eq(SSL_get_min_proto_version(old), TLS1_1_VERSION);
    ck_assert_int_eq(SSL_get_security_level(old), 0);
    SSL_free(old);
    ck_assert_int_eq(SSL_get_min_proto_version(strict), TLS1_2_VERSION);
    ck_assert_int_eq(SSL_get_min_proto_version(lax), 0);
    ck_assert_int_eq(SSL_get_max_proto_version(lax), 0);
    ck_assert_int_eq(SSL_get_security_level(lax), 0);
    ck_assert_int_gt(SSL_get_security_level(strict), 0);
    SSL_free(strict);
    SSL_free(lax);
    lab_close(&l);
}
END_TEST

UNIT_CASE(trust, {pkix, COUNT(chains)}, {fault_facts, 1}, {dane, COUNT(danes)},
          {passes_are_apart, 1}, {now_is_an_argument, 1}, {bundle_is_lazy, 1},
          {bundle_with_junk, 1}, {bundle_by_many_threads, 1}, {ca_directory, 1}, {sessions, 1})
