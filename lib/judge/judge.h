/* SPDX-License-Identifier: BSD-2-Clause */
/* judge: facts, thresholds and `now` to findings, confidence and states.
 *
 * Hides the order of judging. It does no I/O and changes nothing that it is given. Further
 * judges, such as that of partners' forms, come between the two calls. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "judge/facts.h"
#include "judge/judge_config.h"
#include "judge/verdict.h"

/* Judges every target and its gateways; targets that c->limit leaves no time for are UNKNOWN, with
 * one finding for each partner. Always fills *out, which is not finished; verdict_clear frees it.
 */
void judge_all(const struct judge_config *c, const struct facts *f, struct verdict *out);

/* Finishes the verdict: compares the addresses of each gateway, sorts the findings, and takes
 * states, confidence and the partners' rows from them. */
void judge_finish(const struct judge_config *c, const struct facts *f, struct verdict *v);

#endif
