/* SPDX-License-Identifier: BSD-2-Clause */
/* report: what all formats show: facts and their verdict, and how targets and gateways are
 * labelled.
 *
 * Reports write to memory and judge nothing. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "judge/facts.h"
#include "judge/judge_config.h"
#include "judge/verdict.h"

enum report_format { REPORT_NAGIOS, REPORT_TABLE, REPORT_JSON, REPORT_OPENMETRICS, REPORT_HTML };
enum report_perfdata { PERFDATA_GATEWAY, PERFDATA_ADDRESS, PERFDATA_NONE, PERFDATA_TOTAL };

struct report_config {
    const char *service; /* "SMTP_TLS" */
    enum report_format format;
    enum report_perfdata perfdata;
    unsigned perfdata_max; /* gateways with data of their own */
    bool plain_thresholds;
    int verbosity; /* 0..3 */
    bool colour;
    size_t width;            /* of the terminal, in characters; 0: lines may be of any length */
    bool unasked;            /* the format is the terminal's, not the user's choice */
    double seconds, timeout; /* what the run took, and might have taken */
};

struct report_input {
    const struct judge_config *judge;
    const struct facts *facts;
    const struct verdict *verdict; /* finished */
};

/* The name of a target: the mail address, domain or host that was asked for. */
const char *report_target(const struct resolve_target *t);

/* The same, clean and cut to `cap` bytes. */
void report_clean_target(const struct resolve_target *t, char *out, size_t cap);

/* A gateway's label: the host, and its port unless 25. */
void report_label(const struct resolve_host *h, char *out, size_t cap);

/* Where a finding is: its gateway's label, or else its target; "" where it is about a form as a
 * whole. */
void report_place(const struct report_input *in, const struct finding *f, char *out, size_t cap);

/* The last line of a table that nobody asked for. */
void report_unasked(const struct report_config *c, struct text *out);

/* A walk over gateways. */
struct report_walk {
    bool *seen;        /* the walker's, with room for host_count, zeroed */
    size_t target, mx; /* where it is, at first 0 */
};

/* The next gateway in the order of targets and preferences, each once; false past the last. */
bool report_next_host(const struct facts *f, struct report_walk *w, size_t *host);

#endif
