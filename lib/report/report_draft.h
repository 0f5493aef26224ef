/* SPDX-License-Identifier: BSD-2-Clause */
/* report_draft: forms for the domains that were asked for, from what DNS and gateways show.
 *
 * Hides which gateways are a mail host's, whose names change, and which level can be required.
 * What is not as mandatory TLS requires
 * is a comment. */
#ifndef REPORT_REPORT_DRAFT_H
#define REPORT_REPORT_DRAFT_H

#include "report/report.h"

/* A section for each domain of the run, whose targets were judged at level verify. Returns how many
 * there are: a domain without gateway is a comment alone. */
size_t report_draft(const struct report_input *in, struct text *out);

#endif
