/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_policy: with what TLS an smtp transport of Exim sends to a host.
 *
 * Hides which options decide, and in what order (Exim specification, chapters 30 and 43): Exim
 * sends in plaintext to a host that hosts_require_tls does not have, whatever else is set, also
 * after a handshake that failed. */
#ifndef MTA_EXIM_POLICY_H
#define MTA_EXIM_POLICY_H

#include "mta/exim_known.h"
#include "mta/mta_facts.h"

enum exim_library { EXIM_NO_TLS, EXIM_GNUTLS, EXIM_OPENSSL };

/* A transport as it is used for one delivery. */
struct exim_way {
    struct exim_known *known;
    enum exim_library library;
    struct span transport;
    bool dnssec; /* the router asks for DNSSEC, which DANE needs */
};

enum { EXIM_NO_FACT = -1 };

/* The policy of one host. `option` and the like are names of options, NULL for none. */
struct exim_tls {
    int level;          /* enum tls_level or MTA_LEVEL_NONE */
    const char *option; /* decides the level */
    bool wrapper;
    bool dane;   /* TLSA records count first, where there are some */
    int unknown; /* enum mta_fact_code: why the level is not known, or EXIM_NO_FACT */
    const char *unknown_option;
    struct span why;
    int defers; /* enum mta_fact_code: why mail waits, or EXIM_NO_FACT */
    const char *defers_option;
};

/* The policy of a transport for a host. While answers are pending it is unknown. */
struct exim_tls exim_policy_of(const struct exim_way *way, const struct exim_subject *subject);

/* Writes what was found for all hosts of a hop into its policy and facts: the weakest counts, hosts
 * to which no mail gets through do not count where there are others. `names` are the hosts'. */
void exim_policy_write(struct mta_server *s, const struct exim_way *way, struct mta_hop *hop,
                       const struct exim_tls *found, const char *const *names, size_t count);

/* The source of a transport's option; `value` NULL: as it is configured. */
struct mta_source exim_policy_source(struct mta_server *s, const struct exim_way *way,
                                     const char *option);

#endif
