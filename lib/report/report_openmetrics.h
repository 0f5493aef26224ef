/* SPDX-License-Identifier: BSD-2-Clause */
/* report_openmetrics: facts and verdict as metrics, for Prometheus and for node_exporter's textfile
 * collector. docs/output-and-perfdata.md has the names and labels, which are an interface. */
#ifndef REPORT_REPORT_OPENMETRICS_H
#define REPORT_REPORT_OPENMETRICS_H

#include "report/report.h"

/* Appends the whole output, "# EOF" included. out->failed says that memory ran out. */
void report_openmetrics(const struct report_config *c, const struct report_input *in,
                        struct text *out);

#endif
