/* SPDX-License-Identifier: BSD-2-Clause */
/* report_mail: what became of the partners' mail, in each format.
 *
 * Linked into check_mail_log alone. */
#ifndef REPORT_REPORT_MAIL_H
#define REPORT_REPORT_MAIL_H

#include "judge/judge_mail.h"
#include "report/report.h"
#include "report/text_table.h"

struct mail_report {
    const struct report_config *config;
    const struct mail_judge *judge;
    const struct mail_facts *facts;
    const struct mail_verdict *verdict;
};

/* Appends the first line without newline, as in report_summary. */
void report_mail_summary(const struct mail_report *r, struct text *out);

/* Appends the first line with its perfdata and newline. */
void report_mail_status(const struct mail_report *r, struct text *out);

/* The table, two rows for each partner; the caller frees it by text_table_free. False: memory,
 * there is no table. */
bool report_mail_table(const struct mail_report *r, struct text_table *out);

/* Appends a line about the log and our services. Appends nothing where there is no log. */
void report_mail_log(const struct mail_report *r, struct text *out);

/* Appends the whole output. out->failed says that memory ran out. */
void report_mail(const struct mail_report *r, struct text *out);

#endif
