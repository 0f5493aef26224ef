/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 86400 };

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = e && X509_add_ext(x, e, -1);

    X509_EXTENSION_free(e);
    return ok;
}

static X509 *issue(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    bool ca = !issuer;

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
    ASN1_TIME_set(X509_getm_notBefore(x), FIXTURE_NOW - 30 * DAY);
    ASN1_TIME_set(X509_getm_notAfter(x), FIXTURE_NOW + 60 * DAY);
    X509_set_pubkey(x, key);
    if (!add_extension(x, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE") ||
        (!ca && !add_extension(x, NID_subject_alt_name, "DNS:mx1.example.test,IP:127.0.0.1")) ||
        !X509_sign(x, issuer_key ? issuer_key : key, EVP_sha256())) {
        X509_free(x);
        return NULL;
    }
    return x;
}

bool fixture_pki_make(struct fixture_pki *p)
{
    FILE *f;
    int fd;

    *p = (struct fixture_pki){.ca_key = EVP_EC_gen("P-256"), .key = EVP_EC_gen("P-256")};
    p->ca = issue("Fixture CA", p->ca_key, NULL, NULL);
    p->leaf = issue("mx1.example.test", p->key, p->ca, p->ca_key);
    p->chain = sk_X509_new_null();
    strcpy(p->ca_file, "/tmp/mailtls-fault.XXXXXX");
    fd = mkstemp(p->ca_file);
    f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!p->leaf || !f || !sk_X509_push(p->chain, p->leaf) || !PEM_write_X509(f, p->ca))
        return false;
    return fclose(f) == 0;
}

void fixture_pki_free(struct fixture_pki *p)
{
    unlink(p->ca_file);
    sk_X509_free(p->chain);
    X509_free(p->leaf);
    X509_free(p->ca);
    EVP_PKEY_free(p->key);
    EVP_PKEY_free(p->ca_key);
}

/* --- a resolution --- */

static unsigned char digest[32];
static struct dane_tlsa tlsa[] = {{3, 1, 1, digest, sizeof digest}};

static const char *const match[] = {"hostname", "nexthop", "dot-nexthop"};
static struct tls_policy policy;

static const struct target asked[] = {
    {.kind = TARGET_DOMAIN, .name = "example.test", .port = 25, .policy = &policy},
    {.kind = TARGET_MAILBOX,
     .name = "example.test",
     .recipient = "info@example.test",
     .port = 25,
     .policy = &policy},
    {.kind = TARGET_HOST, .name = "192.0.2.9", .port = 25, .policy = &policy},
};

/* What every host and every target has here. */
#define HOST                                                                                       \
    .policy = &policy, .duplicate = RESOLVE_NONE, .port = 25, .why = "", .tlsa_why = "",           \
    .status = DNS_OK
#define TARGET .status = DNS_OK, .why = "", .canonical = "", .secure = true

static char mx1[] = "mx1.example.test", mx2[] = "mx2.example.test", literal[] = "192.0.2.9";
static struct address addresses1[2], addresses2[1], addresses3[1];
static struct resolve_host hosts[] = {
    {HOST, .first = 0, .name = mx1, .shown = "mx1.example.test", .canonical = "", .secure = true,
     .addresses = addresses1, .address_count = 2, .tlsa_status = DNS_OK, .tlsa_secure = true,
     .tlsa_base = "mx1.example.test", .tlsa = tlsa, .tlsa_count = 1, .us = 1000},
    {HOST, .first = 1, .name = mx2, .shown = "mx2.example.test", .tlsa_base = "", .alias = true,
     .canonical = "other.example.test", .addresses = addresses2, .address_count = 1, .us = 2000},
    {HOST, .first = 2, .name = literal, .shown = "192.0.2.9", .canonical = "", .tlsa_base = "",
     .literal = true, .addresses = addresses3, .address_count = 1},
};
static struct resolve_mx both[] = {{0, 10}, {1, 20}}, last[] = {{2, 0}};
static struct resolve_target targets[] = {
    {TARGET, .target = &asked[0], .mx = both, .mx_count = 2, .us = 500},
    {TARGET, .target = &asked[1], .mx = both, .mx_count = 2, .us = 500},
    {TARGET, .target = &asked[2], .mx = last, .mx_count = 1},
};

const struct resolution *fixture_resolution(void)
{
    static const struct resolution r = {
        .targets = targets, .target_count = 3, .hosts = hosts, .host_count = 3, .trusted = true};

    tls_policy_default(&policy);
    policy.match = match;
    policy.match_count = 3;
    policy.tlsa = policy.refuses_plaintext = true;
    policy.on[F_MX_IS_CNAME] = STATE_OK;
    address_parse("192.0.2.1", 25, &addresses1[0]);
    address_parse("2001:db8::1", 25, &addresses1[1]);
    address_parse("192.0.2.2", 25, &addresses2[0]);
    address_parse("192.0.2.9", 25, &addresses3[0]);
    return &r;
}

/* --- observations --- */

static const char *names[] = {"mx1.example.test", "mx2.example.test"};

#define NOTHING_MORE                                                                               \
    .organization = "", .unit = "", .aia = "", .serial = "", .key = "", .signature = ""

static struct cert_facts chains[2][2] = {
    {{.subject = "CN=mx1.example.test",
      .issuer = "CN=CA",
      .cn = "mx1.example.test",
      .issuer_cn = "CA",
      .organization = "",
      .unit = "",
      .aia = "",
      .serial = "07",
      .key = "EC 256",
      .signature = "ecdsa-with-SHA256",
      .sha256 = "aa",
      .key_sha256 = "bb",
      .not_before = FIXTURE_NOW - 30 * DAY,
      .not_after = FIXTURE_NOW + 60 * DAY,
      .names = names,
      .name_count = 2,
      .has_dns_name = true,
      .served = true,
      .path = 1},
     {.subject = "CN=CA",
      .issuer = "CN=CA",
      .cn = "CA",
      .issuer_cn = "CA",
      NOTHING_MORE,
      .sha256 = "cc",
      .self_issued = true,
      .not_before = FIXTURE_NOW - 300 * DAY,
      .not_after = FIXTURE_NOW + 600 * DAY,
      .path = 2}},
    {{.subject = "CN=mx1.example.test",
      .issuer = "CN=Old CA",
      .cn = "mx1.example.test",
      .issuer_cn = "Old CA",
      NOTHING_MORE,
      .sha256 = "dd",
      .not_before = FIXTURE_NOW - 90 * DAY,
      .not_after = FIXTURE_NOW - 3 * DAY,
      .names = names,
      .name_count = 2,
      .has_dns_name = true,
      .served = true,
      .path = 1}},
};
static struct trust_match matched[] = {
    {"mx1.example.test", CERT_MATCH_SAN},
    {"mx2.example.test", CERT_MATCH_SAN},
    {"192.0.2.9", CERT_MATCH_SAN},
};

static void pass_stages(struct observation *o)
{
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        struct stage_fact *f = &o->stages[s];

        f->entered = f->passed = true;
        f->us = 1000 * s;
        f->text = "250 ok";
        f->code = s == STAGE_CONNECT || s == STAGE_TLS || s == STAGE_CERT ? 0 : 250;
    }
    atomic_store(&o->at, STAGE_RCPT);
    atomic_store(&o->final, (1u << STAGE_COUNT) - 1);
    atomic_store(&o->done, true);
}

void fixture_observations(struct observation *o, size_t count, bool good)
{
    static char transcript[] = "220 mx1\n> EHLO probe\n250 STARTTLS\n";

    for (size_t i = 0; i < count; i++) {
        bool old = !good && i % 2 == 1;

        observation_init(&o[i]);
        pass_stages(&o[i]);
        o[i].has_tls = o[i].has_chain = true;
        o[i].tls = (struct conn_tls){.version = TLS1_3_VERSION,
                                     .version_name = "TLSv1.3",
                                     .cipher = "TLS_AES_256_GCM_SHA384",
                                     .group = "X25519",
                                     .key = "EC 256",
                                     .enciphers = true};
        o[i].chain = (struct trust_facts){
            .certs = chains[old], .cert_count = old ? 1 : 2, .names = matched, .name_count = 3};
        o[i].transcript =
            (struct text){transcript, strlen(transcript), sizeof transcript, 32768, false, false};
    }
}
