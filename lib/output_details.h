/* output_details: TLS and certificates of each address (-vv), and the conversation (-vvv). */
#ifndef OUTPUT_DETAILS_H
#define OUTPUT_DETAILS_H

#include "report.h"

/* Appends to *out; out->failed says that memory ran out. */
void output_details(const struct report_config *c, const struct report_input *in, struct text *out);

#endif
