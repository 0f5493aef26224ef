/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve_hosts: what is asked about the hosts of a resolution, once their names are known (RFC
 * 7672 2.2.2, 2.2.3).
 *
 * Hides which records are asked for, in which order, that twins share their look-ups, and which
 * name's TLSA records are a gateway's. */
#ifndef PROBE_RESOLVE_HOSTS_H
#define PROBE_RESOLVE_HOSTS_H

#include "dns/dns_batch.h"
#include "probe/resolve.h"

/* Room for `max` questions, asked as the resolution's others. NULL: memory. */
struct dns_batch *resolve_hosts_ask(const struct resolve_config *c, size_t max);

/* Fills in the addresses and TLSA records of all hosts; r->failed: memory. Does nothing where that
 * is set. */
void resolve_hosts(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch);
void resolve_hosts_clear(struct resolve_host *h);

#endif
