/* SPDX-License-Identifier: BSD-2-Clause */
/* report_answer: parts of a gateway's answer to a hello that we wrote, as text and in JSON, for
 * report_hello and report_profile. */
#ifndef REPORT_REPORT_ANSWER_H
#define REPORT_REPORT_ANSWER_H

#include <jansson.h>

#include "base/text.h"
#include "probe/hello_ask.h"
#include "tls/tls_code.h"

/* How a connection ended: "refused". Static. */
const char *report_answer_end(enum hello_ask_end end);

/* Appends ", NAME" for a number that is not 0. */
void report_answer_add(struct text *out, enum tls_code_kind kind, unsigned number);

/* Appends ", alert handshake failure" for the number of an alert. */
void report_answer_alert(struct text *out, int alert);

/* Returns a new string with the name of a number; JSON's null for 0. NULL: memory. */
json_t *report_answer_name(enum tls_code_kind kind, unsigned number);

/* Returns a new integer; JSON's null for 0. NULL: memory. */
json_t *report_answer_number(unsigned number);

#endif
