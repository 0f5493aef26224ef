#include "postfix_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "unit.h"

#define MAP(literal) literal, sizeof literal - 1

/* The keys and values are what postmap -s has for the same text. */
static const struct {
    const char *name, *data;
    size_t len;
    const char *want; /* "line key=value;", ascending by key; "!why" for what Postfix ignores */
} maps[] = {
    {"empty", MAP(""), ""},
    {"one", MAP("a.com secure\n"), "1 a.com=secure;"},
    {"no newline at the end", MAP("a.com secure"), "1 a.com=secure;"},
    {"CRLF", MAP("a.com\tsecure\r\n\r\nb.com may\r\n"), "1 a.com=secure;3 b.com=may;"},
    {"sorted", MAP("b.com may\na.com may\n"), "2 a.com=may;1 b.com=may;"},
    {"comments and blank lines", MAP("# one\n\n  # two\na.com may\n#b.com may\n"), "4 a.com=may;"},
    {"no comment behind a value", MAP("a.com may # no\n"), "1 a.com=may # no;"},
    {"continued", MAP("a.com\n secure\n\tmatch=nexthop\n"), "1 a.com=secure\tmatch=nexthop;"},
    {"continued over a comment", MAP("a.com may\n# c\n  # d\n\n x=1\nb.com may\n"),
     "1 a.com=may x=1;6 b.com=may;"},
    {"a continuation of nothing", MAP(" a.com may\nb.com may\n"), "2 b.com=may;"},
    {"keys fold", MAP("[MX.A.com]:25 Verify\n"), "1 [mx.a.com]:25=Verify;"},
    {"quoted key", MAP("\"a b\"@c.com may\n"), "1 \"a b\"@c.com=may;"},
    {"backslash in a key", MAP("a\\ b may\n"), "1 a\\ b=may;"},
    {"backslash at the end", MAP("a\\"), "1 a\\!no value;"},
    {"no value", MAP("a.com\nb.com  \n"), "1 a.com!no value;2 b.com!no value;"},
    {"open quote", MAP("\"a.com may\nb.com may\n"), "1 \"a.com!an open quote;2 b.com=may;"},
    {"not UTF-8", MAP("a.com may \xfc\n"), "1 a.com!it is not UTF-8;"},
};

static void show(const struct postfix_map *m, struct text *t)
{
    for (size_t i = 0; i < m->count; i++)
        text_addf(t, "%d %s%s%s;", m->at[i].line, m->at[i].key, m->at[i].value ? "=" : "!",
                  m->at[i].value ? m->at[i].value : m->at[i].why);
}

START_TEST(reads)
{
    struct postfix_map m;
    struct text t;
    struct err e = {0};
    char *exact = malloc(maps[_i].len ? maps[_i].len : 1);

    memcpy(exact, maps[_i].data, maps[_i].len);
    text_init(&t, 1000);
    ck_assert(postfix_map_read("f", exact, maps[_i].len, &m, &e));
    free(exact);
    show(&m, &t);
    ck_assert_msg(strcmp(text_str(&t), maps[_i].want) == 0, "%s: %s", maps[_i].name, text_str(&t));
    ck_assert_ptr_null(m.duplicate);
    text_free(&t);
    postfix_map_clear(&m);
}
END_TEST

START_TEST(finds)
{
    static const char text[] = "b.com\nB.com encrypt\na.com may\nd.com\n";
    struct postfix_map m;
    struct err e;

    ck_assert(postfix_map_read("f", text, sizeof text - 1, &m, &e));
    ck_assert_str_eq(postfix_map_find(&m, "a.com")->value, "may");
    ck_assert_str_eq(postfix_map_find(&m, "b.com")->value, "encrypt");
    ck_assert_int_eq(postfix_map_find(&m, "b.com")->line, 2);
    ck_assert_ptr_null(postfix_map_find(&m, "d.com")->value);
    ck_assert_ptr_null(postfix_map_find(&m, "c.com"));
    ck_assert_ptr_null(postfix_map_find(&m, ""));
    ck_assert_ptr_null(m.duplicate);
    postfix_map_clear(&m);
}
END_TEST

START_TEST(duplicates)
{
    static const char text[] = "z may\nz may\na.com may\nb.com may\nA.com secure\na.com none\n";
    struct postfix_map m;
    struct err e;

    ck_assert(postfix_map_read("f", text, sizeof text - 1, &m, &e));
    ck_assert_ptr_nonnull(m.duplicate);
    ck_assert_int_eq(m.duplicate->line, 2);
    ck_assert_str_eq(postfix_map_find(&m, "a.com")->value, "may");
    postfix_map_clear(&m);
}
END_TEST

START_TEST(refuses)
{
    static const char binary[] = "a.com may\n\0\1\2";
    struct postfix_map m;
    struct err e;
    char *large = calloc(1, POSTFIX_MAP_SIZE_MAX + 1);

    ck_assert(!postfix_map_read("f.db", binary, sizeof binary - 1, &m, &e));
    ck_assert_str_eq(e.text, "f.db:2: NUL byte in what should be text");
    ck_assert(!postfix_map_read("f", large, POSTFIX_MAP_SIZE_MAX + 1, &m, &e));
    ck_assert_str_eq(e.text, "f: larger than 16 MiB");
    memset(large, 'a', POSTFIX_MAP_SIZE_MAX);
    ck_assert(postfix_map_read("f", large, POSTFIX_MAP_SIZE_MAX, &m, &e));
    ck_assert(m.count == 1 && !m.at[0].value);
    postfix_map_clear(&m);
    free(large);
}
END_TEST

UNIT_CASE(postfix_map, {reads, COUNT(maps)}, {finds, 1}, {duplicates, 1}, {refuses, 1})
