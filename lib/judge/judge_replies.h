/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_replies: what is odd about a gateway's replies, to findings: what departs from RFC 5321,
 * plaintext around STARTTLS, what a middlebox leaves behind, and what is not offered.
 *
 * Pure. */
#ifndef JUDGE_JUDGE_REPLIES_H
#define JUDGE_JUDGE_REPLIES_H

#include "judge/judge_find.h"

/* Deviations that senders accept: one finding for each kind, whatever the replies that have it. */
void judge_replies_deviations(struct judge *j, struct judge_place at, const struct observation *o);

/* Plaintext before or after the reply to STARTTLS. */
void judge_replies_injection(struct judge *j, struct judge_place at, const struct observation *o);

/* STARTTLS that is not offered. */
void judge_replies_not_offered(struct judge *j, struct judge_place at, const struct observation *o);

/* REQUIRETLS that is not offered inside TLS, where the policy requires it (RFC 8689 2). */
void judge_replies_requiretls(struct judge *j, struct judge_place at, const struct observation *o);

/* A command, EHLO or STARTTLS, that a middlebox has overwritten, as the refusal shows. False: the
 * refusal shows nothing like that. */
bool judge_replies_overwritten(struct judge *j, struct judge_place at, enum stage s,
                               const struct stage_fact *f);

#endif
