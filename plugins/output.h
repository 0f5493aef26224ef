/* SPDX-License-Identifier: BSD-2-Clause */
/* output: writes a report to standard output, or to a file, to a deadline.
 *
 * Hides that standard output may be closed, non-blocking, or a pipe that nobody reads, and that a
 * file is replaced whole or not at all. */
#ifndef PLUGINS_OUTPUT_H
#define PLUGINS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"

/* Opens /dev/null in place of the descriptors 0 to 2 that are closed: a connection that was given
 * one of these numbers would take our output. Before anything else is opened. */
void output_open_standard(void);

enum output_result { OUTPUT_WRITTEN, OUTPUT_LATE, OUTPUT_FAILED };

/* Writes `len` bytes to standard output. OUTPUT_LATE: `limit` passed before all was taken;
 * OUTPUT_FAILED: nobody reads it any more, or it was closed at the start. Where it is non-blocking,
 * it stays so, and is waited for; where it is not, the write itself may wait for a reader past the
 * limit: another thread has to end the process. */
enum output_result output_write(const char *s, size_t len, const struct deadline_limit *limit);

/* Wherever there is room for anything, a text of at most one piece can be written whole. */
enum { OUTPUT_PIECE = 4096 };

/* Writes as much as standard output takes without waiting. */
enum output_result output_line(const char *s, size_t len);

/* Replaces the content of the file at `path` by `len` bytes: they are written to a new file beside
 * it, synchronised, and renamed. False with `e` filled, the text as "\"PATH\": REASON"; the file is
 * then as it was. */
bool output_replace(const char *path, const char *s, size_t len, struct error *e);

/* Removes the new file of an output_replace that is under way, whose thread must do nothing more.
 * For any thread, right before the process ends. */
void output_abandon(void);

#endif
