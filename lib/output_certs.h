/* output_certs: the certificates of each target as a table, with DANE and MTA-STS beside them. */
#ifndef OUTPUT_CERTS_H
#define OUTPUT_CERTS_H

#include "report.h"

/* Appends the tables; with `records` also TLSA records and what they match, and what the domain
 * says of MTA-STS and TLSRPT. out->failed says that memory ran out. */
void output_certs(const struct report_config *c, const struct report_input *in, bool records,
                  struct text *out);

#endif
