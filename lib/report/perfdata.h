/* SPDX-License-Identifier: BSD-2-Clause */
/* perfdata: metrics to text in the monitoring plugins' form. Pure. */
#ifndef REPORT_PERFDATA_H
#define REPORT_PERFDATA_H

#include <stdbool.h>

#include "base/text.h"
#include "base/threshold.h"

struct perfdata {
    const char *prefix; /* "host" of 'host::metric', or NULL; cleaned here */
    const char *metric;
    double value;
    int decimals;
    const char *unit;                          /* "s", "%" or "" */
    const struct threshold_range *warn, *crit; /* may be NULL */
    const double *min, *max;                   /* may be NULL */
};

/* Appends one datum, after a blank unless `out` is empty. `plain`: thresholds as numbers. */
void perfdata_add(struct text *out, const struct perfdata *p, bool plain);

#endif
