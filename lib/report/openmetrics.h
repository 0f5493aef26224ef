/* SPDX-License-Identifier: BSD-2-Clause */
/* openmetrics: metrics as text, for Prometheus (OpenMetrics 1.0).
 *
 * Hides the escaping of labels, and that no sample may be written twice: two findings of one code
 * at one place are one sample. */
#ifndef REPORT_OPENMETRICS_H
#define REPORT_OPENMETRICS_H

#include "base/hash.h"
#include "base/text.h"

/* A label; one whose value is NULL or "" is left out. A list ends with the name NULL. */
struct openmetrics_label {
    const char *name, *value;
};

/* Begins as {.out = TEXT}; openmetrics_end frees it. */
struct openmetrics {
    struct text *out;
    struct hash samples;
    const char *family; /* that is being written */
};

/* Begins the samples of a gauge. `unit`: "seconds", "ratio", or NULL; the name ends with it. The
 * strings must live until the next family. */
void openmetrics_family(struct openmetrics *m, const char *name, const char *unit,
                        const char *help);

/* Begin the families that every plugin has: node_exporter refuses a family whose help differs from
 * file to file. */
void openmetrics_state_family(struct openmetrics *m);
void openmetrics_finding_family(struct openmetrics *m);
void openmetrics_last_run_family(struct openmetrics *m);

/* Adds a sample of the family, with up to 3 decimals. */
void openmetrics_sample(struct openmetrics *m, const struct openmetrics_label *labels,
                        double value);

/* Adds the end of the text. */
void openmetrics_end(struct openmetrics *m);

#endif
