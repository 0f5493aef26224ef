/* SPDX-License-Identifier: BSD-2-Clause */
/* What could not be found out is neither well nor a fault of the gateway. */
#include <string.h>

#include "judge/judge.h"
#include "unit/unit.h"

/* One domain, one gateway, one address; the rest is as the test has it. */
struct judged {
    struct address address;
    struct resolve_host host;
    struct observation observation;
    struct tls_policy policy;
    struct judge_config config;
    struct verdict verdict;
};

static void judged_begin(struct judged *x, enum tls_level level)
{
    static char name[] = "mx.example.test";

    memset(x, 0, sizeof *x);
    address_parse("192.0.2.1", 25, &x->address);
    x->host = (struct resolve_host){.policy = &x->policy,
                                    .duplicate = RESOLVE_NONE,
                                    .name = name,
                                    .shown = "mx.example.test",
                                    .why = "",
                                    .canonical = "",
                                    .tlsa_why = "",
                                    .tlsa_base = "",
                                    .port = 25,
                                    .addresses = &x->address,
                                    .address_count = 1};
    tls_policy_default(&x->policy);
    x->policy.level = level;
    observation_init(&x->observation);
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++)
        x->observation.stages[s].entered = x->observation.stages[s].passed = true;
    x->observation.has_tls = true;
}

static void judged_end(struct judged *x)
{
    const struct target ask = {
        .kind = TARGET_DOMAIN, .name = "example.test", .port = 25, .policy = &x->policy};
    struct resolve_mx mx = {0, 10};
    struct resolve_target target = {.target = &ask,
                                    .status = DNS_OK,
                                    .why = "",
                                    .canonical = "",
                                    .secure = true,
                                    .mx = &mx,
                                    .mx_count = 1};
    struct resolution r = {
        .targets = &target, .target_count = 1, .hosts = &x->host, .host_count = 1, .trusted = true};
    struct plan_request request = {.address = &x->address};
    const struct observation *observed = &x->observation;
    size_t zero = 0, *of_host = &zero;
    struct plan_target planned = {.resolved = &target, .mx = &mx, .mx_count = 1};
    struct plan plan = {.targets = &planned,
                        .target_count = 1,
                        .requests = &request,
                        .request_count = 1,
                        .of_host = &of_host,
                        .host_count = 1};
    struct facts facts = {.resolution = &r, .plan = &plan, .observations = &observed};

    judge_all(&x->config, &facts, &x->verdict);
    judge_finish(&x->config, &facts, &x->verdict);
}

static bool judged_has(const struct judged *x, enum finding_code code)
{
    for (size_t i = 0; i < x->verdict.findings.count; i++) {
        if (x->verdict.findings.at[i].code == code)
            return true;
    }
    return false;
}

static const enum probe_fault cert_faults[] = {PROBE_LOCAL, PROBE_UNFINISHED, PROBE_TLS};

START_TEST(unverified_certificate_is_not_ok)
{
    struct judged x;

    judged_begin(&x, LEVEL_VERIFY);
    x.observation.stages[STAGE_CERT] =
        (struct stage_fact){.entered = true, .fault = cert_faults[_i], STAGE_FACT_NONE};
    judged_end(&x);
    ck_assert(judged_has(&x, cert_faults[_i] == PROBE_TLS ? F_TLS_HANDSHAKE_FAILED : F_NOT_PROBED));
    ck_assert_int_ne(x.verdict.state, STATE_OK);
    verdict_clear(&x.verdict);
}
END_TEST

START_TEST(failed_look_up_is_no_lack_of_dnssec)
{
    struct judged x;

    judged_begin(&x, LEVEL_DANE_ONLY);
    x.host.status = DNS_FAILURE;
    judged_end(&x);
    ck_assert(judged_has(&x, F_DNS_FAILURE));
    ck_assert(!judged_has(&x, F_DANE_REQUIRED));
    ck_assert_int_eq(x.verdict.state, STATE_UNKNOWN);
    verdict_clear(&x.verdict);
}
END_TEST

UNIT_CASE(judge_unfinished, {unverified_certificate_is_not_ok, COUNT(cert_faults)},
          {failed_look_up_is_no_lack_of_dnssec, 1})
