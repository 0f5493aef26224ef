/* judge_differ: whether the addresses of one gateway serve the same certificate. Pure. */
#ifndef JUDGE_DIFFER_H
#define JUDGE_DIFFER_H

#include "verdict.h"

/* Needs the verdicts of all addresses of `at.host`. */
void judge_differences(struct judge *j, struct judge_place at);

#endif
