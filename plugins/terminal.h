/* SPDX-License-Identifier: BSD-2-Clause */
/* terminal: what the terminal of a person, and its environment, say about output. */
#ifndef PLUGINS_TERMINAL_H
#define PLUGINS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether standard output is a terminal. */
bool terminal_is_output(void);

/* Whether a terminal is coloured, unless the user says so: not with NO_COLOR, nor where TERM is
 * "dumb". */
bool terminal_takes_colour(void);

/* How wide a table may be: COLUMNS, else the terminal's width; 0: of any width. `is_output`:
 * standard output is a terminal. */
size_t terminal_columns(bool is_output);

#endif
