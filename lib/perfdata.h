/* perfdata: metrics to text in the monitoring plugins' form. Pure. */
#ifndef PERFDATA_H
#define PERFDATA_H

#include <stdbool.h>

#include "text.h"
#include "threshold.h"

struct perfdata {
    const char *prefix; /* "host" of 'host::metric', or NULL; cleaned here */
    const char *metric;
    double value;
    int decimals;
    const char *unit;                          /* "s", "%" or "" */
    const struct threshold_range *warn, *crit; /* may be NULL */
    const double *min, *max;                   /* may be NULL */
};

/* Appends one datum, behind a blank unless `out` is empty. `plain`: thresholds as numbers. */
void perfdata_add(struct text *out, const struct perfdata *p, bool plain);

#endif
