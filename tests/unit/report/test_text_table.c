/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text_table.h"

#include "unit/unit.h"

static const struct {
    const char *in;
    size_t width;
    const char *want;
} cuts[] = {
    {"mx1.example.com", 15, "mx1.example.com"},
    {"mx1.example.com", 14, "mx1.ex...e.com"},
    {"mx1.example.com", 9, "mx1...com"},
    {"mx1.example.com", 5, "m...m"},
    {"mx1.example.com", 4, "mx1.example.com"}, /* no room for anything beside the dots */
    {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc", 6, "\xc3\xa4\xc3\xb6...\xc3\xbc"},
    {"", 10, ""},
};

START_TEST(cut)
{
    char text[TEXT_TABLE_CELL];

    text_copy(text, sizeof text, cuts[_i].in);
    text_table_cut(text, cuts[_i].width);
    ck_assert_str_eq(text, cuts[_i].want);
}
END_TEST

/* A heading widens no column, and a column without text is not there. */
START_TEST(layout)
{
    struct text_table g;
    struct text out;
    struct text_table_cell *row;

    text_init(&out, 1000);
    ck_assert(text_table_init(&g, 3, 2, 0));
    text_table_heading(&g, "a heading that is long");
    row = text_table_row(&g);
    text_copy(row[0].text, TEXT_TABLE_CELL, "a");
    text_copy(row[2].text, TEXT_TABLE_CELL, "b");
    ck_assert_uint_eq(text_table_width(&g, 0, 0), 4);
    ck_assert_uint_eq(text_table_width(&g, 1u << 2, 7), 10);
    text_table_print(&g, 12, false, &out);
    ck_assert_str_eq(text_str(&out), "a hea...long\na  b\n");
    text_free(&out);
    text_table_free(&g);
}
END_TEST

/* Numbers are right-aligned, and nothing is printed after the last text of a row. */
START_TEST(alignment)
{
    static const char *const heads[] = {"name", "n", "last"};
    struct text_table g;
    struct text out;
    struct text_table_cell *row;

    text_init(&out, 1000);
    ck_assert(text_table_init(&g, 3, 4, 1u << 1));
    text_table_heads(&g, heads);
    row = text_table_row(&g);
    text_copy(row[0].text, TEXT_TABLE_CELL, "\xc3\xbc");
    text_table_fill(&row[1], false, "100");
    row = text_table_row(&g);
    text_copy(row[0].text, TEXT_TABLE_CELL, "longer");
    text_table_verdict(&row[1], true);
    text_table_verdict(&row[2], false);
    row = text_table_row(&g);
    ck_assert_uint_eq(text_table_width(&g, 0, 0), 6 + 2 + 3 + 2 + 4);
    text_table_print(&g, 0, false, &out);
    ck_assert_str_eq(text_str(&out),
                     "name      n  last\n\xc3\xbc       100\nlonger   OK  FAIL\n\n");
    text_free(&out);
    text_table_print(&g, 0, true, &out);
    ck_assert_str_eq(text_str(&out), "name      n  last\n\xc3\xbc       \033[31m100\033[0m\n"
                                     "longer   \033[32mOK\033[0m  \033[31mFAIL\033[0m\n\n");
    text_free(&out);
    text_table_free(&g);
}
END_TEST

UNIT_CASE(text_table, {cut, COUNT(cuts)}, {layout, 1}, {alignment, 1})
