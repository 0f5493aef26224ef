/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/partner/partners_fixture.h"
#include "report/report_summary.h"
#include "unit/unit.h"

enum { FIRST_LINE_END = 120, PARTNER_MAX = 160 };

static const struct report_config config = {
    .service = "PARTNER_POLICY", .perfdata_max = 64, .seconds = 1, .timeout = 45};

static void first_line(const struct partners_fixture *p, char *line, size_t cap)
{
    char *out = fixture_render(&p->f, report_summary, &config);

    snprintf(line, cap, "%s", out);
    ck_assert_msg(strlen(out) < FIRST_LINE_END, "%zu bytes: %s", strlen(out), out);
    ck_assert_ptr_null(strpbrk(out, "|\n"));
    free(out);
}

static const struct names_record zone[] = {
    {"a.test", DNS_MX, 10, "mx1.test"},  {"b.test", DNS_MX, 10, "mx2.test"},
    {"mx1.test", DNS_A, 0, "192.0.2.1"}, {"mx2.test", DNS_A, 0, "192.0.2.2"},
    {"own.test", DNS_A, 0, "192.0.2.5"}, {0},
};

/* --- what went well, under the terms of each --- */

#define A(fields) "[a]\ndomains=a.test\ngateways=mx1.test\n" fields
#define B(fields) "[b]\ndomains=b.test\ngateways=mx2.test\n" fields
#define OWN "[own]\ngateways=own.test\n"
#define OUTBOUND "direction=outbound\n"
#define ENDS ", first certificate expires in 200 days"

static const struct {
    const char *form, *line;
} well[] = {
    {A(""), "PARTNER_POLICY OK - a: 1 of 1 gateways verified" ENDS},
    {A("tls-level=may\n"), "PARTNER_POLICY OK - a: 1 of 1 gateways reached" ENDS},
    {A("") OWN, "PARTNER_POLICY OK - a: 2 of 2 gateways verified, plaintext refused" ENDS},
    {"[a]\ndomains=a.test\ndirection=inbound\n" OWN,
     "PARTNER_POLICY OK - a: 1 of 1 gateways encrypted, plaintext refused"},
    {A("") B(""), "PARTNER_POLICY OK - 2 partners: 2 of 2 gateways verified" ENDS},
    {A("") B("tls-level=encrypt\n"),
     "PARTNER_POLICY OK - 2 partners: 2 of 2 gateways encrypted" ENDS},
    {A("tls-level=may\n") B(""), "PARTNER_POLICY OK - 2 partners: 2 of 2 gateways reached" ENDS},
    {A("") B("") OWN,
     "PARTNER_POLICY OK - 2 partners: 3 of 3 gateways verified, plaintext refused" ENDS},
    {A(OUTBOUND) B("") OWN, "PARTNER_POLICY OK - 2 partners: 3 of 3 gateways verified" ENDS},
};

START_TEST(success)
{
    struct partners_fixture p;
    char line[400];

    partners_fixture_open(&p);
    partners_fixture_read(&p, well[_i].form);
    partners_fixture_judge(&p, zone);
    first_line(&p, line, sizeof line);
    ck_assert_str_eq(line, well[_i].line);
    partners_fixture_close(&p);
}
END_TEST

/* --- lines are short, whatever the names --- */

static const size_t lengths[] = {1, 2, 10, 20, 30, 38, 45, 47}; /* of an id, at most 47 */

/* Valid until the next one is named. */
static void name_host(struct resolve_host *h, size_t len)
{
    static char shown[256];

    memset(shown, 'm', len);
    shown[len] = '\0';
    h->shown = shown;
}

static void check_lines(struct partners_fixture *p, const char *id)
{
    char line[400];
    struct text out;

    first_line(p, line, sizeof line);
    ck_assert_msg(strstr(line, " - "), "%s", line);
    ck_assert_msg(strncmp(strstr(line, " - ") + 3, id, strlen(id) < 9 ? strlen(id) : 9) == 0, "%s",
                  line);
    ck_assert_msg(strchr(line, ')') == line + strlen(line) - 1, "%s", line);
    text_init(&out, 1000);
    report_summary_partner(&(struct report_input){.judge = &p->f.judge,
                                                  .facts = &p->f.facts,
                                                  .verdict = &p->f.verdict},
                           0, &out);
    ck_assert_msg(out.len <= PARTNER_MAX, "%zu bytes: %s", out.len, out.s);
    text_free(&out);
}

/* Ids, hosts and headlines of every length, among few and many partners. */
START_TEST(lines_are_short)
{
    size_t length = lengths[_i];
    struct partners_fixture p;
    char id[48] = "", form[300], words[FINDING_HEADLINE];
    struct finding *found;

    memset(id, 'i', length);
    partners_fixture_open(&p);
    snprintf(form, sizeof form, "[%s]\ndomains=a.test\ngateways=mx9.test\n%s", id, B(""));
    partners_fixture_read(&p, form);
    partners_fixture_judge(&p, zone);
    ck_assert_uint_gt(p.f.verdict.findings.count, 0);
    found = &p.f.verdict.findings.at[0];
    for (size_t i = 0; i < 4 * 250; i++) {
        size_t headline = i % 159;

        p.f.verdict.state = p.f.verdict.partners[0].state = found->state = (enum state)(1 + i % 3);
        p.f.verdict.partners[0].gateways = (struct state_count){.all = i % 2 ? 1 : 50000};
        for (int s = 0; s < 4; s++)
            p.f.verdict.partners[0].gateways.by_state[s] = i % 2 ? 1 : 12345;
        memset(words, 'h', headline);
        words[headline] = '\0';
        fixture_words(found, words);
        name_host(&p.f.r.hosts[found->host], 1 + i % 250);
        check_lines(&p, id);
    }
    partners_fixture_close(&p);
}
END_TEST

enum { MANY = 1200 };

/* One partner with an id of that length, and others with the same id, every second of which is
 * unknown. The first finding is critical. */
static void judge_many(struct partners_fixture *p, size_t length)
{
    char id[48] = "", form[200];
    struct verdict *v = &p->f.verdict;

    memset(id, 'i', length);
    partners_fixture_open(p);
    snprintf(form, sizeof form, "[%s]\ndomains=a.test\ngateways=mx9.test\n", id);
    partners_fixture_read(p, form);
    partners_fixture_judge(p, zone);
    v->partners = realloc(v->partners, MANY * sizeof *v->partners);
    ck_assert_ptr_nonnull(v->partners);
    for (size_t i = 1; i < MANY; i++) {
        v->partners[i] = v->partners[0];
        v->partners[i].state = i % 2 ? STATE_UNKNOWN : STATE_CRITICAL;
    }
    v->partner_count = MANY;
    v->findings.at[0].state = v->state = v->partners[0].state = STATE_CRITICAL;
}

/* With so many partners the count takes its share, too. */
START_TEST(line_among_many)
{
    struct partners_fixture p;
    char line[400];

    judge_many(&p, lengths[_i]);
    for (size_t host = 1; host < 250; host++) {
        name_host(&p.f.r.hosts[p.f.verdict.findings.at[0].host], host);
        first_line(&p, line, sizeof line);
        ck_assert_msg(strstr(line, " (600 of 600 partners"), "%s", line);
        ck_assert_msg(strstr(line, ": m"), "%s", line);
    }
    partners_fixture_close(&p);
}
END_TEST

/* So does what is wrong at our mail server, for all of them, and that its policy is unknown for
 * others. */
START_TEST(our_fault_for_many)
{
    struct partners_fixture p;
    char line[400];

    judge_many(&p, lengths[_i]);
    ck_assert_uint_ge(p.f.verdict.findings.count, 2);
    p.f.verdict.findings.at[0].code = F_OWN_POLICY_WEAK;
    p.f.verdict.findings.at[1].code = F_OWN_POLICY_UNKNOWN;
    p.f.verdict.findings.at[1].state = STATE_UNKNOWN;
    first_line(&p, line, sizeof line);
    ck_assert_msg(strstr(line, " - our TLS policy differs for i"), "%s", line);
    ck_assert_msg(strstr(line, "; our policy unknown)"), "%s", line);
    p.f.verdict.findings.at[0].code = F_MX_UNDECLARED;
    for (size_t host = 1; host < 250; host++) {
        name_host(&p.f.r.hosts[p.f.verdict.findings.at[0].host], host);
        first_line(&p, line, sizeof line);
        ck_assert_msg(strstr(line, "; our policy unknown)"), "%s", line);
        ck_assert_msg(strstr(line, ": m"), "%s", line);
    }
    partners_fixture_close(&p);
}
END_TEST

/* --- forms that cannot be read --- */

static const struct {
    int on; /* what they count as */
    const char *line;
} invalid[] = {
    {STATE_DEFAULT, "PARTNER_POLICY UNKNOWN - f:1: wrong (1 of 2 partners unknown)"},
    {STATE_CRITICAL, "PARTNER_POLICY CRITICAL - f:1: wrong (1 of 2 partners fail)"},
    {STATE_WARNING, "PARTNER_POLICY WARNING - f:1: wrong (1 of 2 partners warn)"},
    {STATE_OK, "PARTNER_POLICY OK - a: 1 of 1 gateways verified" ENDS},
};

START_TEST(invalid_form)
{
    struct partners_fixture p;
    char line[400];

    partners_fixture_open(&p);
    p.f.policy.on[F_FORM_INVALID] = invalid[_i].on;
    partners_fixture_read(&p, A(""));
    ck_assert(partners_add_invalid(&p.partners, "f:1: wrong"));
    partners_fixture_judge(&p, zone);
    first_line(&p, line, sizeof line);
    ck_assert_str_eq(line, invalid[_i].line);
    partners_fixture_close(&p);
}
END_TEST

UNIT_CASE(report_partners, {success, COUNT(well)}, {lines_are_short, COUNT(lengths)},
          {line_among_many, COUNT(lengths)}, {our_fault_for_many, COUNT(lengths)},
          {invalid_form, COUNT(invalid)})
