/* SPDX-License-Identifier: BSD-2-Clause */
/* report_partners: a table with a row for each partner. */
#ifndef REPORT_REPORT_PARTNERS_H
#define REPORT_REPORT_PARTNERS_H

#include "report/report.h"
#include "report/text_table.h"

/* Appends the table: state, gateways without a fault, whether names and CA are those that are due,
 * the days until the first certificate expires, and the codes of what is wrong. Nothing where the
 * targets are no partner's. */
void report_partners(const struct report_config *c, const struct report_input *in,
                     struct text *out);

/* The table itself, nothing cut, a row for each partner after the head; the caller frees it by
 * text_table_free. False: memory, there is no table. */
bool report_partners_table(const struct report_input *in, struct text_table *out);

#endif
