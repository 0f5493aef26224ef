#include "grid.h"

#include <stdlib.h>

bool grid_init(struct grid *g, size_t columns, size_t cap, unsigned right)
{
    *g = (struct grid){.columns = columns, .cap = cap, .right = right};
    g->cells = calloc(columns * cap + 1, sizeof *g->cells);
    return g->cells != NULL;
}

void grid_free(struct grid *g)
{
    free(g->cells);
    *g = (struct grid){0};
}

struct grid_cell *grid_row(struct grid *g)
{
    return &g->cells[g->columns * g->rows++];
}

static size_t column_width(const struct grid *g, size_t column)
{
    size_t width = 0;

    for (size_t r = 0; r < g->rows; r++) {
        size_t w = text_width(g->cells[r * g->columns + column].text);

        width = w > width ? w : width;
    }
    return width;
}

/* Nothing is padded behind the last cell that has something. */
static size_t used_columns(const struct grid *g, size_t row)
{
    size_t used = g->columns;

    while (used > 0 && !g->cells[row * g->columns + used - 1].text[0])
        used--;
    return used;
}

static void print_cell(const struct grid_cell *cell, bool colour, struct text *out)
{
    bool marked = colour && cell->mark != GRID_PLAIN;
    const char *start = cell->mark == GRID_OK ? "\033[32m" : "\033[31m";

    text_addf(out, "%s%s%s", marked ? start : "", cell->text, marked ? "\033[0m" : "");
}

void grid_print(const struct grid *g, bool colour, struct text *out)
{
    size_t width[32];

    for (size_t c = 0; c < g->columns; c++)
        width[c] = column_width(g, c);
    for (size_t r = 0; r < g->rows; r++) {
        size_t used = used_columns(g, r);

        for (size_t c = 0; c < used; c++) {
            const struct grid_cell *cell = &g->cells[r * g->columns + c];
            bool right = g->right & 1u << c, last = c + 1 == used;
            int pad = (int)(width[c] - text_width(cell->text));

            text_addf(out, "%*s", right ? pad : 0, "");
            print_cell(cell, colour, out);
            text_addf(out, "%*s", last ? 0 : (right ? 0 : pad) + 2, "");
        }
        text_add(out, "\n");
    }
}
