/* SPDX-License-Identifier: BSD-2-Clause */
/* cases_report: what is said of partners and of their mail, with failing memory. */
#ifndef FAULT_CASES_REPORT_H
#define FAULT_CASES_REPORT_H

#include <stdbool.h>

/* Makes the facts that the cases judge. False: they cannot be made. */
bool cases_report_begin(void);
void cases_report_end(void);

/* As in struct fault_case. Of the partners' mail, and of the partners. */
bool cases_mail_nagios(void);
bool cases_mail_table(void);
bool cases_mail_json(void);
bool cases_mail_openmetrics(void);
bool cases_mail_html(void);
bool cases_partners_nagios(void);
bool cases_partners_table(void);
bool cases_partners_json(void);
bool cases_partners_openmetrics(void);
bool cases_partners_html(void);

#endif
