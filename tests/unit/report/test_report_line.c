/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/html_values.h"
#include "report/report_answer.h"
#include "unit/unit.h"

static const struct {
    const char *in;
    size_t max;
    const char *shortened, *cut;
} lines[] = {
    {"", 8, "", ""},
    {"abcdefgh", 8, "abcdefgh", "abcdefgh"},
    {"abcdefghi", 8, "abcde...", "abc...hi"},
    {"abcdefghi", 7, "abcd...", "ab...hi"},
    {"abcdefghij", 9, "abcdef...", "abc...hij"},
    /* no part of a character stays */
    {"a\xc3\xbc\xc3\xbc\xc3\xbc"
     "b",
     7, "a\xc3\xbc...", "a...b"},
    {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8, "\xe2\x82\xac...", "\xe2\x82\xac..."},
};

START_TEST(shorter)
{
    char line[64];

    strcpy(line, lines[_i].in);
    report_line_shorten(line, lines[_i].max);
    ck_assert_str_eq(line, lines[_i].shortened);
    strcpy(line, lines[_i].in);
    report_line_cut(line, lines[_i].max);
    ck_assert_str_eq(line, lines[_i].cut);
    ck_assert_uint_le(strlen(line), lines[_i].max);
}
END_TEST

static const struct {
    enum state state;
    struct state_count count;
    const char *want;
} counts[] = {
    {STATE_CRITICAL, {.all = 3}, ""},
    {STATE_CRITICAL, {.all = 3, .by_state[STATE_WARNING] = 1}, ""},
    {STATE_CRITICAL, {.all = 3, .by_state[STATE_CRITICAL] = 1}, "1 of 3 x fail"},
    {STATE_WARNING, {.all = 3, .by_state[STATE_WARNING] = 2}, "2 of 3 x warn"},
    {STATE_WARNING,
     {.all = 3, .by_state[STATE_WARNING] = 2, .by_state[STATE_UNKNOWN] = 1},
     "2 of 2 x warn; 1 unknown"},
    {STATE_UNKNOWN, {.all = 3, .by_state[STATE_UNKNOWN] = 1}, "1 of 3 x unknown"},
    {STATE_UNKNOWN, {.all = 3}, ""},
};

START_TEST(count)
{
    char out[64] = "before";

    report_line_count(counts[_i].state, &counts[_i].count, "x", out, sizeof out);
    ck_assert_str_eq(out, counts[_i].want);
}
END_TEST

START_TEST(answers)
{
    static const char *const ends[] = {"accepted", "refused",   "closed",   "no answer",
                                       "no TLS",   "malformed", "not asked"};
    struct text out;

    for (int i = 0; i < COUNT(ends); i++)
        ck_assert_str_eq(report_answer_end((enum hello_ask_end)i), ends[i]);
    text_init(&out, 200);
    report_answer_add(&out, TLS_CODE_VERSION, 0);
    ck_assert_str_eq(text_str(&out), "");
    report_answer_add(&out, TLS_CODE_VERSION, 0x0304);
    report_answer_alert(&out, 99);
    ck_assert_str_eq(text_str(&out), ", TLSv1.3, alert 99");
    text_free(&out);
}
END_TEST

START_TEST(answers_in_json)
{
    json_t *nothing[] = {report_answer_name(TLS_CODE_GROUP, 0), report_answer_number(0)};
    json_t *name = report_answer_name(TLS_CODE_GROUP, 29), *number = report_answer_number(29);

    ck_assert(json_is_null(nothing[0]) && json_is_null(nothing[1]));
    ck_assert_str_eq(json_string_value(name), "x25519");
    ck_assert_int_eq(json_integer_value(number), 29);
    json_decref(name);
    json_decref(number);
}
END_TEST

/* --- the values of a cell --- */

static void check_cell(const struct html_values *v, const char *want)
{
    struct text out;
    struct html_writer w = {.out = &out};

    text_init(&out, 10000);
    html_values_write(v, "none", &w);
    ck_assert_str_eq(text_str(&out), want);
    text_free(&out);
}

START_TEST(values)
{
    struct html_values v = {0};

    check_cell(&v, "<td><span class=\"note\">none</span></td>");
    html_values_add(&v, "a", false);
    html_values_add(&v, "b", false);
    html_values_add(&v, "a", false);
    check_cell(&v, "<td>a<br>b</td>");
    html_values_add(&v, "b", true);
    html_values_add(&v, "b", false);
    ck_assert_uint_eq(v.count, 2);
    check_cell(&v, "<td>a<br><span class=\"differs\">b</span></td>");
}
END_TEST

START_TEST(many_values)
{
    struct html_values v = {0};
    char text[8];

    for (int i = 0; i < HTML_VALUES_MAX; i++) {
        text_format(text, sizeof text, "%d", i);
        html_values_add(&v, text, false);
    }
    html_values_add(&v, text, true);
    ck_assert_uint_eq(v.count, HTML_VALUES_MAX);
    ck_assert(!v.more && v.differs[HTML_VALUES_MAX - 1] && !v.differs[0]);
    html_values_add(&v, "another", true);
    ck_assert_uint_eq(v.count, HTML_VALUES_MAX);
    ck_assert(v.more);
}
END_TEST

/* Texts of words, cut to that many bytes. */
static const struct {
    const char *in;
    size_t max;
    const char *want;
} texts[] = {
    {"certificate is for another host: hop.test", 41, "certificate is for another host: hop.test"},
    {"certificate is for another host: hop.test", 40, "certificate is for ... host: hop.test"},
    {"certificate is for another host: hop.test", 32, "certificate is for ... hop.test"},
    {"certificate issuer changed to D-TRUST SSL Class 3 CA 1 2009", 50,
     "certificate issuer ... SSL Class 3 CA 1 2009"},
    {"certificate issuer changed to D-TRUST SSL Class 3 CA 1 2009", 40,
     "certificate issuer ... Class 3 CA 1 2009"},
    {"averylongwordthatcannotbecutbetweenwordsatall", 32, "averylongwordth...weenwordsatall"},
    {"a averylongwordthatcannotbecutbetweenwords b", 34, "a averylongwordthatcannotbecu... b"},
    {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
     32,
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc..."
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"},
};

START_TEST(words)
{
    char line[80];

    strcpy(line, texts[_i].in);
    report_line_cut_words(line, texts[_i].max);
    ck_assert_uint_le(strlen(line), texts[_i].max);
    ck_assert_str_eq(line, texts[_i].want);
}
END_TEST

UNIT_CASE(report_line, {shorter, COUNT(lines)}, {words, COUNT(texts)}, {count, COUNT(counts)},
          {answers, 1}, {answers_in_json, 1}, {values, 1}, {many_values, 1})
