/* SPDX-License-Identifier: BSD-2-Clause */
/* option_value: one value, as an option or a form has it, to what it stands for.
 *
 * Hides the syntax of numbers, times, levels and lists. Each returns false or NULL with the error's
 * text, in front of which the caller puts where the value is. Strings that are returned are the
 * caller's to free. Pure. */
#ifndef POLICY_OPTION_VALUE_H
#define POLICY_OPTION_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "policy/tls_policy.h"
#include "base/threshold.h"

enum { OPTION_VALUE_LIST_MAX = 256 };

struct option_value_list {
    const char *at[OPTION_VALUE_LIST_MAX]; /* owned */
    size_t count;
};

/* From 0.1 to 3600 seconds, also with a unit: "90", "90s", "1.5m". */
bool option_value_seconds(const char *s, double *out, struct error *e);
/* From 1 second to 10 years, in seconds: "24h", "30d". */
bool option_value_period(const char *s, double *out, struct error *e);
bool option_value_unsigned(const char *s, unsigned least, unsigned most, const char *noun,
                           unsigned *out, struct error *e);
bool option_value_range(const char *s, struct threshold_range *out, struct error *e);
/* STAGE=RANGE */
bool option_value_stage_range(const char *s, struct threshold_range *ranges, struct error *e);
/* CODE=STATE, to an array of FINDING_COUNT */
bool option_value_on(const char *s, int *states, struct error *e);
/* A level of Postfix, or what vendors and their forms call it: "Required - Verify", "preferred".
 * Case, blanks, hyphens and underscores do not count. */
bool option_value_level(const char *s, enum tls_level *out, struct error *e);
/* "1.2", "TLSv1.2" or "TLS 1.2" to TLS1_2_VERSION and "1.2", which is static. */
bool option_value_min_tls(const char *s, int *version, const char **name, struct error *e);
/* RFC 3339 5.6, or its full-date alone: midnight UTC. */
bool option_value_time(const char *s, time_t *out, struct error *e);
/* "a,b,c" in place of what is there, which is freed; each passed through `each`, which returns NULL
 * where it will not have it, else a string to be freed. */
bool option_value_list(const char *s, struct option_value_list *out,
                       const char *(*each)(const char *item, struct error *e), struct error *e);
const char *option_value_fingerprint(const char *item, struct error *e);
const char *option_value_match(const char *item, struct error *e);

/* Whether it is ADDRESS:PORT, as in 192.0.2.1:443 and [2001:db8::1]:443. */
bool option_value_endpoint(const char *value, struct error *e);

#endif
