/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_session: the findings of one SMTP session's stages, apart from its certificate. Pure. */
#ifndef JUDGE_JUDGE_SESSION_H
#define JUDGE_JUDGE_SESSION_H

#include "judge/judge_find.h"

/* Everything between connect and the handshake, EHLO after it, and latencies per stage. */
void judge_session(struct judge *j, struct judge_place at, const struct observation *o);

/* MAIL, and RCPT for one target's recipient (index `recipient` of the request). */
void judge_session_envelope(struct judge *j, struct judge_place at, const struct observation *o,
                            size_t recipient);

/* Whether the session in plaintext was refused, and because TLS was missing (--refuses-plaintext).
 */
void judge_session_plaintext(struct judge *j, struct judge_place at, const struct observation *o);

#endif
