/* judge_senders: one address's certificates as all kinds of senders see them: with RSA and with
 * ECDSA, without SNI, and with DANE whatever our own level is. Pure. */
#ifndef JUDGE_SENDERS_H
#define JUDGE_SENDERS_H

#include "verdict.h"

/* TLSA records of one gateway at the levels that do not demand them: at most a warning. */
void judge_tlsa_beside(struct judge *j, struct judge_place at);

/* Every chain that one address serves. */
void judge_chains(struct judge *j, struct judge_place at, const struct observation *o);

/* Their names, for one target; dane_alone: only where DANE-TA decides. */
void judge_chain_names(struct judge *j, struct judge_place at, const struct observation *o,
                       bool dane_alone);

#endif
