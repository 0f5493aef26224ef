/* SPDX-License-Identifier: BSD-2-Clause */
/* report_findings: the findings, a line each; of several partners a line for each partner. */
#ifndef REPORT_REPORT_FINDINGS_H
#define REPORT_REPORT_FINDINGS_H

#include "report/report.h"

/* Lines `\_ [STATE] gateway [address, address]: text`, one for all addresses of a gateway about
 * which the same is said; with `all` those that are OK too, and ` (code)` at the end of each. For
 * several partners a line for each, worst first, and the findings only with `all`. */
void report_findings(const struct report_config *c, const struct report_input *in, bool all,
                     struct text *out);

#endif
