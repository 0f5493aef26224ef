/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_expiry: when certificates expire, compared with -D. Pure. */
#ifndef JUDGE_JUDGE_EXPIRY_H
#define JUDGE_JUDGE_EXPIRY_H

#include "judge/judge_find.h"

/* Notes when the path of a chain expires, where that is sooner than what is noted. */
void judge_expiry_note(const struct judge *j, struct address_verdict *v,
                       const struct trust_facts *f);

/* Adds the certificate of the path that is about to expire, and expired ones that no path needs. */
void judge_expiry(struct judge *j, struct judge_place at, const struct trust_facts *f);

#endif
