/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_differ: whether the addresses of one gateway serve the same certificate. Pure. */
#ifndef JUDGE_JUDGE_DIFFER_H
#define JUDGE_JUDGE_DIFFER_H

#include "judge/judge_find.h"

/* Needs the verdicts of all addresses of `at.host`. */
void judge_differ(struct judge *j, struct judge_place at);

/* Whether one of the names that both chains were compared with matches only one of them. */
bool judge_differ_in_names(const struct trust_facts *a, const struct trust_facts *b);

#endif
