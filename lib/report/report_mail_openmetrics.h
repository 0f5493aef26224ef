/* SPDX-License-Identifier: BSD-2-Clause */
/* report_mail_openmetrics: what became of the partners' mail, as metrics. Linked into
 * check_mail_log alone. */
#ifndef REPORT_REPORT_MAIL_OPENMETRICS_H
#define REPORT_REPORT_MAIL_OPENMETRICS_H

#include "report/report_mail.h"

/* Appends the whole output, "# EOF" included. out->failed says that memory ran out. */
void report_mail_openmetrics(const struct mail_report *r, struct text *out);

#endif
