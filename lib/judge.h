/* judge: observations, thresholds and `now` to findings, confidence and states.
 *
 * Hides the order of judging and the rules for domains, gateways and confidence. It does no I/O and
 * changes nothing that it is given. */
#ifndef JUDGE_H
#define JUDGE_H

#include "verdict.h"

/* Judges everything. Always fills *out; verdict_clear frees it. */
void judge_all(const struct judge_config *c, const struct judge_input *in, struct verdict *out);

#endif
