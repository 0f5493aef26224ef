/* output: one report in one format: for Nagios and Icinga, as the matrix, as JSON.
 *
 * With its parts (output_*) the only place that knows a format. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "report.h"

/* Appends the whole output, last newline included. out->failed says that memory ran out. */
void output_render(const struct report_config *c, const struct report_input *in, struct text *out);

#endif
