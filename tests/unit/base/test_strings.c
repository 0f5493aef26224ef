/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/strings.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

enum { COPIES = 300 };

START_TEST(stay_where_they_are)
{
    struct strings s = {0};
    const char *copies[COPIES];
    char text[1000];

    for (int i = 0; i < COPIES; i++) {
        snprintf(text, sizeof text, "%d%*s", i, i, "");
        copies[i] = strings_keep(&s, text);
    }
    for (int i = 0; i < COPIES; i++) {
        snprintf(text, sizeof text, "%d%*s", i, i, "");
        ck_assert_str_eq(copies[i], text);
    }
    ck_assert(!s.failed);
    strings_clear(&s);
    ck_assert_ptr_null(s.last);
}
END_TEST

START_TEST(empty_takes_nothing)
{
    struct strings s = {0};

    ck_assert_str_eq(strings_keep(&s, ""), "");
    ck_assert_ptr_null(s.last);
    strings_clear(&s);
}
END_TEST

/* A text that no block has room for, and what comes after it. */
START_TEST(long_one_by_itself)
{
    struct strings s = {0};
    char text[1001];
    const char *copy;

    memset(text, 'x', 1000);
    text[1000] = '\0';
    copy = strings_keep(&s, text);
    ck_assert_str_eq(strings_keep(&s, "short"), "short");
    ck_assert_str_eq(copy, text);
    strings_clear(&s);
}
END_TEST

UNIT_CASE(strings, {stay_where_they_are, 1}, {empty_takes_nothing, 1}, {long_one_by_itself, 1})
