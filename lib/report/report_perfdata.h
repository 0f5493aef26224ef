/* SPDX-License-Identifier: BSD-2-Clause */
/* report_perfdata: the metrics of a run, those of no gateway first (--perfdata). */
#ifndef REPORT_REPORT_PERFDATA_H
#define REPORT_REPORT_PERFDATA_H

#include "report/report.h"

/* Appends to *out; out->failed says that memory ran out. */
void report_perfdata(const struct report_config *c, const struct report_input *in,
                     struct text *out);

#endif
