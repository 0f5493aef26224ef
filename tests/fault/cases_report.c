/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "fixture.h"
#include "judge/judge.h"
#include "judge/judge_mail.h"
#include "judge/judge_partners.h"
#include "partner/mail_tally.h"
#include "partner/partners.h"
#include "report/report_mail.h"
#include "report/report_render.h"

enum { FORMATS = REPORT_HTML + 1, OBSERVATIONS = 16 };

static const char form_text[] = "[a]\n"
                                "domains = a.test\n"
                                "gateways = 192.0.2.1 192.0.2.2\n"
                                "sending-hosts = 192.0.2.9\n"
                                "issuer = Another CA\n"
                                "[b]\n"
                                "company = B\n"
                                "domains = b.test\n"
                                "gateways = 192.0.2.3\n"
                                "direction = outbound\n";

static struct form form;
static struct trust *trust; /* it trusts nobody */
static struct tls_policy policy;
static struct mail_tally tally;
static struct maillog_summary summary = {.services = {{.name = "postfix/smtp", .logs_tls = true}},
                                         .service_count = 1,
                                         .lines = 9,
                                         .unknown = 1};
static struct partners partners;
static struct resolution resolution;
static struct plan plan;
static struct observation observations[OBSERVATIONS];
static const struct observation *observed[OBSERVATIONS];
static char *mail_baselines[FORMATS], *partners_baselines[FORMATS];

/* What came with failing memory is what comes with memory, or it is said that memory ran out. */
static bool is_whole(char **baseline, const struct text *out, bool failed)
{
    if (!*baseline) {
        *baseline = strdup(text_str(out));
        return *baseline && out->len > 0 && !failed && !out->failed && !out->cut;
    }
    if (failed || out->failed)
        return fault_fired();
    return strcmp(text_str(out), *baseline) == 0;
}

/* --- the partners' mail --- */

static void count_mail(void)
{
    static const struct {
        const char *address, *peer;
        enum maillog_tls tls;
        bool inbound;
    } mail[] = {
        {"u@a.test", "mx[192.0.2.1]:25", MAILLOG_VERIFIED, false},
        {"u@a.test", "mx[192.0.2.1]:25", MAILLOG_PLAINTEXT, false},
        {"u@b.test", "mx[192.0.2.3]:25", MAILLOG_ENCRYPTED, false},
        {"u@b.test", "mx[192.0.2.3]:25", MAILLOG_UNKNOWN, false},
        {"u@a.test", "out[192.0.2.9]", MAILLOG_PLAINTEXT, true},
        {"u@a.test", "other[192.0.2.8]", MAILLOG_ENCRYPTED, true},
    };

    for (size_t i = 0; i < sizeof mail / sizeof *mail; i++)
        mail_tally_add(&tally, &(struct maillog_delivery){.at = FIXTURE_NOW - 60,
                                                          .inbound = mail[i].inbound,
                                                          .tls = mail[i].tls,
                                                          .queue_id = span_of("AAAA1"),
                                                          .address = span_of(mail[i].address),
                                                          .peer = span_of(mail[i].peer)});
    mail_tally_waiting(&tally, &(struct mail_queue_entry){
                                   .arrived = FIXTURE_NOW - 7200,
                                   .queue_id = span_of("BBBB1"),
                                   .address = span_of("u@a.test"),
                                   .reason = span_of("TLS is required, but was not offered by "
                                                     "host mx[192.0.2.1]")});
    mail_tally_finish(&tally, summary.services, summary.service_count);
}

static struct report_config config_of(const char *service, enum report_format format)
{
    return (struct report_config){.service = service,
                                  .format = format,
                                  .verbosity = 3,
                                  .perfdata_max = 64,
                                  .seconds = 1,
                                  .timeout = 45};
}

static bool mail(enum report_format format)
{
    const int on[FINDING_COUNT] = {0};
    const struct mail_judge judge = {
        .since = FIXTURE_NOW - 86400, .now = FIXTURE_NOW, .waiting = 1800, .on = on};
    const struct error problem = {.cause = ERROR_FILE, .text = "\"x\": Permission denied"};
    const struct mail_facts facts = {
        .tally = &tally, .log = &summary, .queue = true, .problems = &problem, .problem_count = 1};
    const struct report_config c = config_of("MAIL_LOG", format);
    struct mail_verdict v;
    struct text out;
    bool ok;

    text_init(&out, 1 << 20);
    judge_mail(&judge, &facts, &v);
    if (!v.failed)
        report_mail(&(struct mail_report){&c, &judge, &facts, &v}, &out);
    ok = is_whole(&mail_baselines[format], &out, v.failed);
    judge_mail_clear(&v);
    text_free(&out);
    return ok;
}

/* --- the partners --- */

static bool make_partners(void)
{
    const struct partners_config c = {
        .form = &form, .policy = &policy, .outbound = true, .inbound = true, .port = 25};
    const struct resolve_config rc = {
        .parallel = 4, .stage_ms = 1000, .deadline = deadline_in_ms(30000)};
    struct pool_watch watch;

    tls_policy_default(&policy);
    policy.trust = trust;
    if (!partners_make(&c, &partners))
        return false;
    pool_watch_init(&watch, rc.deadline);
    resolve_all(&rc, partners.targets, partners.target_count, &watch, &resolution);
    if (resolution.failed || !plan_make(&resolution, 1, &plan) || plan.request_count > OBSERVATIONS)
        return false;
    fixture_observations(observations, plan.request_count, false);
    for (size_t i = 0; i < plan.request_count; i++)
        observed[i] = &observations[i];
    return plan.request_count > 0;
}

static bool partner(enum report_format format)
{
    const struct judge_config jc = {.now = FIXTURE_NOW};
    const struct facts facts = {.plan = &plan,
                                .resolution = &resolution,
                                .observations = observed,
                                .mta = &partners.mta.facts};
    const struct report_config c = config_of("PARTNER_POLICY", format);
    struct verdict v;
    struct text out;
    bool ok;

    text_init(&out, 1 << 20);
    judge_all(&jc, &facts, &v);
    judge_partners(&facts, &partners, &v);
    judge_finish(&jc, &facts, &v);
    report_render(&c, &(struct report_input){.judge = &jc, .facts = &facts, .verdict = &v}, &out);
    ok = is_whole(&partners_baselines[format], &out, v.failed);
    verdict_clear(&v);
    text_free(&out);
    return ok;
}

#define CASE(NAME, OF, FORMAT)                                                                     \
    bool NAME(void)                                                                                \
    {                                                                                              \
        return OF(FORMAT);                                                                         \
    }

CASE(cases_mail_nagios, mail, REPORT_NAGIOS)
CASE(cases_mail_table, mail, REPORT_TABLE)
CASE(cases_mail_json, mail, REPORT_JSON)
CASE(cases_mail_openmetrics, mail, REPORT_OPENMETRICS)
CASE(cases_mail_html, mail, REPORT_HTML)
CASE(cases_partners_nagios, partner, REPORT_NAGIOS)
CASE(cases_partners_table, partner, REPORT_TABLE)
CASE(cases_partners_json, partner, REPORT_JSON)
CASE(cases_partners_openmetrics, partner, REPORT_OPENMETRICS)
CASE(cases_partners_html, partner, REPORT_HTML)

bool cases_report_begin(void)
{
    const struct trust_config nobody = {.env_dir = "/dev/null", .env_file = "/dev/null"};
    struct error e;

    trust = trust_new(&nobody, &e);
    if (!trust || !form_read("f.ini", form_text, strlen(form_text), &form, &e) ||
        !mail_tally_begin(&tally, &form, NULL))
        return false;
    count_mail();
    return make_partners();
}

void cases_report_end(void)
{
    for (int i = 0; i < FORMATS; i++) {
        free(mail_baselines[i]);
        free(partners_baselines[i]);
    }
    plan_clear(&plan);
    resolve_clear(&resolution);
    partners_clear(&partners);
    mail_tally_clear(&tally);
    form_clear(&form);
    trust_free(trust);
}
