/* SPDX-License-Identifier: BSD-2-Clause */
/* report_html: the whole run as one page that needs nothing else: for a partner, an auditor, a
 * dashboard of all partners. */
#ifndef REPORT_REPORT_HTML_H
#define REPORT_REPORT_HTML_H

#include "partner/partners.h"
#include "report/report.h"

/* Appends the page: a row for each partner or target, the findings, worst first, with what to do,
 * the matrix of each target, and each certificate once. Findings that are OK are added from
 * verbosity 1 on, transcripts at 3. `partners`: those whose rows the verdict has, of each of whom
 * the form is shown beside what was measured; NULL: the targets are nobody's in particular. The
 * verdict must not have failed. out->failed says that memory ran out. */
void report_html(const struct report_config *c, const struct report_input *in,
                 const struct partners *partners, struct text *out);

#endif
