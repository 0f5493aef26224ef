/* judge_session: the findings of one SMTP session's stages, apart from its certificate. Pure. */
#ifndef JUDGE_SESSION_H
#define JUDGE_SESSION_H

#include "verdict.h"

/* Everything between connect and the handshake, EHLO after it, and latencies per stage. */
void judge_session(struct judge *j, struct judge_place at, const struct observation *o);

/* MAIL, and RCPT for one target's recipient (index `recipient` of the request). */
void judge_envelope(struct judge *j, struct judge_place at, const struct observation *o,
                    size_t recipient);

/* Whether the session in clear was refused, and for the lack of TLS (--refuses-plaintext). */
void judge_plaintext(struct judge *j, struct judge_place at, const struct observation *o);

#endif
