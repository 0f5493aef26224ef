/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_ask: one connection to a gateway, one ClientHello, and what comes back. A part of
 * profile_probe.
 *
 * Hides how the handshake is reached, and its bytes. */
#ifndef PROBE_PROFILE_ASK_H
#define PROBE_PROFILE_ASK_H

#include "probe/handshake.h"
#include "probe/profile_facts.h"
#include "tls/client_hello.h"

/* Makes the connection and sends the hello; `hello->random` is drawn here. Fills *out, but for its
 * question, and `reason`. */
void profile_ask(const struct handshake_config *c, const struct address *a,
                 const struct client_hello *hello, struct profile_answer *out,
                 char reason[PROFILE_REASON]);

#endif
