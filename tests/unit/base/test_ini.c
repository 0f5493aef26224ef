/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit/unit.h"

#define INI(literal) literal, sizeof literal - 1

/* A text of that limit takes malformed lines, too, and reading goes on. */
enum { SHOWS_FAULTS = 1000001 };

static bool note(void *ctx, const char *section, const char *key, const char *value, int line,
                 struct error *e)
{
    struct text *t = ctx;

    if (!section && t->max == SHOWS_FAULTS)
        text_addf(t, "%d!%s;", line, e->text);
    if (!section)
        return t->max == SHOWS_FAULTS;
    if (strcmp(key ? key : section, "stop") == 0)
        return error_set(e, ERROR_USAGE, "stopped at %d", line);
    if (!key)
        text_addf(t, "%d[%s];", line, section);
    else
        text_addf(t, "%d[%s]%s%s%s;", line, section, key, value ? "=" : "", value ? value : "");
    return true;
}

static const struct {
    const char *name, *data;
    size_t len;
    const char *want;  /* NULL: an error, */
    const char *error; /* with this text */
} files[] = {
    {"empty", INI(""), "", NULL},
    {"blank lines", INI("\n\n  \n\t\n"), "", NULL},
    {"one key", INI("[a]\nk = v\n"), "1[a];2[a]k=v;", NULL},
    {"no newline at the end", INI("[a]\nk=v"), "1[a];2[a]k=v;", NULL},
    {"CRLF", INI("[a]\r\nk = v\r\n"), "1[a];2[a]k=v;", NULL},
    {"two sections", INI("[a]\nk=1\n[b]\nk=2\n"), "1[a];2[a]k=1;3[b];4[b]k=2;", NULL},
    {"repeated key", INI("[a]\nk=1\nk=2\n"), "1[a];2[a]k=1;3[a]k=2;", NULL},
    {"before any section", INI("k=v\n"), "1[]k=v;", NULL},
    {"colon", INI("[a]\nk: v\n"), "1[a];2[a]k=v;", NULL},
    {"value with equals and colon", INI("[a]\nk = a=b:c\n"), "1[a];2[a]k=a=b:c;", NULL},
    {"empty value", INI("[a]\nk =\n"), "1[a];2[a]k=;", NULL},
    {"key alone", INI("[a]\nverbose\n"), "1[a];2[a]verbose;", NULL},
    {"key alone at the end", INI("[a]\nverbose"), "1[a];2[a]verbose;", NULL},
    {"comment lines", INI("; one\n# two\n[a]\n ; three\nk=v\n"), "3[a];5[a]k=v;", NULL},
    {"comment after a value", INI("[a]\nk = v # comment\n"), "1[a];2[a]k=v;", NULL},
    {"comment after a tab", INI("[a]\nk = v\t#\n"), "1[a];2[a]k=v;", NULL},
    {"comment after an empty value", INI("[a]\nk =   # comment\n"), "1[a];2[a]k=;", NULL},
    {"comment after the equals sign", INI("[a]\nk =# v\n"), "1[a];2[a]k=# v;", NULL},
    {"number sign in a value", INI("[a]\nk = a#b\n"), "1[a];2[a]k=a#b;", NULL},
    {"semicolon after a blank", INI("[a]\nk = v ; w\n"), "1[a];2[a]k=v ; w;", NULL},
    {"semicolon in a value", INI("[a]\nk = a;b\n"), "1[a];2[a]k=a;b;", NULL},
    {"comment behind a section", INI("[a] ; comment\nk=v\n"), "1[a];2[a]k=v;", NULL},
    {"long comment behind a section",
     INI("[a] ; a comment that is longer than the longest section name can be\nk=v\n"),
     "1[a];2[a]k=v;", NULL},
    {"brackets in a comment behind a section", INI("[a] ; see [b]\nk=v\n"), "1[a];2[a]k=v;", NULL},
    {"byte-order mark", INI("\xef\xbb\xbf[a]\nk=v\n"), "1[a];2[a]k=v;", NULL},
    {"indented key is a key of its own", INI("[a]\nk = v\n  l = w\n"), "1[a];2[a]k=v;3[a]l=w;",
     NULL},
    {"indented word is no continuation", INI("[a]\nk = v\n  more\n"), "1[a];2[a]k=v;3[a]more;",
     NULL},
    {"indented section", INI("[a]\n  [b]\nk=v\n"), "1[a];2[b];3[b]k=v;", NULL},
    {"line numbers over blank lines", INI("\n\n[a]\n\n\nk=v\n"), "3[a];6[a]k=v;", NULL},
    {"UTF-8", INI("[a]\nk = Z\xc3\xbcrich\n"), "1[a];2[a]k=Z\xc3\xbcrich;", NULL},
    {"section of 46", INI("[0123456789012345678901234567890123456789012345]\nk=v\n"),
     "1[0123456789012345678901234567890123456789012345];"
     "2[0123456789012345678901234567890123456789012345]k=v;",
     NULL},
    {"section of 47 behind a byte-order mark",
     INI("\xef\xbb\xbf[01234567890123456789012345678901234567890123456]\n"),
     "1[01234567890123456789012345678901234567890123456];", NULL},
    {"section of 48 behind a byte-order mark",
     INI("\xef\xbb\xbf[012345678901234567890123456789012345678901234567]\n"), NULL,
     "f:1: section name too long"},
    {"section of 64",
     INI("[0123456789012345678901234567890123456789012345678901234567890123]\nk=v\n"), NULL,
     "f:1: section name too long"},
    {"sections without keys, one twice", INI("[a]\n[b]\n[b]\n[]"), "1[a];2[b];3[b];4[];", NULL},
    {"a section at the end", INI("[a]\nk=v\n[b]"), "1[a];2[a]k=v;3[b];", NULL},
    {"a lone key behind a byte-order mark", INI("\xef\xbb\xbfverbose"), "1[]verbose;", NULL},
    {"an equals sign in the comment of a lone key", INI("verbose # k = v"), "1[]verbose;", NULL},
    {"a section may be refused", INI("[stop]\n[a\n"), NULL, "stopped at 1"},
    {"a comment in an open section", INI("[a # b]\nk=v\n"), NULL, "f:1: neither"},
    {"what is open stops before later lines", INI("[a\nstop=1\n"), NULL, "f:1: neither"},
    {"open section", INI("k=v\n[a\nl=w\n"), NULL, "f:2: neither"},
    {"no key", INI("[a]\n= v\n"), NULL, "f:2: neither"},
    {"no key, colon", INI("[a]\n: v\n"), NULL, "f:2: neither"},
    {"NUL in a value", INI("[a]\nk = v\0w\n"), NULL, "f:2: NUL byte"},
    {"NUL in a blank line", INI("[a]\n\0\nk=v\n"), NULL, "f:2: NUL byte"},
    {"the handler stops", INI("[a]\nk=v\nstop=1\nl=w\n"), NULL, "stopped at 3"},
};

static bool read_all(const char *data, size_t len, struct text *out, struct error *e)
{
    char *exact = malloc(len ? len : 1); /* no NUL behind it */
    bool ok;

    memcpy(exact, data, len);
    text_init(out, 1000000);
    *e = (struct error){0};
    ok = ini_read("f", exact, len, note, out, e);
    free(exact);
    return ok;
}

START_TEST(read)
{
    struct text got;
    struct error e;
    bool ok = read_all(files[_i].data, files[_i].len, &got, &e);

    ck_assert_msg(ok == (files[_i].want != NULL), "%s: %s", files[_i].name, e.text);
    if (ok)
        ck_assert_msg(strcmp(text_str(&got), files[_i].want) == 0, "%s: \"%s\"", files[_i].name,
                      text_str(&got));
    else
        ck_assert_msg(e.cause != ERROR_NONE && e.text[0] != '\0', "%s: no error", files[_i].name);
    if (files[_i].error)
        ck_assert_msg(strncmp(e.text, files[_i].error, strlen(files[_i].error)) == 0, "%s: \"%s\"",
                      files[_i].name, e.text);
    text_free(&got);
}
END_TEST

START_TEST(goes_on)
{
    static const char data[] = "[a\nk=1\n\0\n= 2\n[b]\na b=3\nl=4\n";
    struct text got;
    struct error e = {0};

    text_init(&got, SHOWS_FAULTS);
    ck_assert_msg(ini_read("f", data, sizeof data - 1, note, &got, &e), "%s", e.text);
    ck_assert_str_eq(text_str(&got), "1!f:1: neither a section, nor key = value;2[]k=1;"
                                     "3!f:3: NUL byte;4!f:4: neither a section, nor key = value;"
                                     "5[b];6!f:6: expected key = value, seen a blank in the key;"
                                     "7[b]l=4;");
    text_free(&got);
}
END_TEST

/* Lines are whole, or an error. */
static const struct {
    size_t len; /* of the line, without its newline */
    bool ok;
} lines[] = {{100, true},
             {199, true},
             {200, true},
             {201, true},
             {1000, true},
             {INI_LINE_MAX - 1, true},
             {INI_LINE_MAX, true},
             {INI_LINE_MAX + 1, false},
             {3 * INI_LINE_MAX, false}};

START_TEST(long_line)
{
    size_t len = lines[_i].len;
    char *data = malloc(len + 32);
    struct text got;
    struct error e;
    bool ok;

    memcpy(data, "[a]\nk=", 6);
    memset(data + 6, 'x', len - 2);
    memcpy(data + 4 + len, "\nl=w\n", 5);
    ok = read_all(data, len + 9, &got, &e);
    ck_assert_msg(ok == lines[_i].ok, "%zu bytes: %s", len, e.text);
    if (ok) {
        ck_assert_uint_eq(got.len, strlen("1[a];2[a]k=;3[a]l=w;") + len - 2);
        ck_assert_ptr_nonnull(strstr(text_str(&got), "x;3[a]l=w;"));
    } else {
        ck_assert_str_eq(e.text, "f:2: line too long");
    }
    text_free(&got);
    free(data);
}
END_TEST

/* A key alone may be as long as a line can be. */
START_TEST(long_key)
{
    char *data = malloc(INI_LINE_MAX + 1);
    struct text got;
    struct error e;

    memset(data, 'k', INI_LINE_MAX);
    ck_assert_msg(read_all(data, INI_LINE_MAX, &got, &e), "%s", e.text);
    ck_assert_uint_eq(got.len, INI_LINE_MAX + 4);
    text_free(&got);
    free(data);
}
END_TEST

START_TEST(too_large)
{
    char *data = malloc(INI_SIZE_MAX + 1);
    struct text got;
    struct error e;

    memset(data, '\n', INI_SIZE_MAX + 1);
    text_init(&got, 1000);
    ck_assert(!ini_read("f", data, INI_SIZE_MAX + 1, note, &got, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    text_free(&got);
    free(data);
}
END_TEST

static bool count_keys(void *ctx, const char *section, const char *key, const char *value, int line,
                       struct error *e)
{
    (void)value, (void)line, (void)e;
    *(int *)ctx += key != NULL;
    return section != NULL;
}

START_TEST(value_without_key)
{
    static const char text[] = "[a]\nb = c\n= d\n";
    struct error e = {0};
    int keys = 0;

    ck_assert(!ini_read("f", text, sizeof text - 1, count_keys, &keys, &e));
    ck_assert_int_eq(keys, 1);
    ck_assert_str_eq(e.text, "f:3: neither a section, nor key = value");
}
END_TEST

START_TEST(comment_after_section)
{
    static const char text[] =
        "[a] ; a comment that is longer than the name of a section may be\nb = c\n";
    struct error e = {0};
    int keys = 0;

    ck_assert_msg(ini_read("f", text, sizeof text - 1, count_keys, &keys, &e), "%s", e.text);
    ck_assert_int_eq(keys, 1);
}
END_TEST

UNIT_CASE(ini, {read, COUNT(files)}, {goes_on, 1}, {long_line, COUNT(lines)}, {long_key, 1},
          {too_large, 1}, {value_without_key, 1}, {comment_after_section, 1})
