/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_states: states and confidence of addresses, gateways, targets and the whole, from the
 * findings. Pure. */
#ifndef JUDGE_JUDGE_STATES_H
#define JUDGE_JUDGE_STATES_H

#include "judge/facts.h"
#include "judge/verdict.h"

/* Marks which stages each address passed, and the worst of its certificate findings. */
void judge_states_mark(const struct facts *f, struct verdict *v);

/* Fills in confidence and states, and counts the gateways; needs the marks. */
void judge_states_settle(const struct facts *f, struct verdict *v);

#endif
