/* SPDX-License-Identifier: BSD-2-Clause */
/* report_summary: a whole verdict, or a partner's, in one short line.
 *
 * Hides what is said where all is well, and what is cut where a line does not fit. */
#ifndef REPORT_REPORT_SUMMARY_H
#define REPORT_REPORT_SUMMARY_H

#include "report/report.h"

/* "SMTP_TLS OK - hella.com: 3 of 3 gateways verified": under 120 bytes, no newline, no perfdata. */
void report_summary(const struct report_config *c, const struct report_input *in, struct text *out);

/* The summary of the i-th partner, in at most 160 bytes without newline. */
void report_summary_partner(const struct report_input *in, size_t i, struct text *out);

/* How many partners are in each state; a form that cannot be read counts as one that is unknown. */
void report_summary_count(const struct verdict *v, struct state_count *c);

#endif
