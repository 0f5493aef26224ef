/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_route: what exim -bt answered about a recipient, as a route with its hops and their
 * policies.
 *
 * Hides which options of routers and transports name hosts, and which routers exim -bt passes over
 * although mail does not (Exim specification, chapters 15 to 22). */
#ifndef MTA_EXIM_ROUTE_H
#define MTA_EXIM_ROUTE_H

#include "mta/exim_policy.h"

struct exim_routing {
    struct exim_known *known;
    enum exim_library library;
    struct mta_server *server;
    const struct mta_ask *ask;
};

/* Looks at everything that a route depends on, so that what is not known yet becomes pending.
 * Writes nothing. */
void exim_route_prepare(const struct exim_routing *r, size_t question,
                        const struct exim_deliveries *answer);

/* Adds the route to the server. `sender` is "" where all senders' mail goes the same way. */
void exim_route_write(const struct exim_routing *r, size_t question, const char *sender,
                      const struct exim_deliveries *answer);

#endif
