/* SPDX-License-Identifier: BSD-2-Clause */
/* hints: what to type instead of what was refused, where that is obvious.
 *
 * Hides how a mistyped option and a misplaced target are recognised. Errors have ERROR_USAGE. */
#ifndef PLUGINS_HINTS_H
#define PLUGINS_HINTS_H

#include <getopt.h>

#include "base/error.h"
#include "plugins/option_row.h"

/* The text for a long option that is not among `longs` (as getopt_long takes them) or is the
 * beginning of several of them; `word` is as it was typed, with its value. */
void hints_unknown(const struct option *longs, const char *word, struct error *e);

/* The text for an argument that belongs to no option. `rows`: the plugin's own. */
void hints_argument(const struct option_row *rows, const char *word, struct error *e);

/* Replaces the text of an error about the value of a target's option, where the value is a URL,
 * has a port, or belongs to another of the plugin's options. */
void hints_value(const struct option_row *rows, const struct option_row *row, const char *value,
                 struct error *e);

#endif
