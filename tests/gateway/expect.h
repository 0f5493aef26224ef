/* SPDX-License-Identifier: BSD-2-Clause */
/* Expected output: lines with placeholders, compared, shown as a difference, and written anew.
 *
 *   {s} 0.123   {ms} 1,234   {days} -83.4   {n} 17   {*} anything */
#ifndef LAB_EXPECT_H
#define LAB_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

bool expect_match(const char *want, const char *got);

/* True where every wanted line is matched in order and nothing else came. Else the difference is
 * added to `report`, with "-" for what is missing and "+" for what came instead. */
bool expect_lines(char **want, size_t n_want, char **got, size_t n_got, struct buf *report);

/* The same where the wanted lines only have to occur somewhere. */
bool expect_contains(char **want, size_t n_want, char **got, size_t n_got, struct buf *report);

/* The line with placeholders for its timings. */
char *expect_generalise(const char *line);

#endif
