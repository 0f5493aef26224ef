/* output_perfdata: the metrics of a run, those of no gateway first (--perfdata). */
#ifndef OUTPUT_PERFDATA_H
#define OUTPUT_PERFDATA_H

#include "report.h"

/* Appends to *out; out->failed says that memory ran out. */
void output_perfdata(const struct report_config *c, const struct report_input *in,
                     struct text *out);

#endif
