/* SPDX-License-Identifier: BSD-2-Clause */
/* report_html_form: a partner's form beside what was measured.
 *
 * Whether the two agree is what the verdict says of it: nothing is compared here. */
#ifndef REPORT_REPORT_HTML_FORM_H
#define REPORT_REPORT_HTML_FORM_H

#include "partner/partners.h"
#include "report/html_writer.h"
#include "report/report.h"

/* Writes whom to call, and a table of the fields of the form of the partner whose row in the
 * verdict is the i-th. */
void report_html_form(const struct report_input *in, const struct partner_run *run, size_t i,
                      struct html_writer *w);

#endif
