/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_senders: one address's certificates as all kinds of senders see them: with RSA and with
 * ECDSA, and without SNI. Pure. */
#ifndef JUDGE_JUDGE_SENDERS_H
#define JUDGE_JUDGE_SENDERS_H

#include "judge/judge_find.h"

/* Every chain that one address serves. */
void judge_senders_chains(struct judge *j, struct judge_place at, const struct observation *o);

/* Their names, for one target; dane_only: only the names that count with DANE-TA. */
void judge_senders_names(struct judge *j, struct judge_place at, const struct observation *o,
                         bool dane_only);

#endif
