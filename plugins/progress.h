/* SPDX-License-Identifier: BSD-2-Clause */
/* progress: one line on a terminal that says what a long run is doing.
 *
 * Hides when the line is shown, and that it is wiped before anything else is printed. All functions
 * may be called by any thread. */
#ifndef PLUGINS_PROGRESS_H
#define PLUGINS_PROGRESS_H

#include <stdatomic.h>
#include <stddef.h>

/* Standard output is a terminal of somebody who waits. Without this, nothing is ever shown. */
void progress_enable(void);

/* Has the line count, "3 of 8 gateways probed": `*done` of `all`, and what is done to them. `done`
 * NULL: it counts nothing any more. */
void progress_count(const atomic_size_t *done, size_t all, const char *what);

/* Shows the line anew: the count or, where nothing is counted, `activity`, as "looking up names". A
 * terminal that takes nothing is not waited for. */
void progress_show(const char *activity);

/* Wipes the line, if there is one. None is shown any more. */
void progress_end(void);

#endif
