/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy of ours may say that a form does not. What needs gateways that were asked is in
 * scenarios. */
#include "judge/judge_own_level.h"

#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

enum { NAMES = 6 };

/* Levels of ours that are enough, as letters: may, encrypt, fingerprint, verify, secure, dane,
 * dane- only (o). With `dane`, TLSA records count first. */
static const struct {
    enum tls_level form;
    bool dane;
    const char *enough;
} levels[] = {
    {LEVEL_MAY, false, "mefvsdo"},      {LEVEL_ENCRYPT, false, "efvso"},
    {LEVEL_FINGERPRINT, false, "fvso"}, {LEVEL_VERIFY, false, "fvso"},
    {LEVEL_VERIFY, true, "fvso"},       {LEVEL_SECURE, false, "fvso"},
    {LEVEL_DANE, false, "fvsdo"},       {LEVEL_DANE, true, "efvsdo"},
    {LEVEL_DANE_ONLY, false, "fso"},    {LEVEL_DANE_ONLY, true, "fso"},
};

static const char letters[] = {
    [LEVEL_MAY] = 'm',    [LEVEL_ENCRYPT] = 'e', [LEVEL_FINGERPRINT] = 'f', [LEVEL_VERIFY] = 'v',
    [LEVEL_SECURE] = 's', [LEVEL_DANE] = 'd',    [LEVEL_DANE_ONLY] = 'o'};

START_TEST(level)
{
    const struct mta_policy none = {.level = MTA_LEVEL_NONE, .dane = true};
    char got[10] = "";

    ck_assert_int_eq(judge_own_level_meets(levels[_i].form, &none), levels[_i].form == LEVEL_MAY);
    for (size_t i = 0; i < sizeof letters; i++) {
        const struct mta_policy policy = {.level = (int)i, .dane = levels[_i].dane};

        if (judge_own_level_meets(levels[_i].form, &policy))
            strncat(got, &letters[i], 1);
    }
    ck_assert_str_eq(got, levels[_i].enough);
}
END_TEST

/* Fills a list with words that blanks divide; `text` is changed. */
static void divide(char *text, char *at[NAMES], size_t *count)
{
    *count = 0;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        at[(*count)++] = word;
}

static const struct {
    const char *digest, *ours, *form;
    enum judge_own_digest want;
} digests[] = {
    {"sha256", "aa", "aa", JUDGE_OWN_DIGEST_GOOD},
    {"SHA256", "AA bb", "bb cc aa", JUDGE_OWN_DIGEST_GOOD},
    {"sha256", "aa bb", "aa", JUDGE_OWN_DIGEST_OTHER},
    {"sha256", "bb aa", "aa", JUDGE_OWN_DIGEST_OTHER},
    {"sha256", "", "aa", JUDGE_OWN_DIGEST_OTHER},
    {"sha256", "a", "aa", JUDGE_OWN_DIGEST_OTHER},
    {"sha1", "aa", "aa", JUDGE_OWN_DIGEST_UNKNOWN},
    {"sha256", "aa", "", JUDGE_OWN_DIGEST_UNKNOWN}, /* nothing was seen */
};

START_TEST(digest)
{
    const struct resolution resolution = {.target_count = 0};
    const struct facts facts = {.resolution = &resolution};
    const struct judge j = {.facts = &facts};
    char ours[40], form[40], *our_list[NAMES], *form_list[NAMES];
    struct partner p = {.fingerprints = {form_list, 0}};
    struct mta_policy policy = {.digest = digests[_i].digest,
                                .digests = {(const char **)our_list, 0}};
    const struct partner_run run = {.partner = &p};

    strcpy(ours, digests[_i].ours);
    strcpy(form, digests[_i].form);
    divide(ours, our_list, &policy.digests.count);
    divide(form, form_list, &p.fingerprints.count);
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), digests[_i].want);
}
END_TEST

static const struct {
    enum tls_level ours, form;
    const char *match;   /* of the form */
    const char *allowed; /* of ours */
    const char *refused;
} names[] = {
    /* a form's own names allow what is narrower */
    {LEVEL_VERIFY, LEVEL_VERIFY, "", "hostname nexthop dot-nexthop a.test .a.test x.A.test mx.test",
     "b.test"},
    {LEVEL_VERIFY, LEVEL_VERIFY, "", "", "xa.test"},
    {LEVEL_VERIFY, LEVEL_VERIFY, "", "", ".mx.test"},
    {LEVEL_VERIFY, LEVEL_VERIFY, "", "", "t"},
    {LEVEL_VERIFY, LEVEL_SECURE, "", "nexthop dot-nexthop a.test .x.a.test", "hostname"},
    {LEVEL_SECURE, LEVEL_SECURE, "", "", "mx.test"},
    {LEVEL_SECURE, LEVEL_VERIFY, "hostname", "Hostname Nexthop DOT-nexthop MX.test", "b.test"},
    {LEVEL_SECURE, LEVEL_VERIFY, "nexthop", "nexthop", "dot-nexthop"},
    {LEVEL_SECURE, LEVEL_VERIFY, "nexthop", "", "x.a.test"},
    {LEVEL_SECURE, LEVEL_VERIFY, "dot-nexthop", "dot-nexthop a.test", "nexthop"},
    {LEVEL_SECURE, LEVEL_VERIFY, "c.test", "C.test", "x.c.test"},
    {LEVEL_SECURE, LEVEL_VERIFY, ".c.test", ".c.test x.c.test C.test", "xc.test"},
    {LEVEL_SECURE, LEVEL_VERIFY, ".c.test", "", ".x.c.test"},
    /* other levels have no names */
    {LEVEL_ENCRYPT, LEVEL_VERIFY, "", "b.test", NULL},
    {LEVEL_VERIFY, LEVEL_FINGERPRINT, "", "b.test", NULL},
};

START_TEST(name)
{
    const struct resolution resolution = {.target_count = 0};
    const struct facts facts = {.resolution = &resolution};
    const struct judge j = {.facts = &facts};
    char ours[100], form[40], domain[] = "a.test", gateway[] = "mx.test";
    char *our_list[NAMES + 2], *form_list[NAMES], *domains[] = {domain};
    struct form_gateway gateways[] = {{gateway, 0}};
    struct partner p = {.level = names[_i].form,
                        .domains = {domains, 1},
                        .gateways = {gateways, 1},
                        .match = {form_list, 0}};
    struct mta_policy policy = {.level = (int)names[_i].ours,
                                .match = {(const char **)our_list, 0}};
    const struct partner_run run = {.partner = &p};
    const char *got;

    snprintf(ours, sizeof ours, "%s %s", names[_i].allowed,
             names[_i].refused ? names[_i].refused : "");
    strcpy(form, names[_i].match);
    divide(ours, our_list, &policy.match.count);
    divide(form, form_list, &p.match.count);
    got = judge_own_level_name(&j, &run, &policy);
    if (names[_i].refused)
        ck_assert_msg(got && strcmp(got, names[_i].refused) == 0, "%d: %s", _i, got ? got : "-");
    else
        ck_assert_ptr_null(got);
}
END_TEST

static void set_mx(struct fixture *f)
{
    fixture_open(f);
    f->facts.resolution = &f->r;
    f->policy.tlsa = true;
    fixture_target(f, TARGET_DOMAIN, "other.test", NULL);
    fixture_gateway(f, 0, "mx.other.test", 10, "192.0.2.9");
    fixture_target(f, TARGET_DOMAIN, "a.test", NULL);
    fixture_gateway(f, 1, "mx1.a.test", 10, "192.0.2.1");
    fixture_gateway(f, 1, "mx2.a.test", 20, "192.0.2.2");
    f->targets[0].role = f->targets[1].role = TARGET_PARTNER_DOMAIN;
}

/* The partner's MX hosts are its gateways; those of another, and of ours, are not. */
START_TEST(gateway)
{
    struct fixture f;
    struct partner p = {.id = "a"};
    const struct partner_run run = {.partner = &p, .first = 1, .count = 1};
    const struct judge j = {.facts = &f.facts};

    set_mx(&f);
    ck_assert(judge_own_level_is_gateway(&j, &run, "mx1.a.test"));
    ck_assert(judge_own_level_is_gateway(&j, &run, "MX2.A.test"));
    ck_assert(!judge_own_level_is_gateway(&j, &run, "mx.other.test"));
    ck_assert(!judge_own_level_is_gateway(&j, &run, "a.test"));
    f.targets[1].role = TARGET_OWN_GATEWAY;
    ck_assert(!judge_own_level_is_gateway(&j, &run, "mx1.a.test"));
    fixture_close(&f);
}
END_TEST

/* What the second of two gateways has; the first one's record is usable and secure. */
static const struct {
    bool untrusted, unasked;   /* of the resolver; of TLSA records */
    bool secure, alias_secure; /* of its addresses */
    enum dns_status status;    /* of its addresses */
    enum dns_status tlsa;
    bool tlsa_secure;
    int usage; /* of its record; 3 is usable */
    enum judge_own_tlsa want;
} tlsa[] = {
    {false, false, true, false, DNS_OK, DNS_OK, true, 3, JUDGE_OWN_TLSA_ALL},
    {false, false, false, true, DNS_OK, DNS_OK, true, 3, JUDGE_OWN_TLSA_ALL},
    {true, false, true, false, DNS_OK, DNS_OK, true, 3, JUDGE_OWN_TLSA_UNKNOWN},
    {false, true, true, false, DNS_OK, DNS_OK, true, 3, JUDGE_OWN_TLSA_UNKNOWN},
    {false, false, true, false, DNS_OK, DNS_OK, true, 0, JUDGE_OWN_TLSA_NOT_ALL},
    {false, false, true, false, DNS_OK, DNS_OK, false, 3, JUDGE_OWN_TLSA_NOT_ALL},
    {false, false, true, false, DNS_OK, DNS_NODATA, true, 3, JUDGE_OWN_TLSA_NOT_ALL},
    {false, false, true, false, DNS_OK, DNS_NXDOMAIN, true, 3, JUDGE_OWN_TLSA_NOT_ALL},
    {false, false, true, false, DNS_OK, DNS_FAILURE, true, 3, JUDGE_OWN_TLSA_UNKNOWN},
    {false, false, false, false, DNS_OK, DNS_OK, true, 3, JUDGE_OWN_TLSA_NOT_ALL},
    {false, false, false, false, DNS_FAILURE, DNS_OK, true, 3, JUDGE_OWN_TLSA_UNKNOWN},
};

START_TEST(records)
{
    struct fixture f;
    struct partner p = {.id = "a"};
    const struct partner_run run = {.partner = &p, .first = 1, .count = 1};
    const struct judge j = {.facts = &f.facts};
    struct resolve_host *h;

    set_mx(&f);
    fixture_tlsa(&f, 1, 3);
    fixture_tlsa(&f, 2, tlsa[_i].usage);
    h = &f.r.hosts[2];
    h->secure = tlsa[_i].secure;
    h->alias_secure = tlsa[_i].alias_secure;
    h->status = tlsa[_i].status;
    h->tlsa_status = tlsa[_i].tlsa;
    h->tlsa_secure = tlsa[_i].tlsa_secure;
    f.r.trusted = !tlsa[_i].untrusted;
    f.policy.tlsa = !tlsa[_i].unasked;
    ck_assert_int_eq(judge_own_level_tlsa(&j, &run), tlsa[_i].want);
    fixture_close(&f);
}
END_TEST

/* The form has no digests: what a gateway showed counts. */
START_TEST(seen)
{
    struct fixture f;
    struct partner p = {.id = "a"};
    const struct partner_run run = {.partner = &p, .first = 1, .count = 1};
    const struct judge j = {.facts = &f.facts};
    const char *ours[] = {"00", "Fa"};
    const struct mta_policy policy = {.digest = "sha256", .digests = {ours, 2}};
    struct cert_facts *other, *leaf;

    set_mx(&f);
    fixture_observe(&f);
    f.facts.plan = &f.plan;
    f.facts.observations = f.observed;
    leaf = &fixture_at(&f, 2, 0)->chain.certs[0];
    other = &fixture_at(&f, 0, 0)->chain.certs[0];
    strcpy(other->sha256, "fa");
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_OTHER);
    strcpy(leaf->sha256, "fa");
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_GOOD);
    strcpy(leaf->sha256, "fb");
    strcpy(leaf->key_sha256, "fa");
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_GOOD);
    fixture_at(&f, 2, 0)->has_chain = false;
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_OTHER);
    fixture_at(&f, 1, 0)->has_chain = false;
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_UNKNOWN);
    fixture_at(&f, 1, 0)->has_chain = true;
    f.targets[1].role = TARGET_OWN_GATEWAY;
    ck_assert_int_eq(judge_own_level_digests(&j, &run, &policy), JUDGE_OWN_DIGEST_UNKNOWN);
    fixture_at(&f, 2, 0)->has_chain = true; /* for the fixture, which frees it */
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_own_level, {level, COUNT(levels)}, {digest, COUNT(digests)}, {name, COUNT(names)},
          {gateway, 1}, {records, COUNT(tlsa)}, {seen, 1})
