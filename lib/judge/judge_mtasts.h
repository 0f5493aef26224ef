/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_mtasts: a domain's MTA-STS policy compared with its MX hosts, and its TLSRPT record. Pure.
 */
#ifndef JUDGE_JUDGE_MTASTS_H
#define JUDGE_JUDGE_MTASTS_H

#include "judge/judge_find.h"

/* Adds what is wrong with the records and the policy of a domain, and notes which of its MX hosts
 * the policy lists. Does nothing for other targets, or where MTA-STS was not asked for. */
void judge_mtasts(struct judge *j, size_t target);

#endif
