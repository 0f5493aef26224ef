/* SPDX-License-Identifier: BSD-2-Clause */
/* report_checklist: the steps to mandatory TLS with each partner, and how far each of them is. */
#ifndef REPORT_REPORT_CHECKLIST_H
#define REPORT_REPORT_CHECKLIST_H

#include "partner/partners.h"
#include "report/report.h"

/* Appends one checklist for each partner, whose rows the verdict has. A step that was not
 * measured says why. */
void report_checklist(const struct report_config *c, const struct report_input *in,
                      const struct partners *partners, struct text *out);

#endif
