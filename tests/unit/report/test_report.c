/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_summary.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

static void first_line(struct fixture *f, char *line, size_t cap)
{
    char *out = fixture_render(f, report_summary, &fixture_report);

    snprintf(line, cap, "%s", out);
    ck_assert_msg(strlen(out) < 120, "%zu bytes: %s", strlen(out), out);
    ck_assert_ptr_null(strpbrk(out, "|\n"));
    free(out);
}

static void open_hella(struct fixture *f)
{
    static const char *const names[] = {"mail1.hella.com", "mail2.hella.com", "mail3.hella.com"};
    char address[32];

    fixture_open(f);
    fixture_target(f, TARGET_DOMAIN, "hella.com", NULL);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(address, sizeof address, "192.0.2.%u", i + 1);
        fixture_gateway(f, 0, names[i], i < 2 ? 10 : 20, address);
    }
    fixture_plan(f);
    for (size_t i = 0; i < 3; i++)
        fixture_at(f, i, 0)->chain.certs[0].not_after = f->judge.now + 83 * DAY + DAY * 2 / 5;
}

START_TEST(first_line_ok)
{
    struct fixture f;
    char line[1000];

    open_hella(&f);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS OK - hella.com: 3 of 3 gateways verified, "
                           "first certificate expires in 83 days");
    fixture_close(&f);
}
END_TEST

START_TEST(first_line_critical)
{
    struct fixture f;
    char line[1000];
    struct observation *o;

    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, "example.de", NULL);
    fixture_gateway(&f, 0, "gw1.example.de", 10, "192.0.2.1");
    fixture_gateway(&f, 0, "gw2.example.de", 10, "192.0.2.2");
    fixture_gateway(&f, 0, "gw3.example.de", 20, "192.0.2.3");
    fixture_plan(&f);
    fixture_no_starttls(fixture_at(&f, 0, 0));
    fixture_no_starttls(fixture_at(&f, 1, 0));
    o = fixture_at(&f, 2, 0);
    observation_clear(o);
    observation_init(o);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS CRITICAL - gw1.example.de: STARTTLS not offered "
                           "(2 of 2 gateways fail; 1 unknown)");
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

static const struct finding found_slow = {
    .code = F_SLOW, .address = FINDING_NONE, .headline = "", .detail = ""};

/* Headlines of every length under names of every length, among few and many gateways. */
START_TEST(first_line_is_short)
{
    size_t length = lengths[_i % COUNT(lengths)];
    const char *unit = units[_i / COUNT(lengths)];
    char name[300], line[1000], words[FINDING_HEADLINE];
    struct fixture f;

    long_name(name, length, unit);
    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, name, NULL);
    fixture_gateway(&f, 0, name, 10, "192.0.2.1");
    fixture_plan(&f);
    fixture_judge(&f);
    finding_list_add_once(&f.verdict.findings, &found_slow);
    for (int state = 0; state < 4; state++) {
        for (size_t headline = 1; headline < 160; headline += 1) {
            struct finding *found = &f.verdict.findings.at[0];

            found->host = headline % 3 ? 0 : FINDING_NONE;
            found->target = 0;
            long_name(words, headline - headline % strlen(unit), unit);
            fixture_words(found, words);
            f.verdict.state = f.verdict.hosts[0].state = found->state = (enum state)state;
            f.verdict.gateways.all = headline % 2 ? 1 : 50000;
            first_line(&f, line, sizeof line);
        }
    }
    fixture_close(&f);
}
END_TEST

/* With so many gateways the count takes its share of the line, also where texts must be cut. */
START_TEST(first_line_with_many_gateways)
{
    static const int counts[] = {1, 9, 10, 99, 100, 250};
    char name[64], address[32], line[1000], words[FINDING_HEADLINE];
    struct fixture f;

    fixture_domain(&f);
    for (int i = 0; i < 2 * counts[_i]; i++) {
        snprintf(name, sizeof name, "mail-gateway-%d.frankfurt.datacenter.example.com", i);
        snprintf(address, sizeof address, "10.0.%d.%d", i / 250, i % 250);
        fixture_gateway(&f, 0, name, 10, address);
    }
    fixture_plan(&f);
    for (int i = 0; i < 2 * counts[_i]; i++)
        fixture_fail(fixture_at(&f, (size_t)i, 0), STAGE_EHLO, i % 2 ? PROBE_LOCAL : PROBE_REJECTED,
                     i % 2 ? 0 : 550, "550 the words of the gateway");
    fixture_judge(&f);
    for (size_t headline = 1; headline < 160; headline++) {
        long_name(words, headline, "word ");
        fixture_words(&f.verdict.findings.at[0], words);
        first_line(&f, line, sizeof line);
        ck_assert_ptr_nonnull(strstr(line, "SMTP_TLS CRITICAL - mail"));
        ck_assert_ptr_nonnull(strstr(line, headline < 5 ? ": x" : ": word"));
        ck_assert_msg(strstr(line, " fail)") || strstr(line, "unknown)") || !strstr(line, "..."),
                      "%s", line);
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
    fixture_add_fault(&fixture_at(&f, 0, 0)->chain.pkix, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_str_eq(line, "SMTP_TLS CRITICAL - mx.example.com: certificate is self-signed and not "
                           "trusted (1 of 1 gateways fail)");
    fixture_close(&f);
}
END_TEST

/* What is wrong stays whole as long as the count can give way. Where even that is too little, the
 * cut falls between words, and what was seen, at the end, stays. */
static const struct {
    const char *problem, *line;
    size_t gateways;
} cuts[] = {
    {"certificate is for another host: gateway-with-a-long-name.example.net",
     "certificate is for another host: gateway-with-a-long-name.example.net", 1},
    {"certificate is for another host: gateway.example.net",
     "certificate is for another host: gateway.example.net (1 of 2 gateways fail)", 2},
    {"certificate is for another host: gateway-with-a-name.example.net",
     "certificate is for another host: gateway-with-a-name.example.net (1 of 2 fail)", 2},
    {"certificate is for another host: one-gateway-with-a-long-name.de.example.net",
     "certificate is for another host: one-gateway-with-a-long-name.de.example.net", 2},
    {"with its other certificate: certificate is for another host: gateway-1.berlin.de.example.net",
     "with its other certificate: ... host: gateway-1.berlin.de.example.net (1 of 2 fail)", 2},
    {"certificate is for another host: gateway-2.frankfurt.with-a-name-that-is-much-longer.de."
     "example.net",
     "certificate is for another host: ...hat-is-much-longer.de.example.net (1 of 2 fail)", 2},
    {"the gateway sent a line that begins with no reply code, and no other that ends the reply",
     "the gateway sent a line that begins with ... code, and no other that ends the reply", 1},
};

START_TEST(first_line_keeps_what_was_seen)
{
    static const char begin[] = "SMTP_TLS CRITICAL - mx.example.com: ";
    char line[1000];
    struct fixture f;

    fixture_one(&f);
    fixture_fail(fixture_at(&f, 0, 0), STAGE_EHLO, PROBE_REJECTED, 550, "550 no");
    fixture_judge(&f);
    fixture_words(&f.verdict.findings.at[0], cuts[_i].problem);
    f.verdict.gateways.all = cuts[_i].gateways;
    first_line(&f, line, sizeof line);
    ck_assert_int_eq(strncmp(line, begin, strlen(begin)), 0);
    ck_assert_str_eq(line + strlen(begin), cuts[_i].line);
    fixture_close(&f);
}
END_TEST

START_TEST(several_targets)
{
    char line[1000];
    struct fixture f;

    fixture_domain(&f);
    fixture_target(&f, TARGET_MAILBOX, "example.net", "info@example.net");
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_gateway(&f, 1, "mx.example.net", 10, "192.0.2.2");
    fixture_plan(&f);
    fixture_judge(&f);
    first_line(&f, line, sizeof line);
    ck_assert_int_eq(strncmp(line, "SMTP_TLS OK - example.com and 1 more: 2 of 2 gateways", 53), 0);
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

    fixture_domain(&f);
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
    struct report_walk w = {.seen = seen};
    struct facts facts = {0};
    struct fixture f;
    size_t host;

    fixture_domain(&f);
    fixture_target(&f, TARGET_DOMAIN, "example.net", NULL);
    fixture_host(&f, 0, "a", 10);
    fixture_host(&f, 0, "b", 20);
    fixture_host(&f, 1, "b", 5);
    fixture_host(&f, 1, "c", 7);
    fixture_host(&f, 1, "a", 9);
    fixture_plan(&f);
    facts.resolution = &f.r;
    facts.plan = &f.plan;
    for (int i = 0; i < 3; i++) {
        ck_assert(report_next_host(&facts, &w, &host));
        ck_assert_str_eq(f.r.hosts[host].name, want[i]);
    }
    ck_assert(!report_next_host(&facts, &w, &host));
    ck_assert(!report_next_host(&facts, &w, &host));
    fixture_close(&f);
}
END_TEST

UNIT_CASE(report, {first_line_ok, 1}, {first_line_critical, 1},
          {first_line_is_short, COUNT(lengths) * COUNT(units)}, {first_line_with_many_gateways, 6},
          {first_line_is_whole_where_it_fits, 1}, {first_line_keeps_what_was_seen, COUNT(cuts)},
          {several_targets, 1}, {label, COUNT(labels)}, {each_host_once, 1})
