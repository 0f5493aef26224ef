/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_profile.h"

#include <string.h>

#include "policy/tls_profile.h"
#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const char text[] =
    "[profile]\ndocument = A guideline\nedition = 1\ndate = 2026-11-30\n"
    "[key-sizes]\nrsa = 3072\nrsa-phase-out = 2048\nec = 256\nec-phase-out = 224\n";

static const struct {
    enum cert_kind kind;
    const char *key;
    unsigned bits;
    int want; /* a code, -1: none */
    const char *headline;
} keys[] = {
    {CERT_RSA, "RSA 3072", 3072, -1, NULL},
    {CERT_RSA, "RSA 2048", 2048, F_TLS_PROFILE_DEPRECATED, "RSA key of 2048 bits phased out by p"},
    {CERT_RSA, "RSA 1024", 1024, F_TLS_PROFILE_VIOLATION, "RSA key of 1024 bits not allowed by p"},
    {CERT_ECDSA, "EC 256", 256, -1, NULL},
    {CERT_ECDSA, "EC 224", 224, F_TLS_PROFILE_DEPRECATED,
     "elliptic curve key of 224 bits phased out by p"},
    {CERT_OTHER, "ED448 456", 456, -1, NULL},
    {CERT_OTHER, "DSA 3072", 3072, -1, NULL},
    {CERT_OTHER, "DSA 1024", 1024, F_TLS_PROFILE_VIOLATION,
     "DSA key of 1024 bits not allowed by p"},
    {CERT_OTHER, "unknown key", 0, -1, NULL},
};

START_TEST(key)
{
    static const struct profile_facts whole = {
        .outcomes = {PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE,
                     PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE, PROFILE_WHOLE}};
    const struct profile_facts *profiles[] = {&whole};
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("p.ini", text, strlen(text), &e);
    struct fixture f;
    struct cert_facts *leaf;
    const struct finding *found;

    fixture_one(&f);
    f.policy.profile = p;
    f.facts.profiles = profiles;
    leaf = &fixture_at(&f, 0, 0)->chain.certs[0];
    leaf->kind = keys[_i].kind;
    leaf->key = keys[_i].key;
    leaf->key_bits = keys[_i].bits;
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_TLS_PROFILE_VIOLATION) +
                          fixture_count(&f, F_TLS_PROFILE_DEPRECATED),
                      keys[_i].want >= 0);
    ck_assert_uint_eq(fixture_count(&f, F_NOT_PROBED), 0);
    if (keys[_i].want >= 0) {
        found = fixture_find(&f, (enum finding_code)keys[_i].want);
        ck_assert_msg(found, "%s", keys[_i].key);
        ck_assert_str_eq(found->headline, keys[_i].headline);
    }
    fixture_close(&f);
    tls_profile_free(p);
}
END_TEST

/* --- what was not asked --- */

static const char lists[] = "[profile]\ndocument = A guideline\nedition = 1\ndate = 2026-11-30\n"
                            "[versions]\nallowed = TLSv1.2 TLSv1.3\n"
                            "[cipher-suites]\nallowed = TLS_AES_256_GCM_SHA384\n"
                            "[groups]\nallowed = x25519\n";

#define W PROFILE_WHOLE
#define N PROFILE_NOT_ASKED
#define O PROFILE_OPEN
#define H PROFILE_HARMLESS

#define ASKED(...) .outcomes = {__VA_ARGS__}
#define ALL_ASKED ASKED(W, W, W, W, W, W, W, W, W, W, W)
#define ENDS(last) .count = 1, .at[0].end = last

/* The one finding that comes of what was answered. */
static const struct {
    struct profile_facts facts;
    const char *detail; /* of F_NOT_PROBED; NULL: nothing is to be said */
} unasked[] = {
    {{ALL_ASKED}, NULL},
    {{ASKED(H, H, H, H, H, H, H, H, W, W, W)}, NULL},
    {{ASKED(W, N, W, W, W, W, W, W, W, W, W), ENDS(HELLO_ASK_ALERT)},
     "1 connections were not enough for: protocol versions"},
    {{ASKED(W, W, O, W, W, N, W, N, W, W, W), ENDS(HELLO_ASK_ALERT)},
     "1 connections were not enough for: cipher suites, groups, signature algorithms"},
    {{ASKED(W, W, W, W, N, W, W, W, N, W, W), ENDS(HELLO_ASK_ALERT)},
     "1 connections were not enough for: cipher suites, what is required"},
    {{ASKED(W, W, W, W, W, W, W, W, W, N, N), ENDS(HELLO_ASK_ALERT)}, NULL},
    {{ALL_ASKED, ENDS(HELLO_ASK_ALERT), .in_doubt = true, .at[0].alert = 99},
     "the gateway refused what it was asked, and then a hello that any server accepts, too: "
     "alert 99"},
    {{ALL_ASKED, ENDS(HELLO_ASK_CLOSED), .in_doubt = true},
     "the gateway ended connections without a refusal, and then did not answer a hello that any "
     "server accepts"},
    {{ALL_ASKED, ENDS(HELLO_ASK_SILENT), .in_doubt = true},
     "the gateway ended connections without a refusal, and then did not answer a hello that any "
     "server accepts"},
    {{ALL_ASKED, ENDS(HELLO_ASK_CLOSED), .stopped = true},
     "connection 1: closed without a refusal"},
    {{ALL_ASKED, ENDS(HELLO_ASK_SILENT), .stopped = true}, "connection 1: no answer in time"},
    {{ALL_ASKED, ENDS(HELLO_ASK_UNREACHED), .stopped = true, .reason = "421 busy"},
     "connection 1: the handshake was not reached: 421 busy"},
    {{ALL_ASKED, ENDS(HELLO_ASK_MALFORMED), .stopped = true, .reason = "no version"},
     "connection 1: the answer is malformed: no version"},
    {{ALL_ASKED, ENDS(HELLO_ASK_LOCAL), .stopped = true},
     "connection 1: this machine ran out of memory or files"},
};

static struct tls_profile *open_lists(struct fixture *f)
{
    struct error e = {0};
    struct tls_profile *p = tls_profile_read("p.ini", lists, strlen(lists), &e);

    ck_assert_msg(p, "%s", e.text);
    fixture_one(f);
    f->policy.profile = p;
    return p;
}

START_TEST(not_in_full)
{
    const struct profile_facts *profiles[] = {&unasked[_i].facts};
    struct fixture f;
    struct tls_profile *p = open_lists(&f);
    const struct finding *found;

    f.facts.profiles = profiles;
    fixture_judge(&f);
    ck_assert(f.verdict.hosts[0].profile.asked);
    ck_assert_uint_eq(f.verdict.findings.count, unasked[_i].detail != NULL);
    if (unasked[_i].detail) {
        found = &f.verdict.findings.at[0];
        ck_assert_int_eq(found->code, F_NOT_PROBED);
        ck_assert_str_eq(found->headline, "TLS profile p not asked in full");
        ck_assert_str_eq(found->detail, unasked[_i].detail);
    }
    fixture_close(&f);
    tls_profile_free(p);
}
END_TEST

/* Because the run ended, or no handshake succeeded, which another finding may say already. */
START_TEST(not_at_all)
{
    static const char *const details[] = {"the run ended first", "no handshake succeeded", NULL,
                                          NULL};
    const struct profile_facts *profiles[] = {NULL};
    struct fixture f;
    struct tls_profile *p = open_lists(&f);
    const struct finding *found;

    if (_i == 0)
        f.facts.profiles = profiles;
    if (_i == 1)
        f.policy.on[F_TLS_HANDSHAKE_FAILED] = STATE_OK;
    if (_i > 0)
        fixture_fail(fixture_at(&f, 0, 0), _i == 3 ? STAGE_CONNECT : STAGE_TLS, PROBE_CLOSED, 0,
                     "");
    fixture_judge(&f);
    found = fixture_find(&f, F_NOT_PROBED);
    ck_assert_int_eq(found != NULL, details[_i] != NULL);
    if (found) {
        ck_assert_str_eq(found->headline, "TLS profile p not asked");
        ck_assert_str_eq(found->detail, details[_i]);
    }
    ck_assert(!f.verdict.hosts[0].profile.asked);
    fixture_close(&f);
    tls_profile_free(p);
}
END_TEST

/* --- what was accepted --- */

static const struct {
    enum profile_outcome suites; /* of TLS 1.3 */
    uint16_t seen[3];            /* suites of further connections; 0: no more */
    const char *headline, *detail;
} accepted[] = {
    {PROFILE_WHOLE, {0x1302}, NULL, NULL},
    {PROFILE_WHOLE,
     {0x1301},
     "cipher suite not allowed by p: TLS_AES_128_GCM_SHA256",
     "expected what \"A guideline\" allows (edition 1), seen TLS_AES_128_GCM_SHA256"},
    {PROFILE_NOT_DUE,
     {0x1301, 0x1301, 0x1303},
     "2 cipher suites not allowed by p: TLS_AES_128_GCM_SHA256, ...",
     "expected what \"A guideline\" allows (edition 1), seen TLS_AES_128_GCM_SHA256, "
     "TLS_CHACHA20_POLY1305_SHA256"},
    {PROFILE_OPEN,
     {0x1302, 0x1301},
     "cipher suite not allowed by p: TLS_AES_128_GCM_SHA256",
     "expected what \"A guideline\" allows (edition 1), seen TLS_AES_128_GCM_SHA256; not all were "
     "asked"},
    {PROFILE_HARMLESS,
     {0x1301},
     "cipher suite not allowed by p: TLS_AES_128_GCM_SHA256",
     "expected what \"A guideline\" allows (edition 1), seen TLS_AES_128_GCM_SHA256; not all were "
     "asked"},
};

START_TEST(suites)
{
    struct profile_facts facts = {ALL_ASKED};
    const struct profile_facts *profiles[] = {&facts};
    struct fixture f;
    struct tls_profile *p = open_lists(&f);

    facts.outcomes[PROFILE_SUITES_1_3] = accepted[_i].suites;
    for (; facts.count < 3 && accepted[_i].seen[facts.count]; facts.count++)
        facts.at[facts.count] = (struct profile_answer){.question = PROFILE_SUITES_1_3,
                                                        .version = 0x0304,
                                                        .suite = accepted[_i].seen[facts.count]};
    f.facts.profiles = profiles;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, accepted[_i].headline != NULL);
    if (accepted[_i].headline) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, F_TLS_PROFILE_VIOLATION);
        ck_assert_str_eq(f.verdict.findings.at[0].headline, accepted[_i].headline);
        ck_assert_str_eq(f.verdict.findings.at[0].detail, accepted[_i].detail);
    }
    ck_assert_uint_eq(f.verdict.hosts[0].profile.violations[TLS_CODE_SUITE],
                      !accepted[_i].headline                ? 0
                      : strchr("2", *accepted[_i].headline) ? 2
                                                            : 1);
    fixture_close(&f);
    tls_profile_free(p);
}
END_TEST

UNIT_CASE(judge_profile, {key, COUNT(keys)}, {not_in_full, COUNT(unasked)}, {not_at_all, 4},
          {suites, COUNT(accepted)})
