/* SPDX-License-Identifier: BSD-2-Clause */
/* text_table: a table of text cells, aligned and perhaps coloured. Pure. */
#ifndef REPORT_TEXT_TABLE_H
#define REPORT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { TEXT_TABLE_CELL = 320 };

/* A first cell that is a heading has its line for itself, and widens no column. */
enum text_table_mark { TEXT_TABLE_PLAIN, TEXT_TABLE_OK, TEXT_TABLE_FAIL, TEXT_TABLE_HEADING };

struct text_table_cell {
    char text[TEXT_TABLE_CELL];
    enum text_table_mark mark;
};

struct text_table {
    struct text_table_cell *cells;
    size_t columns, rows, cap;
    unsigned right; /* bit i: column i is aligned to the right */
};

/* Room for `cap` rows. False: memory. text_table_free frees it. */
bool text_table_init(struct text_table *g, size_t columns, size_t cap, unsigned right);
void text_table_free(struct text_table *g);

/* A new row of empty cells; there must be room. */
struct text_table_cell *text_table_row(struct text_table *g);

/* A new row with the heads of the columns, g->columns of them; there must be room. Returns its
 * cells. */
struct text_table_cell *text_table_heads(struct text_table *g, const char *const *heads);

/* Replaces the cell's text, which is clean already, and marks it as good or bad. */
void text_table_fill(struct text_table_cell *cell, bool ok, const char *text);

/* The same with "OK" or "FAIL". */
void text_table_verdict(struct text_table_cell *cell, bool ok);

/* A new row that is a heading; there must be room. */
void text_table_heading(struct text_table *g, const char *text);

/* How many characters the longest row has that is no heading, where columns in the bits of
 * `numbers` have `least` at least: a layout should not depend on how long a number is. */
size_t text_table_width(const struct text_table *g, unsigned numbers, size_t least);

/* Cuts clean text in the middle to that many characters (5 at least): the ends are what differs. */
void text_table_cut(char *text, size_t width);

/* Columns that are empty are left out. `width`: where a heading is cut; 0: nowhere. */
void text_table_print(const struct text_table *g, size_t width, bool colour, struct text *out);

#endif
