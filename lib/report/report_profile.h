/* SPDX-License-Identifier: BSD-2-Clause */
/* report_profile: what a gateway answered to the hellos of a TLS profile, as lines (-vv) and in
 * JSON; whether that is everything. */
#ifndef REPORT_REPORT_PROFILE_H
#define REPORT_REPORT_PROFILE_H

#include <jansson.h>

#include "report/report.h"

/* Appends the lines of a request's profile, a line for each connection; nothing where it was not
 * asked there. */
void report_profile_add(const struct report_input *in, size_t request, struct text *out);

/* Whether the request's profile was asked there to its end. */
bool report_profile_complete(const struct report_input *in, size_t request);

/* Returns the address with its member "tls_profile" where the request's policy has a profile and it
 * was asked there. NULL: memory; the address is then freed. */
json_t *report_profile_with(json_t *address, const struct report_input *in, size_t request);

#endif
