/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_config: which resolvers are asked, and how: resolv.conf(5) and our own options.
 *
 * Pure. */
#ifndef DNS_DNS_CONFIG_H
#define DNS_DNS_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

enum { DNS_SERVERS_MAX = 8, DNS_TIMEOUT_MAX = 30, DNS_ATTEMPTS_MAX = 5 };

struct dns_server {
    struct address address;
    char text[64]; /* for messages */
};

/* Properties of the servers that were learned while they were asked. Begins zeroed. */
struct dns_memory {
    atomic_uint no_edns; /* a bit for each: answers only without EDNS */
};

struct dns_config {
    struct dns_server servers[DNS_SERVERS_MAX];
    size_t server_count;
    bool trust_ad;             /* believe AD, whatever the server */
    bool system_trust_ad;      /* resolv.conf says it of its servers */
    bool use_vc;               /* TCP only */
    bool rotate;               /* not always the first server first */
    bool no_aaaa;              /* AAAA is not to be asked for */
    unsigned timeout;          /* seconds for the first try of a server; 0: our own default */
    unsigned attempts;         /* how often each server is tried; 0: while there is time */
    struct dns_memory *memory; /* shared by all questions of a run; NULL: none */
};

/* Adds a server "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53", "fe80::1%eth0".
 * False: no such address or interface, or no room. */
bool dns_config_add(struct dns_config *c, const char *server);

/* Reads the text of resolv.conf(5): nameserver, and of the options trust-ad, use-vc, rotate,
 * no-aaaa, timeout:N and attempts:N. Everything else is skipped. */
void dns_config_read(struct dns_config *c, const char *text);

/* Reads the words after "options" alone, as RES_OPTIONS has them. */
void dns_config_read_options(struct dns_config *c, const char *words);

/* Whether a server's AD bit counts (RFC 4035 4.9.3): on loopback, by trust-ad; that of 127.0.0.11
 * and 127.0.0.53 only by our own option. */
bool dns_config_believes(const struct dns_config *c, size_t server);

/* The first server whose AD bit does not count, as text; NULL where every server's does. */
const char *dns_config_doubted(const struct dns_config *c);

#endif
