/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_rows: what the sorted findings come to for each partner, and what is true where nothing is
 * wrong. Pure. */
#ifndef JUDGE_JUDGE_ROWS_H
#define JUDGE_JUDGE_ROWS_H

#include "judge/facts.h"
#include "judge/verdict.h"

/* Fills in v->by_partner, the rows of v->partners, and v->claim. A row's claim is at first what
 * would be true if nothing were found. False: memory. */
bool judge_rows(const struct facts *f, struct verdict *v);

#endif
