/* SPDX-License-Identifier: BSD-2-Clause */
/* report_mail_html: what became of the partners' mail as one page that needs nothing else. */
#ifndef REPORT_REPORT_MAIL_HTML_H
#define REPORT_REPORT_MAIL_HTML_H

#include "report/report_mail.h"

/* Appends the page: the table, the findings, worst first, with what to do, and what waits. Findings
 * that are OK are added from verbosity 1 on. The verdict must not have failed. out->failed says
 * that memory ran out. */
void report_mail_html(const struct mail_report *r, struct text *out);

#endif
