/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_render.h"
#include "report/json_value.h"
#include "report/report_matrix.h"

#include <stdlib.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

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
    struct report_config c = fixture_report;
    struct observation *o;
    struct fixture f;
    char *out;

    fixture_open(&f);
    fixture_target(&f, TARGET_MAILBOX, "example.com", "\"a|b\"@example.com");
    f.policy.refuses_plaintext = true;
    f.policy.sender = "c|d@example.net";
    fixture_gateway(&f, 0, "m|x.example.com", 10, "192.0.2.1");
    fixture_plan(&f);
    o = fixture_at(&f, 0, 0);
    o->plaintext =
        (struct plaintext_fact){.asked = true, .at = STAGE_RCPT, .code = 250, .text = "250 ok"};
    c.verbosity = _i;
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_PLAINTEXT_ACCEPTED);
    out = fixture_render(&f, report_render, &c);
    ck_assert_msg(count_char(out, '|') == 1, "%s", out);
    ck_assert_ptr_nonnull(memchr(out, '|', strcspn(out, "\n")));
    ck_assert_ptr_nonnull(
        strstr(out, "\\_ [CRITICAL] m?x.example.com [192.0.2.1]: accepts mail without TLS from "));
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(findings_worst_first)
{
    struct fixture f;
    char *out, *critical, *warning;

    fixture_domain(&f);
    fixture_gateway(&f, 0, "mx1.example.com", 10, "192.0.2.1");
    fixture_gateway(&f, 0, "mx2.example.com", 20, "192.0.2.2");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->chain.certs[0].not_after = f.judge.now + 20 * DAY;
    fixture_no_starttls(fixture_at(&f, 1, 0));
    fixture_judge(&f);
    out = fixture_render(&f, report_render, &fixture_report);
    critical = strstr(out, "\n\\_ [CRITICAL] mx2.example.com [192.0.2.2]: STARTTLS not offered");
    warning = strstr(out, "\n\\_ [WARNING] mx1.example.com [192.0.2.1]: certificate expires in 20");
    ck_assert_msg(critical && warning && critical < warning, "%s", out);
    ck_assert_int_eq(out[strlen(out) - 1], '\n');
    ck_assert_uint_eq(count_char(out, '\n'), 3);
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(no_perfdata)
{
    struct report_config c = fixture_report;
    struct fixture f;
    char *out;

    fixture_one(&f);
    fixture_judge(&f);
    c.perfdata = PERFDATA_NONE;
    out = fixture_render(&f, report_render, &c);
    ck_assert_str_eq(out, "SMTP_TLS OK - example.com: 1 of 1 gateways verified, "
                          "first certificate expires in 200 days\n");
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
    out = fixture_render(&f, report_render, &fixture_report);
    ck_assert_str_eq(out, "SMTP_TLS UNKNOWN - out of memory\n");
    free(out);
    fixture_close(&f);
}
END_TEST

/* The matrix: the reference documents' columns, one row an address, and the Average row. */
START_TEST(matrix)
{
    struct fixture f;
    char *out;

    fixture_open(&f);
    fixture_target(&f, TARGET_MAILBOX, "hella.com", "info@hella.com");
    fixture_gateway(&f, 0, "mail1.hella.com", 10, "192.0.2.14");
    fixture_gateway(&f, 0, "mail2.hella.com", 10, "192.0.2.15");
    fixture_plan(&f);
    fixture_at(&f, 0, 0)->stages[STAGE_GREETING].us = 1006000;
    fixture_no_starttls(fixture_at(&f, 1, 0));
    fixture_judge(&f);
    out = fixture_render(&f, report_matrix, &fixture_report);
    ck_assert_str_eq(
        out,
        "TLS confidence factor for \"info@hella.com\": 55\n"
        "MX Server                     Pref  Connect   Allowed       Can Use   TLS Adv   Cert OK   "
        "TLS Neg   Sndr OK   Rcvr OK\n"
        "mail1.hella.com [192.0.2.14]    10  OK (1ms)  OK (1,006ms)  OK (1ms)  OK (1ms)  OK (1ms)  "
        "OK (1ms)  OK (1ms)  OK (1ms)\n"
        "mail2.hella.com [192.0.2.15]    10  OK (1ms)  OK (1ms)      OK (1ms)  FAIL      FAIL      "
        "FAIL      OK (1ms)  OK (1ms)\n"
        "Average                             100%      100%          100%      50%       50%       "
        "50%       100%      100%\n");
    free(out);
    fixture_close(&f);
}
END_TEST

static const struct {
    int64_t us;
    const char *want;
} times[] = {
    {0, "OK (0ms)  "},
    {499, "OK (0ms)  "},
    {500, "OK (1ms)  "},
    {999499, "OK (999ms)  "},
    {999500, "OK (1,000ms)  "},
    {12034499, "OK (12,034ms)  "},
    {999999499, "OK (999,999ms)  "},
    {999999500, "OK (1,000,000ms)  "},
    {1002003000, "OK (1,002,003ms)  "},
    {-1, "OK  "},
};

START_TEST(milliseconds)
{
    struct fixture f;
    const char *row;
    char *out;

    fixture_one(&f);
    fixture_at(&f, 0, 0)->stages[STAGE_CONNECT].us = times[_i].us;
    fixture_judge(&f);
    out = fixture_render(&f, report_matrix, &fixture_report);
    row = strstr(out, "\nmx.example.com [192.0.2.1]    10  ");
    ck_assert_msg(row, "%s", out);
    row = strstr(row, "  10  ") + 6;
    ck_assert_msg(strncmp(row, times[_i].want, strlen(times[_i].want)) == 0, "%s", row);
    free(out);
    fixture_close(&f);
}
END_TEST

START_TEST(numbers_of_json)
{
    static const struct {
        double value, due;
    } numbers[] = {{0, 0},      {0.0004, 0},     {0.0006, 0.001}, {0.25, 0.25},      {0.9996, 1},
                   {1.0004, 1}, {1.0006, 1.001}, {-0.0004, 0},    {-0.0006, -0.001}, {-0.25, -0.25},
                   {83.5, 83.5}};

    for (int i = 0; i < COUNT(numbers); i++) {
        json_t *number = json_value_rounded(numbers[i].value);

        ck_assert_double_eq(json_real_value(number), numbers[i].due);
        json_decref(number);
    }
}
END_TEST

UNIT_CASE(report_render, {one_pipe, 4}, {findings_worst_first, 1}, {no_perfdata, 1},
          {out_of_memory, 1}, {matrix, 1}, {milliseconds, COUNT(times)}, {numbers_of_json, 1})
