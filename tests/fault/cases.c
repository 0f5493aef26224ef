/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases.h"
#include "cases_partner.h"
#include "cases_report.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns_message.h"
#include "plugins/extra_opts.h"
#include "fault.h"
#include "fixture.h"
#include "partner/form.h"
#include "base/ini.h"
#include "judge/judge.h"
#include "plugins/options.h"
#include "policy/hostname.h"
#include "policy/option_value.h"
#include "report/report_render.h"
#include "report/perfdata.h"
#include "base/pool.h"
#include "tls/trust.h"

static struct fixture_pki pki;
static struct trust *trust, *empty;
static char ini_path[] = "/tmp/mailtls-fault.XXXXXX";

/* --- text, perfdata --- */

static bool text_grows(void)
{
    struct text t;
    bool ok;

    text_init(&t, 65536);
    for (int i = 0; i < 200; i++) {
        text_add(&t, "0123456789");
        text_addf(&t, "%s", "abcdefghij");
    }
    ok = fault_fired() ? t.failed && t.len < 4000 : !t.failed && t.len == 4000;
    ok = ok && strlen(text_str(&t)) == t.len;
    text_free(&t);
    return ok;
}

static bool perfdata_grows(void)
{
    const struct perfdata p = {.prefix = "mx1.example.test", .metric = "connect", .unit = "s"};
    struct text t;
    bool ok;

    text_init(&t, 65536);
    for (int i = 0; i < 40; i++)
        perfdata_add(&t, &p, false);
    ok = t.failed == fault_fired();
    text_free(&t);
    return ok;
}

/* --- parsers --- */

static bool ignore_key(void *ctx, const char *section, const char *key, const char *value, int line,
                       struct error *e)
{
    (void)value, (void)line, (void)e;
    *(int *)ctx += key != NULL;
    return section != NULL;
}

static bool ini_allocates_nothing(void)
{
    static const char text[] = "[a]\nb = c\n";
    struct error e = {0};
    int keys = 0;

    return ini_read("f", text, sizeof text - 1, ignore_key, &keys, &e) && keys == 1 &&
           !fault_fired();
}

/* A question for example.test and two answers of the type, whose RDATA the caller gives. */
static size_t dns_answer(unsigned char *m, unsigned type, const void *rdata, size_t len)
{
    static const unsigned char head[] = {0,   1,   0x81, 0xa0, 0,   1,   0,   2,   0,
                                         0,   0,   0,    7,    'e', 'x', 'a', 'm', 'p',
                                         'l', 'e', 4,    't',  'e', 's', 't', 0,   0};
    const unsigned char record[] = {0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0,
                                    0,    9,  0, (unsigned char)len};
    unsigned char *p = m;

    memcpy(p, head, sizeof head);
    p += sizeof head;
    *p++ = (unsigned char)type;
    *p++ = 0;
    *p++ = 1;
    for (int i = 0; i < 2; i++) {
        memcpy(p, record, sizeof record);
        p += sizeof record;
        memcpy(p, rdata, len);
        p += len;
    }
    return (size_t)(p - m);
}

static bool dns_reads(enum dns_type type, const void *rdata, size_t rdata_len)
{
    struct dns_question q = {.name = "example.test", .type = type};
    struct dns_answer a = {0};
    struct dns_rcode rcode;
    unsigned char m[512];
    size_t len = dns_answer(m, type, rdata, rdata_len);
    bool ok = dns_message_read(m, len, &q, 1, &a, &rcode) == DNS_MESSAGE_ANSWER;

    ok = ok &&
         (fault_fired() ? a.status == DNS_FAILURE && a.why[0] : a.status == DNS_OK && a.count == 2);
    dns_message_clear(&a);
    return ok;
}

static bool dns_mx(void)
{
    return dns_reads(DNS_MX, "\0\12\3mx1\300\14", 8);
}

static bool dns_tlsa(void)
{
    return dns_reads(DNS_TLSA, "\3\1\1aaaabbbbccccddddeeeeffffgggghhhh", 35);
}

static bool tlsa_reads(void)
{
    static const unsigned char rdata[] = "\3\1\1aaaabbbbccccddddeeeeffffgggghhhh";
    struct dane_tlsa t = {0};
    bool ok = dane_tlsa_read(&t, rdata, sizeof rdata - 1) != fault_fired();

    dane_tlsa_clear(&t);
    return ok;
}

/* --- certificates --- */

static bool cert_facts(void)
{
    struct cert_facts c;
    bool got = cert_facts_from(pki.leaf, &c), ok = got != fault_fired();

    ok = ok && (got ? c.name_count == 2 && strcmp(c.cn, "mx1.example.test") == 0
                    : c.name_count == 0 && !c.names);
    cert_facts_clear(&c);
    return ok;
}

static bool cert_match(void)
{
    return cert_matches(pki.leaf, "mx1.example.test") == CERT_MATCH_SAN &&
           cert_matches(pki.leaf, "127.0.0.1") == CERT_MATCH_SAN &&
           cert_matches(pki.leaf, "mx2.example.test") == CERT_MATCH_NONE && !fault_fired();
}

static struct trust *new_trust(struct error *e)
{
    const struct trust_config c = {.ca_file = pki.ca_file};

    return trust_new(&c, e);
}

static bool trust_makes(void)
{
    struct error e = {0};
    struct trust *t = new_trust(&e);
    bool ok =
        (t != NULL) != fault_fired() &&
        (t || e.cause == ERROR_MEMORY || (e.cause == ERROR_FILE && strstr(e.text, "--ca-file")));

    trust_free(t);
    return ok;
}

/* Facts that are missing would be missing from the judgement: makes all of them, or returns false.
 */
static bool trust_verifies(void)
{
    static unsigned char digest[32];
    static const char *const names[] = {"mx1.example.test", "mx2.example.test"};
    const struct dane_tlsa records[] = {{3, 1, 1, digest, sizeof digest}};
    const struct trust_query q = {.now = FIXTURE_NOW,
                                  .names = names,
                                  .name_count = 2,
                                  .tlsa = records,
                                  .tlsa_count = 1,
                                  .dane_names = names,
                                  .dane_name_count = 2};
    struct trust_facts f;
    bool got = trust_verify(trust, pki.chain, &q, &f), ok = got || fault_fired();

    if (got)
        ok = ok && f.cert_count == 2 && f.certs[0].served && f.certs[0].path == 1 &&
             f.certs[0].name_count == 2 && f.certs[1].path == 2 && f.name_count == 2 &&
             f.names[0].match == CERT_MATCH_SAN && f.names[1].match == CERT_MATCH_NONE &&
             f.pkix.count == 0 && f.dane_asked && !f.dane_matched;
    else
        ok = ok && !f.certs && !f.names && f.cert_count == 0;
    trust_facts_clear(&f);
    return ok;
}

static bool trust_finds_fault(void)
{
    const struct trust_query q = {.now = FIXTURE_NOW};
    struct trust_facts f;
    bool got = trust_verify(empty, pki.chain, &q, &f), ok = got || fault_fired();

    if (got)
        ok = ok && f.pkix.count == 1 && *f.pkix.at[0].subject;
    else
        ok = ok && !f.pkix.at && f.pkix.count == 0;
    trust_facts_clear(&f);
    return ok;
}

/* --- resolve, plan, pool --- */

static bool resolves(void)
{
    static const struct tls_policy policy = {.tlsa = true};
    static const struct target targets[] = {
        {.kind = TARGET_HOST, .name = "127.0.0.1", .port = 25, .policy = &policy},
        {.kind = TARGET_HOST, .name = "::1", .port = 25, .policy = &policy}};
    const struct resolve_config c = {
        .parallel = 4, .stage_ms = 1000, .deadline = deadline_in_ms(1000)};
    struct pool_watch watch;
    struct resolution r;
    bool ok;

    pool_watch_init(&watch, c.deadline);
    resolve_all(&c, targets, 2, &watch, &r);
    ok = r.failed == fault_fired();
    if (!r.failed)
        ok = ok && r.host_count == 2 && r.hosts[0].address_count == 1 &&
             r.hosts[1].address_count == 1;
    resolve_clear(&r);
    return ok;
}

static bool plans(void)
{
    const struct resolution *r = fixture_resolution();
    struct plan p;
    bool got = plan_make(r, 2, &p), ok = got != fault_fired();

    ok = ok &&
         (got ? p.request_count == 4 && p.lane_count > 0 : !p.requests && p.request_count == 0);
    plan_clear(&p);
    return ok;
}

static void count_job(void *ctx, size_t i)
{
    (void)i;
    atomic_fetch_add((atomic_int *)ctx, 1);
}

/* Without memory for workers the caller does the work. */
static bool pool_runs(void)
{
    struct pool_watch watch;
    atomic_int jobs = 0;

    pool_watch_init(&watch, deadline_in_ms(10000));
    return pool_run(&watch, 5, 2, count_job, &jobs) == POOL_DONE && jobs == 5;
}

/* --- judge and output, as the plugin puts them together --- */

/* The plugin's last word: what could not be rendered whole is UNKNOWN. */
static enum state last_word(const struct verdict *v, const struct text *out)
{
    return out->failed || out->cut || out->len == 0 ? STATE_UNKNOWN : v->state;
}

static bool renders(enum report_format format, bool good, char **baseline)
{
    static struct plan plan;
    static const struct resolution *r;
    const struct judge_config jc = {.now = FIXTURE_NOW};
    const struct report_config c = {.service = "SMTP_TLS",
                                    .format = format,
                                    .verbosity = 3,
                                    .perfdata = good ? PERFDATA_GATEWAY : PERFDATA_ADDRESS,
                                    .perfdata_max = 64,
                                    .seconds = 1,
                                    .timeout = 45};
    struct observation observations[8];
    const struct observation *observed[8];
    struct facts facts = {.plan = &plan, .observations = observed};
    struct verdict v;
    struct text out;
    enum state state;
    bool ok;

    if (!r) {
        r = fixture_resolution();
        if (!plan_make(r, 2, &plan))
            return false;
    }
    facts.resolution = r;
    fixture_observations(observations, plan.request_count, good);
    for (size_t i = 0; i < plan.request_count; i++)
        observed[i] = &observations[i];
    text_init(&out, 1 << 20);
    judge_all(&jc, &facts, &v);
    judge_finish(&jc, &facts, &v);
    report_render(&c, &(struct report_input){.judge = &jc, .facts = &facts, .verdict = &v}, &out);
    state = last_word(&v, &out);
    if (!*baseline) {
        *baseline = strdup(text_str(&out));
        ok = *baseline && state == (good ? STATE_OK : STATE_CRITICAL);
    } else if (strcmp(text_str(&out), *baseline) == 0) {
        ok = !fault_fired() || state == (good ? STATE_OK : STATE_CRITICAL) || out.failed;
    } else {
        ok = fault_fired() && state == STATE_UNKNOWN &&
             (out.failed || strcmp(text_str(&out), "SMTP_TLS UNKNOWN - out of memory\n") == 0);
    }
    verdict_clear(&v);
    text_free(&out);
    return ok;
}

static char *baselines[2 * (REPORT_HTML + 1)];

#define RENDERS(NAME, FORMAT, GOOD)                                                                \
    static bool NAME(void)                                                                         \
    {                                                                                              \
        return renders(FORMAT, GOOD, &baselines[2 * (FORMAT) + (GOOD)]);                           \
    }

RENDERS(nagios_bad, REPORT_NAGIOS, 0)
RENDERS(nagios_good, REPORT_NAGIOS, 1)
RENDERS(table_bad, REPORT_TABLE, 0)
RENDERS(table_good, REPORT_TABLE, 1)
RENDERS(json_bad, REPORT_JSON, 0)
RENDERS(json_good, REPORT_JSON, 1)
RENDERS(html_bad, REPORT_HTML, 0)
RENDERS(html_good, REPORT_HTML, 1)

/* --- options --- */

static bool extra_options(void)
{
    char program[] = "check", own[] = "-v", extra[80];
    char *argv[] = {program, extra, own, NULL}, **got;
    struct error e = {0};
    int argc = 3;
    bool ok;

    snprintf(extra, sizeof extra, "--extra-opts=section@%s", ini_path);
    got = extra_opts_expand("check", &argc, argv, &e);
    ok = fault_fired() ? !got && e.cause != ERROR_NONE
                       : got && argc == 5 && strcmp(got[4], "-v") == 0 && !got[5];
    for (int i = 1; got && i < argc - 1; i++)
        free(got[i]);
    free(got);
    return ok;
}

static bool list_of_names(void)
{
    struct option_value_list list = {.count = 0};
    struct error e = {0};
    bool got = option_value_list("hostname,.example.test,[::1]", &list, option_value_match, &e);
    bool ok = got != fault_fired() && (got ? list.count == 3 : e.cause == ERROR_MEMORY);

    for (size_t i = 0; i < list.count; i++)
        free((char *)list.at[i]);
    return ok;
}

static bool mailbox(void)
{
    struct error e = {0};
    const char *domain = NULL, *got = hostname_mailbox("info@muenchen.example", &domain, &e);
    bool ok = (got != NULL) != fault_fired() && (got || e.cause == ERROR_MEMORY);

    if (got)
        free((char *)domain);
    free((char *)got);
    return ok;
}

/* One more file to a form that has one already: all of it, or nothing. */
static bool form_reads(void)
{
    static const char first[] = "[a]\ndomains = a.test\ndirection = inbound\n";
    static const char second[] = "[b]\ncompany = B\ndomains = *.b.test\nsubdomains = c.b.test\n"
                                 "gateways = mx.b.test:25 [::1]:26\nissuer = A CA\nissuer = B CA\n"
                                 "ca-file = root.pem\nmatch = hostname .b.test\n"
                                 "on = slow=ok\n[own]\nsni = none\npostfix = p\n";
    struct form form = {0};
    struct error e = {0};
    bool began = form_read("d/1", first, sizeof first - 1, &form, &e);
    bool got = began && form_read("d/2", second, sizeof second - 1, &form, &e);
    bool ok = got != fault_fired() && (got || e.cause != ERROR_NONE);

    ok = ok && form.count == (got ? 2u : began) && form.own.given == got;
    form_clear(&form);
    return ok;
}

const struct fault_case fault_cases[] = {
    {"text", text_grows, 4},
    {"perfdata", perfdata_grows, 2},
    {"ini", ini_allocates_nothing, 0},
    {"dns_message MX", dns_mx, 3},
    {"dns_message TLSA", dns_tlsa, 3},
    {"dane_tlsa", tlsa_reads, 1},
    {"cert_facts", cert_facts, 2},
    {"cert_matches", cert_match, 0},
    {"trust_new", trust_makes, 2},
    {"trust_verify", trust_verifies, 5},
    {"trust_verify, nothing trusted", trust_finds_fault, 5},
    {"resolve", resolves, 6},
    {"plan", plans, 15},
    {"pool", pool_runs, 2},
    {"nagios, all well", nagios_good, 10},
    {"nagios, findings", nagios_bad, 10},
    {"table, all well", table_good, 10},
    {"table, findings", table_bad, 10},
    {"json, all well", json_good, 5},
    {"json, findings", json_bad, 5},
    {"html, all well", html_good, 20},
    {"html, findings", html_bad, 20},
    {"extra-opts", extra_options, 4},
    {"list of names", list_of_names, 3},
    {"mailbox", mailbox, 1},
    {"form", form_reads, 40},
    {"own Postfix", own_postfix_asked, 40},
    {"own Exim", own_exim_asked, 40},
    {"policy", policy_printed, 15},
    {"fleet", cases_fleet, 50},
    {"forms", cases_forms, 50},
    {"forms for one", cases_forms_for_one, 50},
    {"mail tally", cases_tally, 20},
    {"questions", cases_questions, 20},
    {"mail, nagios", cases_mail_nagios, 10},
    {"mail, table", cases_mail_table, 10},
    {"mail, json", cases_mail_json, 10},
    {"mail, openmetrics", cases_mail_openmetrics, 10},
    {"mail, html", cases_mail_html, 10},
    {"partners, nagios", cases_partners_nagios, 10},
    {"partners, table", cases_partners_table, 10},
    {"partners, json", cases_partners_json, 10},
    {"partners, openmetrics", cases_partners_openmetrics, 10},
    {"partners, html", cases_partners_html, 10},
    {0},
};

void fault_cases_begin(void)
{
    json_set_alloc_funcs(malloc, free); /* ours, which fail */
    const struct trust_config nobody = {.env_dir = "/dev/null", .env_file = "/dev/null"};
    static const char ini[] = "[section]\ntimeout = 30\nd = example.test\n";
    struct error e;
    int fd = mkstemp(ini_path);
    sigset_t watched;

    setenv("MAILTLS_TEST_PROGRAMS", "tests/gateway/programs", 1);
    sigemptyset(&watched); /* as pool asks for */
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGUSR1);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    if (fd < 0 || write(fd, ini, sizeof ini - 1) < 0 || !fixture_pki_make(&pki) ||
        !(trust = new_trust(&e)) || !(empty = trust_new(&nobody, &e)) || !cases_partner_begin() ||
        !cases_report_begin()) {
        puts("the fixtures cannot be made");
        exit(1);
    }
    close(fd);
}

void fault_cases_end(void)
{
    for (size_t i = 0; i < sizeof baselines / sizeof *baselines; i++)
        free(baselines[i]);
    unlink(ini_path);
    cases_report_end();
    cases_partner_end();
    trust_free(trust);
    trust_free(empty);
    fixture_pki_free(&pki);
}
