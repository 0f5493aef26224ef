/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_probe: sends the ClientHello of our mail server to an address whose session came to the
 * handshake.
 *
 * Hides how a gateway that fails because of the hello's size is told from one that has had enough
 * of us: one connection where the hello is accepted, else up to three, one after another. It judges
 * nothing. */
#ifndef PROBE_HELLO_PROBE_H
#define PROBE_HELLO_PROBE_H

#include "policy/sent_hello.h"
#include "probe/hello_facts.h"
#include "probe/plan.h"
#include "probe/probe.h"

/* Whether an address is asked, by what the session saw: it came to the handshake. Whether that
 * succeeded does not matter, because our own OpenSSL may have sent a large hello. */
bool hello_probe_is_due(const struct observation *o);

/* Asks the address of the request. Fills *out. */
void hello_probe(const struct probe_config *c, const struct plan_request *r,
                 const struct sent_hello *hello, struct hello_facts *out);

#endif
