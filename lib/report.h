/* report: what all output formats share: the first line, the findings, labels and their order.
 *
 * It writes to memory and judges nothing. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "verdict.h"
#include "text.h"

enum report_format { REPORT_NAGIOS, REPORT_TABLE, REPORT_JSON, REPORT_CHECKLIST };
enum report_perfdata { PERFDATA_GATEWAY, PERFDATA_ADDRESS, PERFDATA_NONE };

struct report_config {
    const char *service; /* "SMTP_TLS" */
    enum report_format format;
    enum report_perfdata perfdata;
    bool plain_thresholds;
    int verbosity; /* 0..3 */
    bool colour;
    double seconds, timeout; /* what the run took, and might have taken */
};

struct report_input {
    const struct judge_config *judge;
    const struct resolution *resolution;
    const struct plan *plan;
    const struct observation *observations;
    const struct verdict *verdict;
    const struct revocation_check *revocations; /* as in judge_input */
    size_t revocation_count;
    const struct sts_facts *sts;
    const struct fleet *fleet; /* likewise */
};

/* "SMTP_TLS OK - hella.com: 3 of 3 gateways verified": under 120 bytes, no newline, no perfdata. */
void report_first_line(const struct report_config *c, const struct report_input *in,
                       struct text *out);

/* Lines `\_ [STATE] gateway [address]: text`; with `all` those that are OK too, and ` (code)` at
 * the end of each. Of a fleet of several partners a line for each, worst first, and the findings
 * only where `all`. */
void report_findings(const struct report_input *in, bool all, struct text *out);

/* The partners of a fleet; a form that cannot be read counts as one that is unknown, what [own]
 * names does not. */
void report_count_partners(const struct report_input *in, struct state_count *c);

/* What there is to say of a fleet's i-th partner, in a line without newline. */
void report_partner(const struct report_input *in, size_t i, struct text *out);

/* What a target is called: the mail address, domain or host that was asked for. */
const char *report_target(const struct resolve_target *t);

/* A gateway's label: the host, and its port unless 25. */
void report_label(const struct resolve_host *h, char *out, size_t cap);

/* A walk over gateways. */
struct report_walk {
    bool *seen;        /* the walker's, with room for host_count, zeroed */
    size_t target, mx; /* where it is, at first 0 */
};

/* The next gateway in the order of targets and preferences, each once; false past the last. */
bool report_next_host(const struct resolution *r, struct report_walk *w, size_t *host);

/* The address whose path ends first of all; NULL where no path is known. */
const struct address_verdict *report_soonest(const struct verdict *v);

const struct observation *report_observation(const struct report_input *in, size_t host,
                                             size_t address);

#endif
