/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_own: our own mail servers' answers against the partners' forms. Pure.
 *
 * Hides which TLS policy is as good as the form, and words what is wrong with ours. */
#ifndef JUDGE_JUDGE_OWN_H
#define JUDGE_JUDGE_OWN_H

#include "judge/judge_find.h"
#include "partner/partners.h"

/* Adds what is weaker than the forms, what keeps mail from being sent, and what could not be asked.
 */
void judge_own(struct judge *j, const struct partners *partners);

#endif
