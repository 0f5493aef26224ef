/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/text_table.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32 };

bool text_table_init(struct text_table *g, size_t columns, size_t cap, unsigned right)
{
    *g = (struct text_table){.columns = columns, .cap = cap, .right = right};
    g->cells = calloc(columns * cap + 1, sizeof *g->cells);
    return g->cells != NULL;
}

void text_table_free(struct text_table *g)
{
    free(g->cells);
    *g = (struct text_table){0};
}

struct text_table_cell *text_table_row(struct text_table *g)
{
    return &g->cells[g->columns * g->rows++];
}

struct text_table_cell *text_table_heads(struct text_table *g, const char *const *heads)
{
    struct text_table_cell *row = text_table_row(g);

    for (size_t c = 0; c < g->columns; c++)
        text_copy(row[c].text, sizeof row->text, heads[c]);
    return row;
}

void text_table_fill(struct text_table_cell *cell, bool ok, const char *text)
{
    text_copy(cell->text, sizeof cell->text, text);
    cell->mark = ok ? TEXT_TABLE_OK : TEXT_TABLE_FAIL;
}

void text_table_verdict(struct text_table_cell *cell, bool ok)
{
    text_table_fill(cell, ok, ok ? "OK" : "FAIL");
}

void text_table_heading(struct text_table *g, const char *text)
{
    struct text_table_cell *row = text_table_row(g);

    text_copy(row->text, sizeof row->text, text);
    row->mark = TEXT_TABLE_HEADING;
}

/* Whether the row of that index, below g->rows, is a heading. */
static bool is_heading(const struct text_table *g, size_t row)
{
    return g->cells[row * g->columns].mark == TEXT_TABLE_HEADING;
}

/* Returns the characters of a column's longest cell, headings excluded; 0: the column is empty. */
static size_t column_width(const struct text_table *g, size_t column)
{
    size_t width = 0;

    for (size_t r = 0; r < g->rows; r++) {
        size_t w = text_width(g->cells[r * g->columns + column].text);

        if (is_heading(g, r))
            continue;
        width = w > width ? w : width;
    }
    return width;
}

/* Returns how many columns the row has up to its last cell with a text; 0: it has none. No cell
 * after that is printed. */
static size_t used_columns(const struct text_table *g, size_t row)
{
    size_t used = g->columns;

    while (used > 0 && !g->cells[row * g->columns + used - 1].text[0])
        used--;
    return used;
}

/* Sets width[i] to the characters of the longest cell of each column, headings excluded; 0: the
 * column is empty. `width` has room for g->columns. */
static void column_widths(const struct text_table *g, size_t *width)
{
    for (size_t c = 0; c < g->columns; c++)
        width[c] = column_width(g, c);
}

size_t text_table_width(const struct text_table *g, unsigned numbers, size_t least)
{
    size_t width[COLUMNS_MAX], most = 0;

    column_widths(g, width);
    for (size_t c = 0; c < g->columns; c++) {
        if (numbers & 1u << c && width[c] < least)
            width[c] = least;
    }
    for (size_t r = 0; r < g->rows; r++) {
        size_t used = used_columns(g, r), sum = 0;

        for (size_t c = 0; c < used; c++)
            sum += width[c] > 0 ? width[c] + 2 : 0;
        if (!is_heading(g, r) && sum > most)
            most = sum;
    }
    return most > 2 ? most - 2 : 0;
}

/* Returns the offset in bytes of the character with that number, from 0; the text's length where it
 * has fewer. */
static size_t character(const char *s, size_t number)
{
    size_t i = 0;

    for (; s[i] && number > 0; number--) {
        i++;
        while (((unsigned char)s[i] & 0xc0) == 0x80)
            i++;
    }
    return i;
}

void text_table_cut(char *text, size_t width)
{
    static const char dots[] = "...";
    size_t count = text_width(text), kept, head, tail;

    if (count <= width || width < sizeof dots + 1)
        return;
    kept = width - strlen(dots);
    head = character(text, kept - kept / 2);
    tail = character(text, count - kept / 2);
    memcpy(text + head, dots, strlen(dots));
    memmove(text + head + strlen(dots), text + tail, strlen(text + tail) + 1);
}

/* Appends the heading as a line, cut to `width` characters; 0: not cut. */
static void print_heading(const struct text_table_cell *cell, size_t width, struct text *out)
{
    char text[TEXT_TABLE_CELL];

    text_copy(text, sizeof text, cell->text);
    if (width > 0)
        text_table_cut(text, width);
    text_addf(out, "%s\n", text);
}

/* Appends the cell's text without padding; `colour`: in the colour of its mark, if it has one. */
static void print_cell(const struct text_table_cell *cell, bool colour, struct text *out)
{
    const char *start = cell->mark == TEXT_TABLE_OK ? "\033[32m" : "\033[31m";

    if (colour && cell->mark != TEXT_TABLE_PLAIN)
        text_addf(out, "%s%s\033[0m", start, cell->text);
    else
        text_add(out, cell->text);
}

/* Appends the row of that index, which is no heading, as a line. `width` is what column_widths
 * wrote; columns of width 0 are left out. */
static void print_row(const struct text_table *g, size_t r, const size_t *width, bool colour,
                      struct text *out)
{
    size_t used = used_columns(g, r);

    for (size_t c = 0; c < used; c++) {
        const struct text_table_cell *cell = &g->cells[r * g->columns + c];
        int pad = (int)(width[c] - text_width(cell->text));

        if (width[c] == 0)
            continue;
        if (g->right & 1u << c) {
            text_addf(out, "%*s", pad, "");
            pad = 0;
        }
        print_cell(cell, colour, out);
        if (c + 1 < used)
            text_addf(out, "%*s", pad + 2, "");
    }
    text_add(out, "\n");
}

void text_table_print(const struct text_table *g, size_t width, bool colour, struct text *out)
{
    size_t widths[COLUMNS_MAX];

    column_widths(g, widths);
    for (size_t r = 0; r < g->rows; r++) {
        if (is_heading(g, r))
            print_heading(&g->cells[r * g->columns], width, out);
        else
            print_row(g, r, widths, colour, out);
    }
}
