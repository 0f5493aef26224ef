/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_revocation.h"

#include <string.h>

#include "tls/revocation.h"
#include "unit/judge/fixture.h"
#include "unit/unit.h"

enum { ANSWERED = true, UNFINISHED = false };

/* What was found out about the leaf, and the one finding that comes of that. */
static const struct {
    bool done;
    enum tls_level level;
    enum revocation_status status;
    const char *why, *url;
    time_t since;
    enum finding_code code; /* FINDING_COUNT: none */
    enum state state;
    const char *headline, *detail;
} facts[] = {
    {UNFINISHED, LEVEL_VERIFY, REVOCATION_REVOKED, "", "http://x/", 0, F_NOT_PROBED, STATE_UNKNOWN,
     "revocation could not be checked: the run ended before", "mx.example.com"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_GOOD, "", "http://x/", 0, FINDING_COUNT, STATE_OK, "", ""},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_UNCHECKED, "", NULL, 0, FINDING_COUNT, STATE_OK, "", ""},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_REVOKED, "", "http://x/", 0, F_CERTIFICATE_REVOKED,
     STATE_CRITICAL, "certificate is revoked",
     "mx.example.com, serial 01, says the OCSP response from http://x/"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_REVOKED, "", "http://x/", 86400, F_CERTIFICATE_REVOKED,
     STATE_CRITICAL, "certificate is revoked",
     "mx.example.com, serial 01, says the OCSP response from http://x/; since 1970-01-02 00:00:00 "
     "UTC"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_LOCAL, "", "http://x/", 0, F_NOT_PROBED, STATE_UNKNOWN,
     "revocation could not be checked: out of memory", "mx.example.com"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_UNNAMED, "", NULL, 0, F_OCSP_UNAVAILABLE, STATE_OK,
     "no OCSP response for the certificate", "mx.example.com: tried"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_UNKNOWN, "", "http://x/", 0, F_OCSP_UNAVAILABLE,
     STATE_WARNING, "no valid OCSP response for the certificate", "mx.example.com, tried"},
    {ANSWERED, LEVEL_VERIFY, REVOCATION_INVALID, "why", NULL, 0, F_OCSP_UNAVAILABLE, STATE_WARNING,
     "no valid OCSP response for the certificate", "mx.example.com: tried"},
    /* DANE-EE alone makes revocation not count */
    {ANSWERED, LEVEL_DANE, REVOCATION_REVOKED, "", "http://x/", 0, FINDING_COUNT, STATE_OK, "", ""},
};

START_TEST(answer)
{
    struct revocation_checks checks = {0};
    struct fixture f;
    struct observation *o;
    const struct finding *found;

    fixture_domain(&f);
    f.policy.level = facts[_i].level;
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_tlsa(&f, 0, 3);
    fixture_plan(&f);
    o = fixture_at(&f, 0, 0);
    o->chain.certs[0].serial = "01";
    o->chain.dane_matched = true;
    o->chain.dane_usage = 3;
    ck_assert(revocation_checks_add(&checks, o->chain.certs[0].sha256));
    checks.at[0].done = facts[_i].done;
    checks.at[0].ocsp.fact.status = facts[_i].status;
    checks.at[0].ocsp.fact.since = facts[_i].since;
    checks.at[0].ocsp.url = facts[_i].url;
    text_copy(checks.at[0].ocsp.tried, sizeof checks.at[0].ocsp.tried, "tried");
    f.facts.revocations = &checks;
    fixture_judge(&f);
    ck_assert_uint_eq(f.verdict.findings.count, facts[_i].code != FINDING_COUNT);
    if (facts[_i].code != FINDING_COUNT) {
        found = &f.verdict.findings.at[0];
        ck_assert_int_eq(found->code, facts[_i].code);
        ck_assert_int_eq(found->state, facts[_i].state);
        ck_assert_str_eq(found->headline, facts[_i].headline);
        ck_assert_str_eq(found->detail, facts[_i].detail);
    }
    checks.at[0].ocsp.url = NULL;
    revocation_checks_clear(&checks);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge_revocation, {answer, COUNT(facts)})
