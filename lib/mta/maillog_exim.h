/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_exim: what a line of Exim's main log says (4.90 and later).
 *
 * Hides the flags and fields of the lines (the Exim specification, "Log files"). Pure. */
#ifndef MTA_MAILLOG_EXIM_H
#define MTA_MAILLOG_EXIM_H

#include <stdbool.h>

#include "mta/maillog_event.h"
#include "mta/maillog_line.h"

/* Fills in *out but for its time. `goes_on`: the text is only the first part of what Exim wrote.
 * False: the line says nothing that matters. */
bool maillog_exim_event(const struct maillog_line *line, bool goes_on, struct maillog_event *out);

#endif
