/* SPDX-License-Identifier: BSD-2-Clause */
/* report_render: one report in one format: for Nagios and Icinga, as the matrix, as JSON, as
 * metrics, as a page.
 *
 * With its parts (report_*) the only place that knows a format. */
#ifndef REPORT_REPORT_RENDER_H
#define REPORT_REPORT_RENDER_H

#include "report/report.h"

/* Appends the whole output, last newline included. out->failed says that memory ran out. */
void report_render(const struct report_config *c, const struct report_input *in, struct text *out);

/* Appends the first line of the format nagios, with its perfdata and newline: what there is to say
 * where the report goes to a file. */
void report_render_status(const struct report_config *c, const struct report_input *in,
                          struct text *out);

#endif
