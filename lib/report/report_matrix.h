/* SPDX-License-Identifier: BSD-2-Clause */
/* report_matrix: TestReceiver's matrix: a row for each address of an MX host, a column a stage. */
#ifndef REPORT_REPORT_MATRIX_H
#define REPORT_REPORT_MATRIX_H

#include "report/report.h"
#include "report/text_table.h"

/* Appends to *out; out->failed says that memory ran out. */
void report_matrix(const struct report_config *c, const struct report_input *in, struct text *out);

/* The matrix of one target. */
void report_matrix_of(const struct report_config *c, const struct report_input *in, size_t target,
                      struct text *out);

/* Its parts: the line above the table, without newline, and the table in its widest layout, which
 * the caller frees by text_table_free. False: memory, there is no table. */
void report_matrix_title(const struct report_input *in, size_t target, struct text *out);
bool report_matrix_table(const struct report_input *in, size_t target, struct text_table *out);

#endif
