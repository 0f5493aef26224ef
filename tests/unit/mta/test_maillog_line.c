/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_line.h"

#include <string.h>

#include "unit/unit.h"

enum { REFERENCE = 1796018400 }; /* 2026-11-30 06:00:00 UTC */

static const struct {
    const char *line, *tag;
    unsigned pid;
    const char *text;
    long at;
} lines[] = {
    {"Nov 30 05:29:23 mx postfix/smtp[12]: text", "postfix/smtp", 12, "text", REFERENCE - 1837},
    {"Nov 30 05:29:23 mx postfix/smtp[12x]: text", "postfix/smtp", 12, "text", REFERENCE - 1837},
    {"Nov 30 05:29:23 mx postfix/smtp[]: text", "postfix/smtp", 0, "text", REFERENCE - 1837},
    {"Nov 30 05:29:23 mx postfix/smtp[x]:", "postfix/smtp", 0, "", REFERENCE - 1837},
    {"Nov  3 05:29:23 mx postfix/smtp[12]: a: b", "postfix/smtp", 12, "a: b",
     REFERENCE - 27 * 86400 - 1837},
    {"<22>Nov 30 05:29:23 mx postfix/smtp[12]: text", "postfix/smtp", 12, "text", REFERENCE - 1837},
    /* the year before, for December is not to come */
    {"Dec 31 23:59:59 mx postfix/smtp[12]: text", "postfix/smtp", 12, "text",
     REFERENCE - 333 * 86400 - 6 * 3600 - 1},
    {"2026-11-30T05:29:23.123456+01:00 mx postfix-out/relay/smtp[12]: text",
     "postfix-out/relay/smtp", 12, "text", REFERENCE - 1837 - 3600},
    {"2026-11-30T05:29:23Z mx postfix/smtp[12]: text", "postfix/smtp", 12, "text",
     REFERENCE - 1837},
    {"<22>1 2026-11-30T05:29:23Z mx postfix/smtp 12 - - text", "postfix/smtp", 12, "text",
     REFERENCE - 1837},
    {"<22>1 2026-11-30T05:29:23Z mx postfix/smtp 12 ID1 [a b=\"c\"] \xef\xbb\xbftext",
     "postfix/smtp", 12, "text", REFERENCE - 1837},
    {"2026-11-30T05:29:23.1Z stdout F Nov 30 05:29:23 mx postfix/smtp[12]: text", "postfix/smtp",
     12, "text", REFERENCE - 1837},
    {"2026-11-30T05:29:23.1Z stdout F postfix/smtp[12]: text", "postfix/smtp", 12, "text",
     REFERENCE - 1837},
    {"2026-11-30 05:29:23 1abcde-000001-AB => x", "exim", 0, "1abcde-000001-AB => x",
     REFERENCE - 1837},
    {"2026-11-30 05:29:23.123 +0100 [77] 1abcde-000001-AB => x", "exim", 77,
     "1abcde-000001-AB => x", REFERENCE - 1837 - 3600},
};

START_TEST(a_line_has_parts)
{
    struct maillog_clock clock = {.reference = REFERENCE};
    struct maillog_line line;

    ck_assert(maillog_line_divide(span_of(lines[_i].line), &line));
    ck_assert(span_is(line.tag, lines[_i].tag));
    ck_assert(span_is(line.text, lines[_i].text));
    ck_assert_uint_eq(line.pid, lines[_i].pid);
    ck_assert_int_eq(maillog_line_time(&clock, line.time), lines[_i].at);
}
END_TEST

static const char *const wrong[] = {
    "",
    "Nov 30",
    "Nov 30 05:29:23",
    "Nov 30 05:29:23 ",
    "Nov 30 05:29:23 mx",
    "Nov 30 05:29:23 mx last message repeated 3 times",
    "Nov 30 05:29:23 mx [12]: x",
    "Nov 30 05:29:23 mx smtp[12 x",
    "2026-11-30",
    "2026-11-30T05:29:23Z",
    "<22>1 2026-11-30T05:29:23Z",
    "<22",
    "2026-11-30T <12 45 78:01:34 >2026-11-30T05:29:23Z mx postfix/smtp[1]: x", /* a line in a line
                                                                                */
    "anything else",
};

START_TEST(nothing_after_the_line_is_read)
{
    struct maillog_line line;

    for (size_t len = 0; len <= strlen("Nov 30 05:29:23 "); len++)
        ck_assert(!maillog_line_divide((struct span){"Nov 30 05:29:23 mx postfix/smtp[7]: x", len},
                                       &line));
}
END_TEST

START_TEST(other_lines_are_refused)
{
    struct maillog_line line;

    ck_assert(!maillog_line_divide(span_of(wrong[_i]), &line));
}
END_TEST

static const char *const no_times[] = {
    "Xxx 30 05:29:23", "Nov xx 05:29:23",      "Nov 30 xx:29:23",
    "Nov 30 05:xx:23", "2026-11-30Txx:29:23Z", "20",
};

START_TEST(what_is_no_time_is_0)
{
    struct maillog_clock clock = {.reference = REFERENCE};

    ck_assert_int_eq(maillog_line_time(&clock, span_of(no_times[_i])), 0);
}
END_TEST

START_TEST(the_hour_is_kept_from_line_to_line)
{
    struct maillog_clock clock = {.reference = REFERENCE};

    ck_assert_int_eq(maillog_line_time(&clock, span_of("Nov 30 05:00:01")), REFERENCE - 3599);
    ck_assert_int_eq(maillog_line_time(&clock, span_of("Nov 30 05:59:59")), REFERENCE - 1);
    ck_assert_int_eq(maillog_line_time(&clock, span_of("Nov 30 04:59:59")), REFERENCE - 3601);
}
END_TEST

UNIT_CASE(maillog_line, {a_line_has_parts, COUNT(lines)}, {other_lines_are_refused, COUNT(wrong)},
          {nothing_after_the_line_is_read, 1}, {what_is_no_time_is_0, COUNT(no_times)},
          {the_hour_is_kept_from_line_to_line, 1})
