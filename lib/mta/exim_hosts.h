/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_hosts: the hosts to which one delivery of Exim may go. */
#ifndef MTA_EXIM_HOSTS_H
#define MTA_EXIM_HOSTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "mta/exim_output.h"

struct exim_target {
    char name[256];
    char address[INET6_ADDRSTRLEN]; /* "": not known */
    unsigned port;                  /* 0: the protocol's own */
};

/* Begins zeroed. */
struct exim_targets {
    struct exim_target *at;
    size_t count;
    bool by_mx;
    bool fallback;      /* used only where others cannot be reached */
    const char *option; /* that names them; NULL: exim -bt did */
    bool by_router;     /* whose option it is; else the transport's */
};

/* Adds the hosts that exim -bt listed. False: out of memory. */
bool exim_hosts_take(struct exim_targets *t, const struct exim_delivery *d);

/* Adds the gateways of a form, without addresses; if there are none, one host
 * without a name. False: out of memory. */
bool exim_hosts_guess(struct exim_targets *t, const char *const *names, size_t count);

/* Adds the hosts of an option's value: "mx.example.com:25", "[192.0.2.1]:25", names with "/mx".
 * False: out of memory. */
bool exim_hosts_read(struct exim_targets *t, struct span list);

/* Gives the transport's port, a setting or NULL, to those that have none. */
void exim_hosts_port(struct exim_targets *t, const struct exim_setting *port);

void exim_hosts_free(struct exim_targets *t);

#endif
