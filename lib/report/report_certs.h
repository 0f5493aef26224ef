/* SPDX-License-Identifier: BSD-2-Clause */
/* report_certs: the certificates of each target as a table, with DANE and MTA-STS beside them. */
#ifndef REPORT_REPORT_CERTS_H
#define REPORT_REPORT_CERTS_H

#include "report/report.h"
#include "report/text_table.h"

/* Appends the tables; with `records` also TLSA records and what they match, and what the domain
 * says of MTA-STS and TLSRPT. out->failed says that memory ran out. */
void report_certs(const struct report_config *c, const struct report_input *in, bool records,
                  struct text *out);

/* The parts of one target's: its table in the widest layout, which the caller frees by
 * text_table_free (false: memory, there is no table), and the lines of `records`. */
bool report_certs_table(const struct report_input *in, size_t target, struct text_table *out);
void report_certs_records(const struct report_input *in, size_t target, struct text *out);

#endif
