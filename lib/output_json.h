/* output_json: everything as one JSON object; its schemas stand in docs. */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include "report.h"

/* Appends to *out; out->failed says that memory ran out. */
void output_json(const struct report_config *c, const struct report_input *in, struct text *out);

#endif
