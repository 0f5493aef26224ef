/* grid: a table of text cells, aligned and perhaps coloured. Pure. */
#ifndef GRID_H
#define GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

enum { GRID_CELL = 320 };

enum grid_mark { GRID_PLAIN, GRID_OK, GRID_FAIL };

struct grid_cell {
    char text[GRID_CELL];
    enum grid_mark mark;
};

struct grid {
    struct grid_cell *cells;
    size_t columns, rows, cap;
    unsigned right; /* bit i: column i is aligned to the right */
};

/* Room for `cap` rows. False: memory. grid_free frees it. */
bool grid_init(struct grid *g, size_t columns, size_t cap, unsigned right);
void grid_free(struct grid *g);

/* A new row of empty cells; there must be room. */
struct grid_cell *grid_row(struct grid *g);

void grid_print(const struct grid *g, bool colour, struct text *out);

#endif
