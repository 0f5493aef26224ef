/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy of ours may say that a form does not. What needs gateways that were asked is in
 * scenarios. */
#include "judge/judge_own_level.h"

#include <string.h>

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

UNIT_CASE(judge_own_level, {level, COUNT(levels)}, {digest, COUNT(digests)}, {name, COUNT(names)})
