/* SPDX-License-Identifier: BSD-2-Clause */
/* report_offers: the SMTP extensions that a gateway offers inside TLS, and its request for a client
 * certificate, as lines (-vv) and as the row of an HTML table. */
#ifndef REPORT_REPORT_OFFERS_H
#define REPORT_REPORT_OFFERS_H

#include <stdbool.h>

#include "base/text.h"
#include "probe/observation.h"
#include "report/html_writer.h"

/* Whether anything is known of what the gateway offers or asks for. */
bool report_offers_known(const struct observation *o);

/* Appends the lines; nothing of what is not known, nor where no certificate is asked for. */
void report_offers_add(const struct observation *o, struct text *out);

/* Writes the head of the table, which is open. */
void report_offers_html_head(struct html_writer *w);

/* Writes the row of a session to `place`, of which something must be known, into the table. */
void report_offers_html_row(const char *place, const struct observation *o, struct html_writer *w);

#endif
