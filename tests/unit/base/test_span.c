/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

#include <string.h>

#include "unit/unit.h"

static const struct {
    const char *text, *want;
} words[] = {
    {"", ""},
    {"  ,, ", ""},
    {"one", "one|"},
    {" one, two\tthree,", "one|two|three|"},
    {"a=b c", "a=b|c|"},
};

START_TEST(a_text_has_words)
{
    struct span rest = span_of(words[_i].text), word;
    char got[64] = "";

    while ((word = span_word(&rest, " ,\t")).len > 0) {
        strncat(got, word.at, word.len);
        strcat(got, "|");
    }
    ck_assert_str_eq(got, words[_i].want);
    ck_assert_uint_eq(rest.len, 0);
}
END_TEST

START_TEST(a_nul_is_part_of_a_word)
{
    struct span rest = {"a\0b c", 5};

    ck_assert_uint_eq(span_word(&rest, " ").len, 3);
    ck_assert(span_is(span_word(&rest, " "), "c"));
}
END_TEST

START_TEST(what_comes_before_a_byte_is_taken_off)
{
    struct span rest = span_of("key=value=more");

    ck_assert(span_is(span_until(&rest, '='), "key"));
    ck_assert(span_is(rest, "value=more"));
    ck_assert(span_is(span_until(&rest, ';'), "value=more"));
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_uint_eq(span_until(&rest, '=').len, 0);
}
END_TEST

START_TEST(beginnings_are_compared_and_skipped)
{
    struct span s = span_of("relay=none");

    ck_assert(span_begins(s, "relay="));
    ck_assert(!span_begins(s, "relay=none,"));
    ck_assert(!span_skip(&s, "delay="));
    ck_assert(span_skip(&s, "relay="));
    ck_assert(span_is(s, "none"));
    ck_assert(!span_is(s, "non"));
    ck_assert(!span_is(s, "none2"));
    ck_assert(!span_is(s, "None"));
    ck_assert(span_is_folded(s, "None"));
    ck_assert(!span_is_folded(s, "Nones"));
}
END_TEST

START_TEST(a_text_is_found_or_the_length_is_returned)
{
    ck_assert_uint_eq(span_find(span_of("a TLS b TLS"), "TLS"), 2);
    ck_assert_uint_eq(span_find(span_of("a TLS"), "TLSx"), 5);
    ck_assert_uint_eq(span_find(span_of(""), "x"), 0);
    ck_assert_uint_eq(span_find(span_of("x"), "x"), 0);
    ck_assert_uint_eq(span_find(span_of("a"), "x"), 1);
}
END_TEST

/* Whatever stands around it, and wherever groups of sixteen bytes begin and end. */
START_TEST(a_byte_is_found_wherever_it_is)
{
    static const char around[] = {'x', 'a' ^ 1, 'a' ^ (char)0x80, '\0', (char)0xff};
    enum { LONGEST = 43 };
    char text[LONGEST];

    for (size_t len = 0; len <= LONGEST; len++) {
        for (size_t at = 0; at <= len; at++) {
            memset(text, around[_i], at);
            memset(text + at, 'b', LONGEST - at); /* also after the end */
            ck_assert_uint_eq(span_index((struct span){text, len}, 'a', 'b'), at);
            ck_assert_uint_eq(span_index((struct span){text, len}, 'b', 'a'), at);
            ck_assert_uint_eq(span_index((struct span){text, len}, 'b', 'b'), at);
            ck_assert_uint_eq(span_index((struct span){text, len}, 'a', 'a'), len);
        }
    }
}
END_TEST

START_TEST(blanks_are_trimmed_at_both_ends)
{
    ck_assert(span_is(span_trim(span_of("\t a b ")), "a b"));
    ck_assert_uint_eq(span_trim(span_of(" \t ")).len, 0);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    unsigned want;
} numbers[] = {
    {"0", true, 0},           {"25", true, 25}, {"007", true, 7}, {"999999999", true, 999999999},
    {"1000000000", false, 0}, {"", false, 0},   {"+1", false, 0}, {"-1", false, 0},
    {"1 ", false, 0},         {"1x", false, 0},
};

START_TEST(a_number_is_the_whole_span)
{
    unsigned n = 77;

    ck_assert_int_eq(span_number(span_of(numbers[_i].text), &n), numbers[_i].ok);
    ck_assert_uint_eq(n, numbers[_i].ok ? numbers[_i].want : 77);
}
END_TEST

START_TEST(a_copy_fits_or_is_empty)
{
    char dst[4] = "xyz";

    ck_assert(span_copy(span_of("abc"), dst, sizeof dst));
    ck_assert_str_eq(dst, "abc");
    ck_assert(!span_copy(span_of("abcd"), dst, sizeof dst));
    ck_assert_str_eq(dst, "");
}
END_TEST

UNIT_CASE(span, {a_text_has_words, COUNT(words)}, {a_nul_is_part_of_a_word, 1},
          {what_comes_before_a_byte_is_taken_off, 1}, {beginnings_are_compared_and_skipped, 1},
          {a_text_is_found_or_the_length_is_returned, 1}, {a_byte_is_found_wherever_it_is, 5},
          {blanks_are_trimmed_at_both_ends, 1}, {a_number_is_the_whole_span, COUNT(numbers)},
          {a_copy_fits_or_is_empty, 1})
