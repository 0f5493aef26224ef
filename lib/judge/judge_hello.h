/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_hello: whether a gateway fails only with the large ClientHello of our mail server. Pure. */
#ifndef JUDGE_JUDGE_HELLO_H
#define JUDGE_JUDGE_HELLO_H

#include "judge/judge_find.h"

/* Judges one address; all three indices of `at` must be set. Does nothing where no hello is asked
 * for, or the session did not come to the handshake, which has a finding of its own. */
void judge_hello(struct judge *j, struct judge_place at);

#endif
