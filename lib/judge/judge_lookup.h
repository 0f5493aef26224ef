/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_lookup: what DNS said of targets and of their gateways, apart from TLSA records. Pure. */
#ifndef JUDGE_JUDGE_LOOKUP_H
#define JUDGE_JUDGE_LOOKUP_H

#include "judge/judge_find.h"

/* The MX lookup of a target. */
void judge_lookup_target(struct judge *j, size_t target);

/* Whether every MX lookup of one partner, whose targets are from `first` until before `end`, has
 * succeeded, and some domain has an MX host. Otherwise a declared gateway may be in the answer that
 * did not come, or what is wrong is that no domain has an MX host. */
bool judge_lookup_is_whole(const struct resolution *r, size_t first, size_t end);

/* The address lookups of a gateway; at.target: the first that leads there. */
void judge_lookup_host(struct judge *j, struct judge_place at);

#endif
