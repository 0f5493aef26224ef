#include "output.h"
#include "output_matrix.h"
#include "output_perfdata.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "unit.h"

static const struct report_config plain = {.service = "SMTP_TLS", .seconds = 0.412, .timeout = 45};

static char *render(struct fixture *f, const struct report_config *c)
{
    struct report_input in = {.judge = &f->judge,
                              .resolution = &f->r,
                              .plan = &f->plan,
                              .observations = f->o,
                              .verdict = &f->verdict};
    struct text out;

    text_init(&out, 1000000);
    output_render(c, &in, &out);
    ck_assert(!out.failed && !out.cut && out.s);
    ck_assert(unit_is_utf8(out.s));
    return out.s;
}

static void first_line(struct fixture *f, char *line, size_t cap)
{
    struct report_input in = {.judge = &f->judge,
                              .resolution = &f->r,
                              .plan = &f->plan,
                              .observations = f->o,
                              .verdict = &f->verdict};
    struct text out;

    text_init(&out, 100000);
    report_first_line(&plain, &in, &out);
    ck_assert(!out.failed);
    snprintf(line, cap, "%s", text_str(&out));
    ck_assert_msg(out.len < 120, "%zu bytes: %s", out.len, text_str(&out));
    ck_assert_msg(unit_is_utf8(text_str(&out)), "%s", text_str(&out));
    ck_assert_ptr_null(strpbrk(text_str(&out), "|\n"));
    text_free(&out);
}

/* --- the contract's own lines --- */

static void open_hella(struct fixture *f)
{
    static const char *const names[] = {"mail1.hella.com", "mail2.hella.com", "mail3.hella.com"};
    char address[32];

    fixture_open(f);
    fixture_target(f, RESOLVE_DOMAIN, "hella.com", NULL);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(address, sizeof address, "192.0.2.%u", i + 1);
        fixture_address(f, fixture_host(f, 0, names[i], i < 2 ? 10 : 20), address);
    }
    fixture_plan(f);
    for (size_t i = 0; i < 3; i++)
        fixture_at(f, i, 0)->chain.certs[0].not_after = f->judge.now + 83 * DAY + DAY * 2 / 5;
}

START_TEST(contract_ok)
{
    struct fixture f;
    char line[1000];

    open_hella(&f);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS OK - hella.com: 3 of 3 gateways verified, "
                           "first certificate ends in 83 days");
    fixture_close(&f);
}
END_TEST

START_TEST(contract_critical)
{
    struct fixture f;
    char line[1000];
    struct observation *o;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.de", NULL);
    fixture_address(&f, fixture_host(&f, 0, "gw1.example.de", 10), "192.0.2.1");
    fixture_address(&f, fixture_host(&f, 0, "gw2.example.de", 10), "192.0.2.2");
    fixture_address(&f, fixture_host(&f, 0, "gw3.example.de", 20), "192.0.2.3");
    fixture_plan(&f);
    fixture_no_starttls(fixture_at(&f, 0, 0));
    fixture_no_starttls(fixture_at(&f, 1, 0));
    o = fixture_at(&f, 2, 0);
    observation_clear(o);
    memset(o, 0, sizeof *o);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS CRITICAL - gw1.example.de: STARTTLS not offered "
                           "(2 of 2 gateways fail; 1 unknown)");
    fixture_close(&f);
}
END_TEST

START_TEST(contract_perfdata)
{
    struct fixture f;
    struct report_input in;
    struct text out;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "hella.com", NULL);
    fixture_address(&f, fixture_host(&f, 0, "mail1.hella.com", 10), "192.0.2.1");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->chain.certs[0].not_after = f.judge.now + 83 * DAY + DAY * 2 / 5;
    fixture_at(&f, 0, 0)->stages[STAGE_CONNECT].us = 144000;
    fixture_at(&f, 0, 0)->stages[STAGE_GREETING].us = 1006000;
    fixture_judge(&f);
    in = (struct report_input){.judge = &f.judge,
                              .resolution = &f.r,
                              .plan = &f.plan,
                              .observations = f.o,
                              .verdict = &f.verdict};
    text_init(&out, 100000);
    output_perfdata(&plain, &in, &out);
    ck_assert_str_eq(text_str(&out),
                     "time=0.412s;;;0;45 confidence=100%;;;0;100 gateways=1;;;0 "
                     "gateways_ok=1;;;0;1 cert_days_min=83.4;30:;14:;; 'mail1.hella.com::dns'=0.003s "
                     "'mail1.hella.com::connect'=0.144s 'mail1.hella.com::greeting'=1.006s "
                     "'mail1.hella.com::ehlo'=0.001s 'mail1.hella.com::starttls'=0.001s "
                     "'mail1.hella.com::cert'=0.001s 'mail1.hella.com::tls'=0.001s "
                     "'mail1.hella.com::ehlo_tls'=0.001s 'mail1.hella.com::total'=1.158s "
                     "'mail1.hella.com::cert_days'=83.4;30:;14:;;");
    text_free(&out);
    fixture_close(&f);
}
END_TEST

/* --- perfdata of other set-ups --- */

static const struct {
    const char *name;
    enum report_perfdata perfdata;
    bool plain;
    const char *days; /* -D, or NULL */
    unsigned port;
    const char *holds, *lacks; /* NULL: nothing */
} perfdatas[] = {
    {"plain thresholds", PERFDATA_GATEWAY, true, NULL, 25, "cert_days_min=200.0;30;14;0;365",
     "30:"},
    {"another port", PERFDATA_GATEWAY, false, NULL, 587, "'mx.example.com:587::connect'=", NULL},
    {"the worst of two addresses", PERFDATA_GATEWAY, false, NULL, 25,
     "'mx.example.com::connect'=0.007s", "192.0.2"},
    {"the soonest of two addresses", PERFDATA_GATEWAY, false, NULL, 25,
     "'mx.example.com::cert_days'=200.0;30:;14:;;", "250"},
    {"an address", PERFDATA_ADDRESS, false, NULL, 25, "'mx.example.com/192.0.2.1::connect'=0.001s",
     "'mx.example.com::"},
    {"an IPv6 address", PERFDATA_ADDRESS, false, NULL, 25,
     "'mx.example.com/2001-db8--1::connect'=0.007s", NULL},
    {"an address's own certificate", PERFDATA_ADDRESS, false, NULL, 25,
     "'mx.example.com/2001-db8--1::cert_days'=250.0;", NULL},
    {"-D 60", PERFDATA_GATEWAY, false, "60", 25, "cert_days_min=200.0;60:;;;", NULL},
    {"-D with decimals", PERFDATA_GATEWAY, false, "2.5,0.25", 25,
     "cert_days_min=200.0;2.5:;0.25:;;", NULL},
    {"-D very small, no exponent", PERFDATA_GATEWAY, false, "1,0.00001", 25, "=200.0;1:;", "e-"},
    {"-D very large, no exponent", PERFDATA_GATEWAY, false, "99999999999999,1", 25, ":;1:;;", "e+"},
};

START_TEST(perfdata)
{
    struct report_config c = plain;
    struct report_input in;
    struct fixture f;
    struct text out;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    fixture_host(&f, 0, "mx.example.com", 10);
    f.r.hosts[0].port = perfdatas[_i].port;
    fixture_address(&f, 0, "192.0.2.1");
    fixture_address(&f, 0, "2001:db8::1");
    ck_assert(!perfdatas[_i].days || threshold_days_parse(perfdatas[_i].days, &f.judge.days));
    fixture_plan(&f);
    fixture_at(&f, 0, 1)->stages[STAGE_CONNECT].us = 7000;
    fixture_at(&f, 0, 1)->chain.certs[0].not_after += 50 * DAY;
    fixture_judge(&f);
    c.perfdata = perfdatas[_i].perfdata;
    c.plain_thresholds = perfdatas[_i].plain;
    in = (struct report_input){.judge = &f.judge,
                              .resolution = &f.r,
                              .plan = &f.plan,
                              .observations = f.o,
                              .verdict = &f.verdict};
    text_init(&out, 100000);
    output_perfdata(&c, &in, &out);
    ck_assert_msg(!perfdatas[_i].holds || strstr(text_str(&out), perfdatas[_i].holds), "%s: %s",
                  perfdatas[_i].name, text_str(&out));
    ck_assert_msg(!perfdatas[_i].lacks || !strstr(text_str(&out), perfdatas[_i].lacks), "%s: %s",
                  perfdatas[_i].name, text_str(&out));
    text_free(&out);
    fixture_close(&f);
}
END_TEST

/* What was not reached has no datum; what is known still has. */
START_TEST(perfdata_of_a_failure)
{
    struct report_input in;
    struct fixture f;
    struct text out;

    fixture_one(&f);
    fixture_no_starttls(fixture_at(&f, 0, 0));
    fixture_judge(&f);
    in = (struct report_input){.judge = &f.judge,
                              .resolution = &f.r,
                              .plan = &f.plan,
                              .observations = f.o,
                              .verdict = &f.verdict};
    text_init(&out, 100000);
    output_perfdata(&plain, &in, &out);
    ck_assert_ptr_nonnull(strstr(text_str(&out), "confidence=10%;;;0;100 gateways=1;;;0 "
                                                 "gateways_ok=0;;;0;1 'mx.example.com::dns'="));
    ck_assert_ptr_nonnull(strstr(text_str(&out), "::ehlo'="));
    ck_assert_ptr_null(strstr(text_str(&out), "::tls'="));
    ck_assert_ptr_null(strstr(text_str(&out), "::cert'="));
    ck_assert_ptr_null(strstr(text_str(&out), "cert_days"));
    ck_assert_ptr_null(strchr(text_str(&out), 'U'));
    text_free(&out);
    fixture_close(&f);
}
END_TEST

/* --- the first line is short, whatever the names --- */

static void long_name(char *out, size_t len, const char *unit)
{
    size_t used = 0, n = strlen(unit);

    for (; used + n <= len; used += n)
        memcpy(out + used, unit, n);
    memset(out + used, 'x', len - used);
    out[len] = '\0';
}

static const size_t lengths[] = {1, 15, 30, 43, 44, 45, 60, 100, 128, 253};
static const char *const units[] = {"a", "mx.", "Z\xc3\xbc", "\xe2\x82\xac", "\xf0\x9d\x84\x9e"};

/* Headlines of every length under names of every length, among few and many gateways. */
START_TEST(first_line_is_short)
{
    size_t length = lengths[_i % COUNT(lengths)];
    const char *unit = units[_i / COUNT(lengths)];
    char name[300], line[1000];
    struct fixture f;

    long_name(name, length, unit);
    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, name, NULL);
    fixture_address(&f, fixture_host(&f, 0, name, 10), "192.0.2.1");
    fixture_plan(&f);
    fixture_judge(&f);
    ck_assert_ptr_nonnull(finding_add(&f.verdict.findings, F_SLOW));
    for (int state = 0; state < 4; state++) {
        for (size_t headline = 1; headline < 160; headline += 1) {
            struct finding *found = &f.verdict.findings.at[0];

            found->host = headline % 3 ? 0 : FINDING_NONE;
            found->target = 0;
            long_name(found->headline, headline - headline % strlen(unit), unit);
            f.verdict.state = f.verdict.hosts[0].state = found->state = (enum state)state;
            f.verdict.gateways = headline % 2 ? 1 : 50000;
            first_line(&f, line, sizeof line);
        }
    }
    fixture_close(&f);
}
END_TEST

/* With so many gateways the count takes its share of the line. */
START_TEST(first_line_with_many_gateways)
{
    static const int counts[] = {1, 9, 10, 99, 100, 250};
    char name[64], address[32], line[1000];
    struct fixture f;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    for (int i = 0; i < 2 * counts[_i]; i++) {
        snprintf(name, sizeof name, "mail-gateway-%d.frankfurt.datacenter.example.com", i);
        snprintf(address, sizeof address, "10.0.%d.%d", i / 250, i % 250);
        fixture_address(&f, fixture_host(&f, 0, name, 10), address);
    }
    fixture_plan(&f);
    for (int i = 0; i < 2 * counts[_i]; i++)
        fixture_fail(fixture_at(&f, (size_t)i, 0), STAGE_EHLO,
                     i % 2 ? PROBE_LOCAL : PROBE_REJECTED, i % 2 ? 0 : 550,
                     "550 the words of the gateway");
    fixture_judge(&f);
    for (size_t headline = 1; headline < 160; headline++) {
        long_name(f.verdict.findings.at[0].headline, headline, "word ");
        first_line(&f, line, sizeof line);
        ck_assert_ptr_nonnull(strstr(line, "SMTP_TLS CRITICAL - mail"));
        ck_assert_ptr_nonnull(strstr(line, headline < 5 ? ": x" : ": word"));
        ck_assert_ptr_nonnull(strstr(line, "unknown)"));
    }
    fixture_close(&f);
}
END_TEST

/* Neither the name nor the problem is cut where there is room for both. */
START_TEST(first_line_is_whole_where_it_fits)
{
    char line[1000];
    struct fixture f;

    fixture_one(&f);
    fixture_add_fault(fixture_at(&f, 0, 0), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS CRITICAL - mx.example.com: certificate is self-signed and not "
                           "trusted (1 of 1 gateways fail)");
    fixture_close(&f);
}
END_TEST

START_TEST(several_targets)
{
    char line[1000];
    struct fixture f;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    fixture_target(&f, RESOLVE_MAILBOX, "example.net", "info@example.net");
    fixture_address(&f, fixture_host(&f, 0, "mx.example.com", 10), "192.0.2.1");
    fixture_address(&f, fixture_host(&f, 1, "mx.example.net", 10), "192.0.2.2");
    fixture_plan(&f);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_int_eq(strncmp(line, "SMTP_TLS OK - example.com and 1 more: 2 of 2 gateways", 53), 0);
    fixture_close(&f);
}
END_TEST

/* --- the whole output --- */

static size_t count_char(const char *s, char c)
{
    size_t n = 0;

    for (; *s; s++)
        n += *s == c;
    return n;
}

/* One '|', on the first line, whatever a peer or a user says, at each verbosity. */
START_TEST(one_pipe)
{
    struct report_config c = plain;
    struct observation *o;
    struct fixture f;
    char *out;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_MAILBOX, "example.com", "\"a|b\"@example.com");
    f.judge.plaintext_sender = "c|d@example.net";
    fixture_address(&f, fixture_host(&f, 0, "m|x.example.com", 10), "192.0.2.1");
    fixture_plan(&f);
    o = fixture_at(&f, 0, 0);
    o->plaintext = (struct plaintext_fact){.asked = true, .at = STAGE_RCPT, .code = 250,
                                           .text = "250 ok"};
    c.verbosity = _i;
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_PLAINTEXT_ACCEPTED);
    out = render(&f, &c);
    ck_assert_msg(count_char(out, '|') == 1, "%s", out);
    ck_assert_ptr_nonnull(memchr(out, '|', strcspn(out, "\n")));
    ck_assert_ptr_nonnull(strstr(out, "\\_ [CRITICAL] m?x.example.com [192.0.2.1]: takes mail without TLS from "));
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(findings_worst_first)
{
    struct fixture f;
    char *out, *critical, *warning;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    fixture_address(&f, fixture_host(&f, 0, "mx1.example.com", 10), "192.0.2.1");
    fixture_address(&f, fixture_host(&f, 0, "mx2.example.com", 20), "192.0.2.2");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->chain.certs[0].not_after = f.judge.now + 20 * DAY;
    fixture_no_starttls(fixture_at(&f, 1, 0));
    fixture_judge(&f);
    out = render(&f, &plain);
    critical = strstr(out, "\n\\_ [CRITICAL] mx2.example.com [192.0.2.2]: STARTTLS not offered");
    warning = strstr(out, "\n\\_ [WARNING] mx1.example.com [192.0.2.1]: certificate ends in 20");
    ck_assert_msg(critical && warning && critical < warning, "%s", out);
    ck_assert_int_eq(out[strlen(out) - 1], '\n');
    ck_assert_uint_eq(count_char(out, '\n'), 3);
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(no_perfdata)
{
    struct report_config c = plain;
    struct fixture f;
    char *out;

    fixture_one(&f);
    fixture_judge(&f);
    c.perfdata = PERFDATA_NONE;
    out = render(&f, &c);
    ck_assert_str_eq(out, "SMTP_TLS OK - example.com: 1 of 1 gateways verified, "
                          "first certificate ends in 200 days\n");
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(out_of_memory)
{
    struct fixture f;
    char *out;

    fixture_one(&f);
    fixture_judge(&f);
    f.verdict.failed = true;
    f.verdict.state = STATE_UNKNOWN;
    out = render(&f, &plain);
    ck_assert_str_eq(out, "SMTP_TLS UNKNOWN - out of memory\n");
    free(out);
    fixture_close(&f);
}
END_TEST

/* The matrix: the reference documents' columns, one row an address, and the Average row. */
START_TEST(matrix)
{
    struct report_input in;
    struct fixture f;
    struct text out;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_MAILBOX, "hella.com", "info@hella.com");
    fixture_address(&f, fixture_host(&f, 0, "mail1.hella.com", 10), "192.0.2.14");
    fixture_address(&f, fixture_host(&f, 0, "mail2.hella.com", 10), "192.0.2.15");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->stages[STAGE_GREETING].us = 1006000;
    fixture_no_starttls(fixture_at(&f, 1, 0));
    fixture_judge(&f);
    in = (struct report_input){.judge = &f.judge,
                              .resolution = &f.r,
                              .plan = &f.plan,
                              .observations = f.o,
                              .verdict = &f.verdict};
    text_init(&out, 100000);
    output_matrix(&plain, &in, &out);
    ck_assert_str_eq(
        text_str(&out),
        "TLS confidence factor for \"info@hella.com\": 55\n"
        "MX Server                     Pref  Connect   Allowed       Can Use   TLS Adv   Cert OK   "
        "TLS Neg   Sndr OK   Rcvr OK\n"
        "mail1.hella.com [192.0.2.14]    10  OK (1ms)  OK (1,006ms)  OK (1ms)  OK (1ms)  OK (1ms)  "
        "OK (1ms)  OK (1ms)  OK (1ms)\n"
        "mail2.hella.com [192.0.2.15]    10  OK (1ms)  OK (1ms)      OK (1ms)  FAIL      FAIL      "
        "FAIL      OK (1ms)  OK (1ms)\n"
        "Average                             100%      100%          100%      50%       50%       "
        "50%       100%      100%\n");
    text_free(&out);
    fixture_close(&f);
}
END_TEST

/* --- labels and order --- */

static const struct {
    const char *name;
    unsigned port;
    const char *want;
} labels[] = {
    {"mx.example.com", 25, "mx.example.com"},
    {"mx.example.com", 587, "mx.example.com:587"},
    {"m'x|\n.example.com", 25, "m?x??.example.com"},
};

START_TEST(label)
{
    struct fixture f;
    char out[300];

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    fixture_host(&f, 0, labels[_i].name, 10);
    f.r.hosts[0].port = labels[_i].port;
    report_label(&f.r.hosts[0], out, sizeof out);
    ck_assert_str_eq(out, labels[_i].want);
    fixture_close(&f);
}
END_TEST

START_TEST(each_host_once)
{
    static const char *const want[] = {"a", "b", "c"};
    bool seen[3] = {false};
    struct fixture f;
    size_t host;

    fixture_open(&f);
    fixture_target(&f, RESOLVE_DOMAIN, "example.com", NULL);
    fixture_target(&f, RESOLVE_DOMAIN, "example.net", NULL);
    fixture_host(&f, 0, "a", 10);
    fixture_host(&f, 0, "b", 20);
    fixture_host(&f, 1, "b", 5);
    fixture_host(&f, 1, "c", 7);
    fixture_host(&f, 1, "a", 9);
    for (int i = 0; i < 3; i++) {
        ck_assert(report_next_host(&f.r, seen, &host));
        ck_assert_str_eq(f.r.hosts[host].name, want[i]);
    }
    ck_assert(!report_next_host(&f.r, seen, &host));
    fixture_close(&f);
}
END_TEST

UNIT_CASE(output, {contract_ok, 1}, {contract_critical, 1}, {contract_perfdata, 1},
          {perfdata, COUNT(perfdatas)}, {perfdata_of_a_failure, 1},
          {first_line_is_short, COUNT(lengths) * COUNT(units)}, {first_line_with_many_gateways, 6},
          {first_line_is_whole_where_it_fits, 1}, {several_targets, 1}, {one_pipe, 4},
          {findings_worst_first, 1}, {no_perfdata, 1}, {out_of_memory, 1}, {matrix, 1},
          {label, COUNT(labels)}, {each_host_once, 1})
