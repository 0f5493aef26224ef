/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_key.h"

#include <string.h>

#include "unit/unit.h"

enum { SEED = 12345, LONGEST = 33 };

/* Texts of any length, and texts of that length that differ in one byte, have other keys. */
START_TEST(every_byte_of_a_text_counts)
{
    char text[LONGEST + 1];
    size_t len = (size_t)_i;
    uint64_t code;

    memset(text, 'x', sizeof text);
    code = maillog_key_text(SEED, (struct span){text, len});
    ck_assert_uint_ne(code, 0);
    ck_assert_uint_ne(code, maillog_key_text(SEED, (struct span){text, len + 1}));
    ck_assert_uint_ne(code, maillog_key_text(SEED + 2, (struct span){text, len}));
    for (size_t i = 0; i < len; i++) {
        text[i] = 'y';
        ck_assert_uint_ne(code, maillog_key_text(SEED, (struct span){text, len}));
        text[i] = 'x';
    }
    text[len] = 'y';
    ck_assert_uint_eq(code, maillog_key_text(SEED, (struct span){text, len}));
}
END_TEST

/* Of a name of any length, every letter counts, but not its case. */
START_TEST(case_of_a_name_does_not_count)
{
    char name[LONGEST + 1];
    size_t len = (size_t)_i;
    uint64_t code;

    memset(name, 'x', sizeof name);
    code = maillog_key_name(SEED, (struct span){name, len});
    ck_assert_uint_ne(code, 0);
    for (size_t i = 0; i < len; i++) {
        name[i] = 'X';
        ck_assert_uint_eq(code, maillog_key_name(SEED, (struct span){name, len}));
        name[i] = 'y';
        ck_assert_uint_ne(code, maillog_key_name(SEED, (struct span){name, len}));
        name[i] = 'x';
    }
}
END_TEST

UNIT_CASE(maillog_key, {every_byte_of_a_text_counts, LONGEST},
          {case_of_a_name_does_not_count, LONGEST})
