/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define S(literal) literal, sizeof literal - 1

static const struct {
    const char *name, *in;
    size_t len, cap;
    const char *want;
} cleans[] = {
    {"empty", S(""), 64, ""},
    {"plain", S("220 mail.example.com ESMTP"), 64, "220 mail.example.com ESMTP"},
    {"punctuation stays", S("a=b \"c\" < d > `e` \\ % ; &"), 64, "a=b \"c\" < d > `e` \\ % ; &"},
    {"tag", S("a<b>c</b>"), 64, "a?b>c</b>"},
    {"tag with an attribute", S("<img src=x>"), 64, "?img src=x>"},
    {"tag of any word", S("<_7Z>"), 64, "?_7Z>"},
    {"tag that may go on behind", S("a <b"), 64, "a ?b"},
    {"tag over a line's end", S("<img\nsrc=x>"), 64, "<img?src=x>"},
    {"address in angle brackets", S("<a.b@example.com> <> <-"), 64, "<a.b@example.com> <> <-"},
    {"NUL", S("a\0b"), 64, "a?b"},
    {"newline", S("a\nb"), 64, "a?b"},
    {"carriage return", S("a\r\nb"), 64, "a??b"},
    {"tab", S("a\tb"), 64, "a?b"},
    {"escape sequence", S("\033[31mred\033[0m"), 64, "?[31mred?[0m"},
    {"DEL", S("\177"), 64, "?"},
    {"pipe", S("x | time=0"), 64, "x ? time=0"},
    {"apostrophe", S("it's"), 64, "it?s"},
    {"C1 control",
     S("\xc2\x9b"
       "31m"),
     64, "?31m"},
    {"umlaut", S("Z\xc3\xbcrich"), 64, "Z\xc3\xbcrich"},
    {"four bytes", S("\xf0\x9d\x84\x9e"), 64, "\xf0\x9d\x84\x9e"},
    {"last code point", S("\xf4\x8f\xbf\xbd"), 64, "\xf4\x8f\xbf\xbd"},
    {"Latin-1", S("Z\xfcrich"), 64, "Z?rich"},
    {"lone continuation", S("\x80\xbf"), 64, "??"},
    {"overlong slash, 2 bytes", S("\xc0\xaf"), 64, "??"},
    {"overlong NUL", S("\xc0\x80"), 64, "??"},
    {"overlong, 2 bytes, last", S("\xc1\xbf"), 64, "??"},
    {"overlong, 3 bytes", S("\xe0\x80\xaf"), 64, "???"},
    {"overlong, 3 bytes, last", S("\xe0\x9f\xbf"), 64, "???"},
    {"overlong, 4 bytes", S("\xf0\x80\x80\xaf"), 64, "????"},
    {"overlong, 4 bytes, last", S("\xf0\x8f\xbf\xbf"), 64, "????"},
    {"overlong pipe", S("\xc1\xbc"), 64, "??"},
    {"first surrogate", S("\xed\xa0\x80"), 64, "???"},
    {"last surrogate", S("\xed\xbf\xbf"), 64, "???"},
    {"surrogate pair (CESU-8)", S("\xed\xa0\xb4\xed\xb4\x9e"), 64, "??????"},
    {"beyond U+10FFFF", S("\xf4\x90\x80\x80"), 64, "????"},
    {"five bytes", S("\xf8\x88\x80\x80\x80"), 64, "?????"},
    {"FE and FF", S("\xfe\xff"), 64, "??"},
    {"cut short, 2 bytes", S("a\xc3"), 64, "a?"},
    {"cut short, 3 bytes", S("a\xe2\x82"), 64, "a??"},
    {"cut short, 4 bytes", S("a\xf0\x9d\x84"), 64, "a???"},
    {"lead byte, then ASCII", S("\xc3(x"), 64, "?(x"},
    {"invisible is one mark",
     S("a\xe2\x80\x8b"
       "b"),
     64, "a?b"},
    {"right-to-left override",
     S("\xe2\x80\xae"
       "moc"),
     64, "?moc"},
    {"byte-order mark",
     S("\xef\xbb\xbf"
       "220"),
     64, "?220"},
    {"tag character", S("\xf3\xa0\x81\xa1"), 64, "?"},
    {"fits exactly", S("abcd"), 5, "abcd"},
    {"one too long", S("abcde"), 5, "a..."},
    {"dots need room", S("a\xc3\xbc\xc3\xbc\xc3\xbc"), 7, "a\xc3\xbc..."},
    {"four bytes, no room", S("\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e"), 6, "..."},
    {"len, not NUL, ends it", "abcdef", 3, 64, "abc"},
};

START_TEST(clean)
{
    char out[64];
    size_t n = text_clean(out, cleans[_i].cap, cleans[_i].in, cleans[_i].len);

    ck_assert_msg(strcmp(out, cleans[_i].want) == 0, "%s: \"%s\"", cleans[_i].name, out);
    ck_assert_uint_eq(n, strlen(out));
    ck_assert(is_utf8(out));
}
END_TEST

static size_t encode(uint32_t p, char *out)
{
    if (p < 0x80) {
        out[0] = (char)p;
        return 1;
    }
    if (p < 0x800) {
        out[0] = (char)(0xc0 | p >> 6);
        out[1] = (char)(0x80 | (p & 0x3f));
        return 2;
    }
    if (p < 0x10000) {
        out[0] = (char)(0xe0 | p >> 12);
        out[1] = (char)(0x80 | (p >> 6 & 0x3f));
        out[2] = (char)(0x80 | (p & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | p >> 18);
    out[1] = (char)(0x80 | (p >> 12 & 0x3f));
    out[2] = (char)(0x80 | (p >> 6 & 0x3f));
    out[3] = (char)(0x80 | (p & 0x3f));
    return 4;
}

/* Code points that must not stay, with their neighbours that may. */
static const struct {
    const char *name;
    uint32_t first, last;
} classes[] = {
    {"C0 controls", 0x00, 0x1f},
    {"apostrophe", '\'', '\''},
    {"pipe", '|', '|'},
    {"DEL and C1 controls", 0x7f, 0x9f},
    {"soft hyphen", 0xad, 0xad},
    {"Arabic letter mark", 0x61c, 0x61c},
    {"Mongolian vowel separator", 0x180e, 0x180e},
    {"zero width, LRM, RLM", 0x200b, 0x200f},
    {"separators, embeddings, overrides", 0x2028, 0x202e},
    {"joiners, isolates", 0x2060, 0x206f},
    {"byte-order mark", 0xfeff, 0xfeff},
    {"interlinear annotation", 0xfff9, 0xfffb},
    {"tags", 0xe0000, 0xe007f},
};

static bool is_kept(uint32_t p)
{
    char in[4], out[16];
    size_t n = encode(p, in);

    text_clean(out, sizeof out, in, n);
    if (strcmp(out, "?") == 0 && p != '?')
        return false;
    ck_assert_msg(strlen(out) == n && memcmp(in, out, n) == 0, "U+%04X is changed", p);
    return true;
}

START_TEST(replaced)
{
    uint32_t first = classes[_i].first, last = classes[_i].last;

    for (uint32_t p = first; p <= last; p++)
        ck_assert_msg(!is_kept(p), "%s: U+%04X stays", classes[_i].name, p);
    if (first > 0)
        ck_assert_msg(is_kept(first - 1), "%s: U+%04X is replaced", classes[_i].name, first - 1);
    ck_assert_msg(is_kept(last + 1), "%s: U+%04X is replaced", classes[_i].name, last + 1);
}
END_TEST

/* Characters of one to four bytes, side by side in every order that a cut can meet. */
static const char mixed[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9d\x84\x9e"
                            "\xf0\x9d\x84\x9e\xe2\x82\xac\xc3\xbc"
                            "a\xe2\x82\xac"
                            "b\xf0\x9d\x84\x9e"
                            "c\xc3\xbc"
                            "d";

START_TEST(clean_cut)
{
    size_t cap = 5 + (size_t)_i, n;
    char *out = malloc(cap); /* for the sanitisers */

    n = text_clean(out, cap, mixed, sizeof mixed - 1);
    ck_assert_uint_eq(n, strlen(out));
    ck_assert_uint_lt(n, cap);
    ck_assert_msg(is_utf8(out), "%zu bytes: \"%s\"", cap, out);
    if (cap >= sizeof mixed) {
        ck_assert_str_eq(out, mixed);
    } else {
        ck_assert_str_eq(out + n - 3, "...");
        ck_assert_mem_eq(out, mixed, n - 3);
        ck_assert_uint_ge(n + 4, cap); /* no more is lost than one character */
    }
    free(out);
}
END_TEST

START_TEST(copy_cut)
{
    size_t cap = 1 + (size_t)_i, n;
    char *out = malloc(cap), joined[sizeof mixed + 8] = "\xe2\x82\xac";

    text_copy(out, cap, mixed);
    n = strlen(out);
    ck_assert_uint_lt(n, cap);
    ck_assert_msg(is_utf8(out), "%zu bytes: \"%s\"", cap, out);
    ck_assert_mem_eq(out, mixed, n);
    ck_assert_uint_ge(n + 4, cap < sizeof mixed ? cap : sizeof mixed);
    free(out);
    if (cap > 3) {
        text_append(joined, cap, "%s", mixed);
        ck_assert_uint_lt(strlen(joined), cap);
        ck_assert(is_utf8(joined));
        ck_assert_mem_eq(joined + 3, mixed, strlen(joined) - 3);
    }
}
END_TEST

/* A text that is not cut ends with its NUL, and nothing is written after that. */
START_TEST(copy_leaves_the_rest)
{
    for (size_t len = 0; len < 7; len++) {
        char out[8], want[8];

        memset(out, 0xff, sizeof out);
        memset(want, 0xff, sizeof want);
        memset(want, 'x', len);
        want[len] = '\0';
        text_format(out, sizeof out, "%.*s", (int)len, "xxxxxxx");
        ck_assert_mem_eq(out, want, sizeof out);
    }
}
END_TEST

START_TEST(append_to_full)
{
    char out[8] = "1234567";

    text_append(out, sizeof out, "%s", "more");
    ck_assert_str_eq(out, "1234567");
    text_format(out, sizeof out, "%d-%s", 42, "x");
    ck_assert_str_eq(out, "42-x");
    text_append(out, sizeof out, "%s", "\xc3\xbc\xc3\xbc");
    ck_assert_str_eq(out, "42-x\xc3\xbc");
    text_copy(out, 1, "a");
    ck_assert_str_eq(out, "");
    text_copy(out, 2, "\xc3\xbc");
    ck_assert_str_eq(out, "");
    text_copy(out, 3, "\xc3\xbc");
    ck_assert_str_eq(out, "\xc3\xbc");
}
END_TEST

START_TEST(growing)
{
    struct text t;

    text_init(&t, 100000);
    ck_assert_str_eq(text_str(&t), "");
    for (int i = 0; i < 10000; i++)
        text_addf(&t, "%d,", i % 10);
    ck_assert_uint_eq(t.len, 20000);
    ck_assert_uint_eq(strlen(text_str(&t)), 20000);
    ck_assert_int_eq(memcmp(text_str(&t) + 19990, "5,6,7,8,9,", 10), 0);
    ck_assert(!t.cut && !t.failed);
    text_free(&t);
    ck_assert_str_eq(text_str(&t), "");
    text_add(&t, "again");
    ck_assert_str_eq(text_str(&t), "again");
    text_free(&t);
}
END_TEST

START_TEST(bounded)
{
    struct text t;

    text_init(&t, 10);
    text_add(&t, "12345");
    text_add(&t, "");
    text_addf(&t, "%s", "67890");
    ck_assert(!t.cut);
    ck_assert_str_eq(text_str(&t), "1234567890");
    text_add(&t, "x");
    ck_assert(t.cut && !t.failed);
    text_add(&t, "");
    text_addf(&t, "%s", "y");
    ck_assert_str_eq(text_str(&t), "1234567890");
    text_free(&t);
    text_init(&t, 0);
    text_add(&t, "x");
    ck_assert(t.cut);
    ck_assert_str_eq(text_str(&t), "");
    text_free(&t);
}
END_TEST

static const struct {
    const char *in;
    size_t len, want;
} utf8_parts[] = {
    {S(""), 0},
    {S("abc"), 3},
    {S("a\0b"), 3},
    {S("Z\xc3\xbcrich \xf0\x9d\x84\x9e"), 12},
    {S("Z\xfcrich"), 1},
    {S("ab\xc3"), 2},
    {S("ab\xc0\xaf"), 2},
    {S("ab\xed\xa0\x80"), 2},
    {S("\xf4\x90\x80\x80"), 0},
};

START_TEST(utf8)
{
    ck_assert_uint_eq(text_utf8(utf8_parts[_i].in, utf8_parts[_i].len), utf8_parts[_i].want);
}
END_TEST

/* To 79 columns, never beyond `len`, and a word that is longer than a line stays whole. */
START_TEST(wrapped)
{
    char word[100];
    struct text t;

    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    text_init(&t, 1024);
    text_add_wrapped(&t, "- ", "a bc def", 6);
    ck_assert_str_eq(text_str(&t), "- a bc d\n");
    text_free(&t);
    text_init(&t, 1024);
    text_addf(&t, "%s", "");
    text_add_wrapped(&t, "  ", word, strlen(word));
    ck_assert_uint_eq(strlen(text_str(&t)), 2 + 99 + 1);
    text_free(&t);
    text_init(&t, 1024);
    word[74] = ' ';
    word[77] = '\0'; /* 2 + 74 + 1 + 2 are 79 */
    text_add_wrapped(&t, "  ", word, strlen(word));
    ck_assert_ptr_null(strchr(text_str(&t) + 79, ' '));
    ck_assert_uint_eq(strlen(text_str(&t)), 80);
    text_free(&t);
    text_init(&t, 1024);
    word[77] = 'x';
    word[78] = '\0'; /* one more */
    text_add_wrapped(&t, "  ", word, strlen(word));
    ck_assert_str_eq(text_str(&t) + 76, "\n  xxx\n");
    text_free(&t);
}
END_TEST

static const struct {
    time_t t;
    const char *time, *date;
} times[] = {
    {0, "1970-01-01 00:00:00 UTC", "1970-01-01"},
    {951868799, "2000-02-29 23:59:59 UTC", "2000-02-29"},
    {INT64_MAX, "", ""}, /* no year that an int holds */
};

START_TEST(in_utc)
{
    char time[40], date[16];

    text_time(time, sizeof time, times[_i].t);
    text_date(date, sizeof date, times[_i].t);
    ck_assert_str_eq(time, times[_i].time);
    ck_assert_str_eq(date, times[_i].date);
}
END_TEST

START_TEST(items_are_joined)
{
    char list[12] = "";

    text_join(list, sizeof list, "one");
    ck_assert_str_eq(list, "one");
    text_join(list, sizeof list, "two");
    ck_assert_str_eq(list, "one, two");
    text_join(list, sizeof list, "three");
    ck_assert_str_eq(list, "one, two, t");
    ck_assert_str_eq(text_plural(1), "");
    ck_assert_str_eq(text_plural(0), "s");
    ck_assert_str_eq(text_plural(2), "s");
}
END_TEST

START_TEST(equal)
{
    char copy[] = "a";

    ck_assert(text_equal("a", copy) && text_equal(NULL, NULL));
    ck_assert(!text_equal("a", "A") && !text_equal("a", NULL) && !text_equal(NULL, ""));
}
END_TEST

static const struct {
    double days;
    const char *want;
} spans[] = {
    {30, "30 days"},        {22.625, "22.6 days"}, {3.083333, "3.1 days"}, {2.96, "3 days"},
    {1.04, "1 day"},        {1.05001, "1.1 days"}, {0.96, "1 day"},        {0.1, "0.1 days"},
    {0.0825, "0.083 days"}, {0, "0 days"},         {1825, "1825 days"},
};

START_TEST(days)
{
    char text[32];

    text_days(text, sizeof text, spans[_i].days);
    ck_assert_str_eq(text, spans[_i].want);
}
END_TEST

static const struct {
    double value;
    const char *want;
} numbers[] = {
    {0, "0"},         {-0.0, "0"},   {-0.0001, "0"},    {0.0004, "0"},
    {0.001, "0.001"}, {1.5, "1.5"},  {-1.25, "-1.25"},  {100, "100"},
    {1010, "1010"},   {2.0004, "2"}, {0.1236, "0.124"}, {86400, "86400"},
};

START_TEST(number)
{
    char text[32];

    text_number(text, sizeof text, numbers[_i].value);
    ck_assert_str_eq(text, numbers[_i].want);
}
END_TEST

/* The unit of which there are two or more. */
static const struct {
    double seconds;
    const char *want;
} durations[] = {
    {0, "0 seconds"},       {0.9, "0 seconds"}, {1, "1 second"},       {1.9, "1 second"},
    {119.9, "119 seconds"}, {120, "2 minutes"}, {7199, "119 minutes"}, {7200, "2 hours"},
    {172799, "47 hours"},   {172800, "2 days"}, {259199, "2 days"},    {259200, "3 days"},
};

START_TEST(duration)
{
    char text[32];

    text_duration(text, sizeof text, durations[_i].seconds);
    ck_assert_str_eq(text, durations[_i].want);
}
END_TEST

/* In characters, not in bytes. */
START_TEST(width)
{
    ck_assert_uint_eq(text_width(""), 0);
    ck_assert_uint_eq(text_width("a"), 1);
    ck_assert_uint_eq(text_width("Z\xc3\xbcrich"), 6);
    ck_assert_uint_eq(text_width("\xf0\x9d\x84\x9e\xe2\x82\xac"), 2);
    ck_assert_str_eq(text_or("", "b"), "b");
    ck_assert_str_eq(text_or("a", "b"), "a");
}
END_TEST

START_TEST(wrapped_whole)
{
    static const char words[] = "one two\nthree four";
    struct text t;

    text_init(&t, 1024);
    text_add_wrapped(&t, "* ", words, sizeof words - 1);
    ck_assert_str_eq(text_str(&t), "* one two three four\n");
    text_free(&t);
    text_init(&t, 1024);
    text_add_wrapped(&t, "* ", "", 0);
    ck_assert_str_eq(text_str(&t), "* \n");
    text_free(&t);
}
END_TEST

/* Room that the text does not need yet holds formatted text of exactly its length, too. */
START_TEST(formatted_to_the_end_of_its_room)
{
    char part[256];
    struct text t;

    memset(part, 'x', sizeof part);
    for (int len = 250; len <= 256; len++) {
        text_init(&t, 1024);
        text_add(&t, "");
        text_addf(&t, "%.*s", len, part);
        text_addf(&t, "%s", "y");
        ck_assert_uint_eq(t.len, (size_t)len + 1);
        ck_assert_uint_eq(strlen(text_str(&t)), (size_t)len + 1);
        ck_assert_str_eq(text_str(&t) + len, "y");
        text_free(&t);
    }
}
END_TEST

UNIT_CASE(text, {items_are_joined, 1}, {equal, 1}, {clean, COUNT(cleans)},
          {replaced, COUNT(classes)}, {clean_cut, (int)sizeof mixed - 2},
          {copy_cut, (int)sizeof mixed + 2}, {copy_leaves_the_rest, 1}, {number, COUNT(numbers)},
          {duration, COUNT(durations)}, {width, 1}, {wrapped_whole, 1},
          {formatted_to_the_end_of_its_room, 1}, {append_to_full, 1}, {utf8, COUNT(utf8_parts)},
          {growing, 1}, {bounded, 1}, {wrapped, 1}, {in_utc, COUNT(times)}, {days, COUNT(spans)})
