/* SPDX-License-Identifier: BSD-2-Clause */
/* report_mail_json: what became of the partners' mail, as JSON. A part of report_mail. */
#ifndef REPORT_REPORT_MAIL_JSON_H
#define REPORT_REPORT_MAIL_JSON_H

#include "report/report_mail.h"

void report_mail_json(const struct mail_report *r, struct text *out);

#endif
