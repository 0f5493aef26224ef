/* SPDX-License-Identifier: BSD-2-Clause */
/* report_json: everything as one JSON object; its schemas are in docs. */
#ifndef REPORT_REPORT_JSON_H
#define REPORT_REPORT_JSON_H

#include "report/report.h"

/* Appends to *out; out->failed says that memory ran out. */
void report_json(const struct report_config *c, const struct report_input *in, struct text *out);

#endif
