/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_verification: an address of a partner that our Postfix verified, compared with the form.
 * Pure.
 *
 * A new probe has no result at first. Until it has, the one before counts: otherwise each new probe
 * would be an OK or UNKNOWN between two CRITICAL. It does not count for long, because a mail server
 * that has stopped verifies nothing any more. */
#ifndef JUDGE_JUDGE_VERIFICATION_H
#define JUDGE_JUDGE_VERIFICATION_H

#include <stdbool.h>
#include <time.h>

#include "judge/mail_found.h"
#include "mta/mail_probe.h"

/* Fills *f with what became of the latest probe that has an answer; there must be one. The code is
 * F_ADDRESS_VERIFICATION, or F_OWN_TLS_BROKEN, which is not about the partner. */
void judge_verification_answer(const struct mail_probe *p, const struct partner *partner,
                               struct mail_found *f);

/* Whether there has to be a result by now: there has never been one; the first that is still due
 * was begun ten minutes ago; or the last one is of three hours ago, and the log does not even have
 * that the next was submitted. */
bool judge_verification_is_late(const struct mail_probe *p, time_t now);

/* Fills *f: the result that is due is not in the log. */
void judge_verification_late(const struct mail_probe *p, struct mail_found *f);

#endif
