/* SPDX-License-Identifier: BSD-2-Clause */
/* report_html_certs: the sessions and the certificates of a part of the page, each once. */
#ifndef REPORT_REPORT_HTML_CERTS_H
#define REPORT_REPORT_HTML_CERTS_H

#include <stdbool.h>
#include <stddef.h>

#include "report/html_writer.h"
#include "report/report.h"

/* Begins zeroed but for `in` and `transcripts`; free(part_of) frees it. */
struct report_html_certs {
    const struct report_input *in;
    bool transcripts; /* are shown */
    size_t *part_of;  /* of each session: the number of the part that showed it last */
    size_t part;
};

/* Makes room for what was shown. False: memory. */
bool report_html_certs_begin(struct report_html_certs *s);

/* Writes what the sessions to the gateways of targets `first` to before `end` negotiated, their
 * certificates, and the transcripts. Writes nothing where there was no session. */
void report_html_certs(struct report_html_certs *s, size_t first, size_t end,
                       struct html_writer *w);

#endif
