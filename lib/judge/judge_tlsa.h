/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_tlsa: a gateway's TLSA records, and DNSSEC where they are to count (RFC 7672 2.2). Pure. */
#ifndef JUDGE_JUDGE_TLSA_H
#define JUDGE_JUDGE_TLSA_H

#include "judge/judge_find.h"

/* How many of the gateway's records are usable (RFC 7672 3.1). */
size_t judge_tlsa_usable(const struct resolve_host *h);

/* At the dane levels: adds what keeps the gateway's records from counting. */
void judge_tlsa(struct judge *j, struct judge_place at);

/* At the other levels, where senders' view of certificates is asked for: the same, at most as a
 * warning. */
void judge_tlsa_of_others(struct judge *j, struct judge_place at);

#endif
