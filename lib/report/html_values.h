/* SPDX-License-Identifier: BSD-2-Clause */
/* html_values: the values of one cell of a table, each once, with those that differ from what is
 * due. Pure. */
#ifndef REPORT_HTML_VALUES_H
#define REPORT_HTML_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "report/html_writer.h"

enum { HTML_VALUES_MAX = 64, HTML_VALUES_BYTES = 320 };

/* Begins zeroed. */
struct html_values {
    char at[HTML_VALUES_MAX][HTML_VALUES_BYTES];
    bool differs[HTML_VALUES_MAX];
    size_t count;
    bool more; /* than HTML_VALUES_MAX: the others are not here */
};

/* Adds a value unless it is there; it differs if one of the same text does. */
void html_values_add(struct html_values *v, const char *text, bool differs);

/* Writes the cell, each value on a line of its own; `none` where there are none. */
void html_values_write(const struct html_values *v, const char *none, struct html_writer *w);

#endif
