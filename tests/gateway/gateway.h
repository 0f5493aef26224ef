/* SPDX-License-Identifier: BSD-2-Clause */
/* The gateways of a scenario: listening sockets and, for each connection, a thread that plays the
 * verbs of its session. Verbs and options are listed in README.md. */
#ifndef LAB_GATEWAY_H
#define LAB_GATEWAY_H

#include "lab.h"

struct gateways;

/* Finds a port that is free at all addresses, binds (does not yet accept) and sets the lab's ports.
 */
struct gateways *gateways_bind(struct lab *lab, const struct scenario *sc);

/* Reads the verbs, which may name certificates and ports, and starts to accept. */
void gateways_start(struct gateways *g);

/* Waits a moment for the sessions under way, then counts them against the gateways' options. */
void gateways_finish(struct gateways *g);

#endif
