/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_probe: asks a gateway what it accepts of what a TLS profile does not allow, in at most
 * PROFILE_CONNECTIONS_MAX connections, one after another.
 *
 * Hides which hellos those are: each offers only what is not allowed; what is accepted is left out
 * when the same is asked again. Each question is asked once before any is asked again. It judges
 * nothing but what the profile says of a number. */
#ifndef PROBE_PROFILE_PROBE_H
#define PROBE_PROFILE_PROBE_H

#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/profile_facts.h"

/* Asks the address of the request, whose policy has a profile; `o` is what the session to it has
 * seen, with a handshake. Fills *out. */
void profile_probe(const struct probe_config *c, const struct plan_request *r,
                   const struct observation *o, struct profile_facts *out);

#endif
