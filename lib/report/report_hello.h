/* SPDX-License-Identifier: BSD-2-Clause */
/* report_hello: what a gateway answered to the ClientHello of our mail server, as lines (-vv) and
 * in JSON. */
#ifndef REPORT_REPORT_HELLO_H
#define REPORT_REPORT_HELLO_H

#include <jansson.h>

#include "report/report.h"

/* Appends a line for each connection of a request; nothing where no hello was sent there. */
void report_hello_add(const struct report_input *in, size_t request, struct text *out);

/* Returns the address with its member "hello" where one was sent there. NULL: memory; the address
 * is then freed. */
json_t *report_hello_with(json_t *address, const struct report_input *in, size_t request);

#endif
