/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form_shape.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

#define S(literal) literal, sizeof literal - 1
#define UTF16 "UTF-16: save the file as UTF-8"
#define LATIN1 "not UTF-8: if the file is in Latin-1, use iconv -f latin1 -t utf-8"
#define JSON "JSON, not a form"
#define TABLE "a table (CSV), not a form"

static const struct {
    const char *text;
    size_t len;
    const char *shape; /* NULL: it may be a form */
    int line;          /* where there is a shape */
} shapes[] = {
    {S(""), NULL, 0},
    {S("[a]\n"), NULL, 0},
    {S("# {\n; a;b;c\n\n[a]\n"), NULL, 0},
    {S("hello\n"), NULL, 0},
    {S("a, b\n"), NULL, 0},
    {S("a; b, c\n"), NULL, 0},
    {S("a = b, c, d\n"), NULL, 0},
    {S("[a] a,b,c\n"), NULL, 0},
    {S("a\n1,2,3\n"), NULL, 0},
    {S("[a\n"), NULL, 0},
    {S("\xff"), LATIN1, 1},
    {S("\xff\xfe"), UTF16, 1},
    {S("\xfe\xff"), UTF16, 1},
    {S("[\0a\0"), UTF16, 1},
    {S("\0["), UTF16, 1},
    {S("[a]\nb = \xfc\n"), LATIN1, 2},
    {S("\n\n\xfc"), LATIN1, 3},
    {S("{"), JSON, 1},
    {S("\xef\xbb\xbf{"), JSON, 1},
    {S("\n# x\r\n ; y\n \t{ \"a\": 1 }"), JSON, 4},
    {S("[\r\n"), JSON, 1},
    {S("[ {\"a\": 1}]"), JSON, 1},
    {S("[\"a\"]"), JSON, 1},
    {S("a;b;c"), TABLE, 1},
    {S("a,b,"), TABLE, 1},
    {S("\n,,\n"), TABLE, 2},
    {S("a\tb\tc"), TABLE, 1},
};

START_TEST(shape)
{
    size_t len = shapes[_i].len;
    char *exact = malloc(len ? len : 1); /* nothing after it may be read */
    const char *got;
    int line = 99;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, shapes[_i].text, len);
    got = form_shape(exact, len, &line);
    ck_assert_pstr_eq(got, shapes[_i].shape);
    if (got)
        ck_assert_msg(line == shapes[_i].line, "\"%s\": line %d", shapes[_i].text, line);
    free(exact);
}
END_TEST

UNIT_CASE(form_shape, {shape, COUNT(shapes)})
