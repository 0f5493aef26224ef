#include "postfix_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "unit.h"

#define MAIN(literal) literal, sizeof literal - 1

/* The values of x are what postconf -hx has for the same text, where they are known at all. */
static const struct {
    const char *name, *data;
    size_t len;
    const char *want; /* "line value", "-" where it is not set, "?" where it is not known */
} mains[] = {
    {"empty", MAIN(""), "-"},
    {"one", MAIN("x = a b\n"), "1 a b"},
    {"no blanks, no newline", MAIN("x=a"), "1 a"},
    {"blanks and CRLF", MAIN("#\r\nx\t=  a \r\n"), "2 a"},
    {"nothing", MAIN("x =\ny = a\n"), "1 "},
    {"an equals sign in it", MAIN("x==a=b\n"), "1 =a=b"},
    {"the last wins", MAIN("x = a\nx = b\nX = c\n"), "2 b"},
    {"continued over a comment", MAIN("x =\n a,\n# no\n  # no\n\n\tb # c\ny = d\n"), "1 a,\tb # c"},
    {"a continuation of nothing", MAIN(" x = a\ny = b\n"), "-"},
    {"a name", MAIN("y = a\nx = $y/b\n"), "2 a/b"},
    {"braces", MAIN("x = ${y}b$(y)\ny = a\n"), "1 aba"},
    {"the last of a name", MAIN("y = a\nx = $y\ny = b\n"), "2 b"},
    {"a name of a name", MAIN("x = $y\ny = $z\nz = a\n"), "1 a"},
    {"where the file lies", MAIN("x = $config_directory/a\n"), "1 /etc/postfix/a"},
    {"where it says that it lies", MAIN("config_directory = /b\nx = $config_directory/a\n"),
     "2 /b/a"},
    {"two dollars", MAIN("x = a$$y\n"), "1 a$y"},
    {"not set", MAIN("x = $y\n"), "?"},
    {"condition", MAIN("y = a\nx = ${y?b}\n"), "?"},
    {"comparison", MAIN("x = ${{$compatibility_level} <level {3.6} ? {md5} : {sha256}}\n"), "?"},
    {"open brace", MAIN("y = a\nx = ${y\n"), "?"},
    {"wrong brace", MAIN("y = a\nx = ${y)\n"), "?"},
    {"a dollar alone", MAIN("x = a $\n"), "?"},
    {"itself", MAIN("x = $x\n"), "?"},
    {"in a circle", MAIN("x = $y\ny = a $x\n"), "?"},
};

START_TEST(reads)
{
    const struct postfix_parameter *x;
    struct postfix_main m;
    struct err e = {0};
    char got[200] = "-", value[100], *exact = malloc(mains[_i].len ? mains[_i].len : 1);

    memcpy(exact, mains[_i].data, mains[_i].len);
    ck_assert_msg(postfix_main_read("/etc/postfix/main.cf", exact, mains[_i].len, &m, &e), "%s",
                  e.text);
    free(exact);
    x = postfix_main_find(&m, "x");
    if (x && postfix_main_expand(&m, x->value, value, sizeof value))
        snprintf(got, sizeof got, "%d %s", x->line, value);
    else if (x)
        strcpy(got, "?");
    ck_assert_msg(strcmp(got, mains[_i].want) == 0, "%s: %s", mains[_i].name, got);
    postfix_main_clear(&m);
}
END_TEST

/* Of nothing but names, which double at each level: 2^15 of them. */
START_TEST(bounded)
{
    struct postfix_main m;
    struct text t;
    struct err e;
    char value[10];

    text_init(&t, 10000);
    text_addf(&t, "a =\nb = 123456789\nc = $b.\nx0 = $a\n");
    for (int i = 1; i < 20; i++)
        text_addf(&t, "x%d = $x%d$x%d\n", i, i - 1, i - 1);
    ck_assert(postfix_main_read("main.cf", t.s, t.len, &m, &e));
    ck_assert(postfix_main_expand(&m, "$x5", value, sizeof value));
    ck_assert_str_eq(value, "");
    ck_assert(!postfix_main_expand(&m, "$x15", value, sizeof value));
    ck_assert(postfix_main_expand(&m, "$b", value, sizeof value));
    ck_assert_str_eq(value, "123456789");
    ck_assert(!postfix_main_expand(&m, "$c", value, sizeof value));
    ck_assert_str_eq(value, "");
    ck_assert(!postfix_main_expand(&m, "12345678$$$$", value, sizeof value));
    ck_assert(postfix_main_expand(&m, "$config_directory", value, sizeof value));
    ck_assert_str_eq(value, ".");
    postfix_main_clear(&m);
    text_free(&t);
}
END_TEST

static const struct {
    const char *data;
    size_t len;
    const char *want;
} refusals[] = {
    {MAIN("x = a\ny\n"), "f/main.cf:2: \"y\" is not NAME = VALUE"},
    {MAIN("= a\n"), "f/main.cf:1: \"= a\" is not NAME = VALUE"},
    {MAIN("#\nx y\033| = a\n"), "f/main.cf:2: \"x y?? = a\" is not NAME = VALUE"},
    {MAIN("x = a\n\ny = \0\n"), "f/main.cf:3: NUL byte in what should be text"},
    {NULL, POSTFIX_MAIN_SIZE_MAX + 1, "f/main.cf: larger than 256 KiB"},
};

START_TEST(refuses)
{
    char *large = calloc(1, refusals[_i].len);
    struct postfix_main m;
    struct err e = {0};

    if (refusals[_i].data)
        memcpy(large, refusals[_i].data, refusals[_i].len);
    ck_assert(!postfix_main_read("f/main.cf", large, refusals[_i].len, &m, &e));
    ck_assert_str_eq(e.text, refusals[_i].want);
    ck_assert_ptr_null(m.at);
    free(large);
}
END_TEST

UNIT_CASE(postfix_main, {reads, COUNT(mains)}, {bounded, 1}, {refuses, COUNT(refusals)})
