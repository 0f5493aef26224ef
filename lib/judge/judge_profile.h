/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_profile: whether a gateway accepts only what its policy's TLS profile allows. Pure. */
#ifndef JUDGE_JUDGE_PROFILE_H
#define JUDGE_JUDGE_PROFILE_H

#include "judge/judge_find.h"

/* Judges one gateway, at the address where its profile was asked; at.address need not be set. Does
 * nothing where no address completed a handshake, or the policy has no profile. */
void judge_profile(struct judge *j, struct judge_place at);

#endif
