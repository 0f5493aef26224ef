/* SPDX-License-Identifier: BSD-2-Clause */
/* threshold: the monitoring plugins' ranges, and -D's days and percentages. Pure. */
#ifndef BASE_THRESHOLD_H
#define BASE_THRESHOLD_H

#include <stdbool.h>

/* [@]start:end. A value outside alerts; with '@' a value inside does. Unset ranges never alert. */
struct threshold_range {
    bool set, inside;
    double low, high; /* may be -INFINITY, INFINITY */
    char text[48];    /* as it was given, without plus signs */
};

/* Parses the monitoring plugins' range syntax: "10", "10:", "~:10", "10:20", "@10:20". */
bool threshold_parse(const char *s, struct threshold_range *out);

bool threshold_alerts(const struct threshold_range *r, double value);

/* Whether `crit` alerts at each value from 0 at which `warn` alerts, so that nothing is ever a
 * warning. False where one of them is unset, or `warn` never alerts. */
bool threshold_hides(const struct threshold_range *crit, const struct threshold_range *warn);

/* The one number of a range that Icinga's writers can store: its upper end, or where there is none
 * its lower. False where the range is unset or has neither. */
bool threshold_plain(const struct threshold_range *r, double *out);

/* How long before its end a certificate alerts, for warning [0] and critical [1]. */
struct threshold_days {
    bool given;      /* false: the defaults that depend on the lifetime */
    bool percent[2]; /* of the leaf's lifetime */
    double value[2];
};

/* Parses "30", "30,14", "30d,36h", "33%,15%": days, unless a unit or a percent sign says otherwise;
 * without a second part there is no critical threshold. */
bool threshold_days_parse(const char *s, struct threshold_days *out);

/* The limits in days for one certificate with `lifetime` days from its notBefore to its notAfter.
 * Fills days[0] warning and days[1] critical (below 0: never). */
void threshold_days_for(const struct threshold_days *t, bool leaf, double lifetime, double days[2]);

/* Parses a plain decimal number without exponent, sign optional; the whole string must be one.
 * Independent of the locale. */
bool threshold_number(const char *s, double *out);

/* Parses a number of seconds, or of what the unit after it says: s, m, h, d. *out is in seconds.
 * The whole string must be one. */
bool threshold_duration(const char *s, double *out);

#endif
