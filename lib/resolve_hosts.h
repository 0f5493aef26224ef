/* resolve_hosts: what is asked about the hosts of a resolution, once their names are known (RFC
 * 7672 2.2.2, 2.2.3).
 *
 * Hides which records are asked for, in which order, that twins share their look-ups, and which
 * name's TLSA records are a gateway's. */
#ifndef RESOLVE_HOSTS_H
#define RESOLVE_HOSTS_H

#include "questions.h"
#include "resolve.h"

/* Room for `max` questions, asked as the resolution's others. NULL: memory. */
struct questions *resolve_questions(const struct resolve_config *c, size_t max);

/* Fills in the addresses and TLSA records of all hosts; r->failed: memory. Does nothing where that
 * is set. */
void resolve_hosts(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch);
void resolve_host_clear(struct resolve_host *h);

#endif
