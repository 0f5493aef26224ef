/* output_matrix: TestReceiver's matrix: a row for each address of an MX host, a column a stage. */
#ifndef OUTPUT_MATRIX_H
#define OUTPUT_MATRIX_H

#include "report.h"

/* Appends to *out; out->failed says that memory ran out. */
void output_matrix(const struct report_config *c, const struct report_input *in, struct text *out);

/* That of one target. */
void output_matrix_of(const struct report_config *c, const struct report_input *in, size_t target,
                      struct text *out);

#endif
