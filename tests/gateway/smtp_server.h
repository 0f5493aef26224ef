/* SPDX-License-Identifier: BSD-2-Clause */
/* The `serve` verb: a normal SMTP server that knows enough for a probe, and that counts as faults
 * what a probe must never do: DATA, commands behind STARTTLS, bare LF, paths without brackets. */
#ifndef LAB_SMTP_SERVER_H
#define LAB_SMTP_SERVER_H

#include "peer.h"

struct smtp_server;

/* Reads the options of a `serve` line; `address` is the default name in the greeting. */
struct smtp_server *smtp_server_new(struct lab *lab, const struct statement *s,
                                    const char *address);

/* Until QUIT, the peer's end, or a reply of 421. False where the session is over. */
bool smtp_server_play(struct peer *p, const struct smtp_server *server);

#endif
