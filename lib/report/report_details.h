/* SPDX-License-Identifier: BSD-2-Clause */
/* report_details: TLS and certificates of each address (-vv), each certificate in full once, and
 * the conversation (-vvv). */
#ifndef REPORT_REPORT_DETAILS_H
#define REPORT_REPORT_DETAILS_H

#include "report/report.h"

/* Appends to *out; out->failed says that memory ran out. */
void report_details(const struct report_config *c, const struct report_input *in, struct text *out);

#endif
