/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve: domains, mailboxes, hosts to gateways and their addresses (RFC 5321 5.1, RFC 7672 2.2).
 *
 * Hides which questions are asked and in which order: all MX sets concurrently, then all addresses
 * and TLSA records, then what aliases require. It knows no severity: a failed look-up is a fact.
 */
#ifndef PROBE_RESOLVE_H
#define PROBE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "tls/dane.h"
#include "dns/dns.h"
#include "base/hash.h"
#include "base/pool.h"
#include "probe/target.h"

enum { RESOLVE_ADDRESSES_MAX = 64, RESOLVE_TARGET_MAX = 4096 };

#define RESOLVE_NONE ((size_t)-1)

/* A gateway: one host and a port, under one partner's terms. Texts are the resolution's, and those
 * that are equal may be one: duplicates share their name. */
struct resolve_host {
    const struct tls_policy *policy;
    size_t duplicate;  /* the next gateway that is this one under other terms; RESOLVE_NONE */
    size_t first;      /* of the duplicates, whose look-ups serve the others, too */
    size_t last;       /* of the first: the latest of its duplicates */
    const char *name;  /* as DNS has it, lower case, libldns's escapes */
    const char *shown; /* the same, cleaned */
    unsigned port;
    bool literal;           /* given by its address: no name, no DNS */
    bool mx_literal;        /* an MX record that names an address (forbidden by RFC 5321 5.1) */
    enum dns_status status; /* the worst of its address lookups */
    const char *why;        /* where that is a failure; otherwise "" */
    bool refused;           /* no resolver could be sent to */
    bool plain;             /* some answer came without EDNS */
    bool secure;            /* DNSSEC: every address RRset */
    bool alias;
    bool alias_secure;     /* though its addresses are not; also where that cannot be learnt,
                            * which is in tlsa_status then */
    const char *canonical; /* the target of its CNAMEs; or "" */
    bool named;            /* by the user: connected to whatever its addresses are */
    bool from_mx;          /* by a domain's MX records, or their absence */
    bool has_mx;           /* named by the user, without address, but it has MX records */
    struct address *addresses;
    size_t address_count;
    uint64_t unusable; /* a bit for each address that an MX host cannot have: address_unusable */
    enum dns_status tlsa_status;
    const char *tlsa_why; /* where that is a failure; otherwise "" */
    bool tlsa_secure;
    const char *tlsa_base; /* the name that the records stand under (RFC 7672 2.2.3); or "" */
    struct dane_tlsa *tlsa;
    size_t tlsa_count;
    int64_t us;    /* of its look-ups */
    int64_t mx_us; /* of the slowest MX lookup that led to it */
};

struct resolve_mx {
    size_t host;
    unsigned preference;
};

struct resolve_target {
    const struct target *target;
    enum dns_status status;   /* of the MX lookup; DNS_OK for hosts and for the implicit MX */
    const char *why;          /* where that is a failure; otherwise "" */
    bool refused, plain;      /* as of a host */
    bool null_mx;             /* RFC 7505 3; alone, or beside other records */
    unsigned null_preference; /* its */
    bool implicit;            /* no MX record: the domain itself (RFC 5321 5.1) */
    bool secure;              /* the MX RRset, or its absence */
    const char *canonical;    /* the target of the domain's CNAMEs, if all are secure; or "" */
    struct resolve_mx *mx;    /* ascending by preference, then by name */
    size_t mx_count;
    int64_t us;
};

struct resolution {
    char **texts; /* owned */
    size_t text_count;
    struct resolve_target *targets; /* one for each ask, in their order */
    size_t target_count;
    struct resolve_host *hosts;
    size_t host_count;
    struct hash index; /* of hosts: the first by name and port, and each by policy too */
    bool no_aaaa;      /* the resolver option of that name: only A was asked for */
    int family;        /* of the addresses that were asked for */
    bool trusted;      /* AD of every resolver can be believed */
    char doubted[64];  /* the first of which it cannot; or "" */
    bool failed;       /* our memory ran out: the rest is not whole */
};

struct resolve_config {
    struct dns_config dns;
    int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
    size_t parallel;
    int stage_ms; /* for one question */
    instant deadline;
    bool allow_loopback; /* MX hosts at loopback addresses are connected to */
};

/* Resolves all asks. A host has at most RESOLVE_ADDRESSES_MAX addresses and a target
 * RESOLVE_TARGET_MAX in all, so that nobody can make us connect without end; what is beyond is a
 * failure, as are look-ups that did not end in time. Always fills *out. Where the run was cut short
 * its workers may still read *c, which must then live until the process ends. */
void resolve_all(const struct resolve_config *c, const struct target *targets, size_t target_count,
                 struct pool_watch *watch, struct resolution *out);
void resolve_clear(struct resolution *r);

/* A copy of a text that lives as long as the resolution; "" needs no memory. NULL: out of memory.
 */
const char *resolve_keep(struct resolution *r, const char *s);

/* Whether TLSA records of a host count, and failures to get them: only where its address records
 * are secure, or else it is a secure alias to them (RFC 7672 2.2.2). */
bool resolve_tlsa_counts(const struct resolve_host *h);

/* The server name (RFC 6066 3) for a host, borrowed from it; NULL: an address or an odd name, for
 * which none is sent. At the dane levels it is the name that TLSA records stand under (RFC 7672
 * 8.1). */
const char *resolve_own_name(const struct resolve_host *h);

/* Whether mail to an address of an MX host reaches nobody, or the sender itself. */
bool resolve_is_unusable(const struct resolve_host *h, size_t address);

/* Whether it is therefore not connected to: unless the user named the host. */
bool resolve_is_avoided(const struct resolve_host *h, size_t address);

/* Whether a host is no gateway and is not meant to be one: a name below .invalid (RFC 6761 6.4),
 * which Microsoft 365 uses as a verification record, without address. */
bool resolve_is_placeholder(const struct resolve_host *h);

#endif
