/* resolve: domains, mailboxes, hosts to gateways and their addresses (RFC 5321 5.1, RFC 7672 2.2).
 *
 * Hides which questions are asked and in which order: all MX sets at once, then all addresses and
 * TLSA at once, then what aliases make necessary. It knows no severity: a failed look-up is a fact.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "dane.h"
#include "dns.h"
#include "pool.h"
#include "terms.h"

enum {
    RESOLVE_ADDRESSES_MAX = 64,
    RESOLVE_TARGET_MAX = 4096,
    RESOLVE_SHOWN = 256,
    RESOLVE_BUCKETS = 512
};

#define RESOLVE_NONE ((size_t)-1)

/* RESOLVE_WILDCARD: the MX records that "*.example.com" stands for, where the zone has it.
 * RESOLVE_NAME: nothing is looked up, the name is what findings are about. */
enum resolve_kind { RESOLVE_HOST, RESOLVE_DOMAIN, RESOLVE_MAILBOX, RESOLVE_WILDCARD, RESOLVE_NAME };

/* What was asked for. Strings are the asker's and must outlive the resolution. */
struct resolve_ask {
    enum resolve_kind kind;
    const char *name; /* host or domain in ASCII form, or for RESOLVE_HOST an address literal */
    const char *recipient; /* RESOLVE_MAILBOX: the whole address, else NULL */
    unsigned port;         /* of its gateways */
    const struct terms *terms;
};

/* A gateway: one host and a port, under one partner's terms. */
struct resolve_host {
    const struct terms *terms;
    size_t twin;  /* the next gateway that is this one under other terms; RESOLVE_NONE */
    size_t first; /* of the twins, whose look-ups serve the others, too */
    size_t next;  /* an earlier one in its bucket; RESOLVE_NONE */
    char *name;   /* as DNS has it, lower case, libldns's escapes */
    char shown[RESOLVE_SHOWN]; /* the same, cleaned */
    unsigned port;
    bool literal;           /* given by its address: no name, no DNS */
    bool mx_literal;        /* an MX record that names an address (forbidden by RFC 5321 5.1) */
    enum dns_status status; /* the worst of its address look-ups */
    char why[192];          /* where that is a failure */
    bool secure;            /* DNSSEC: every address RRset */
    bool alias;
    bool alias_secure;        /* though its addresses are not; also where that cannot be learnt,
                               * which is in tlsa_status then */
    char canonical[DNS_NAME]; /* behind its CNAMEs */
    struct address *addresses;
    size_t address_count;
    enum dns_status tlsa_status;
    char tlsa_why[192];
    bool tlsa_secure;
    char tlsa_base[DNS_NAME]; /* the name that the records stand under (RFC 7672 2.2.3) */
    struct dane_tlsa *tlsa;
    size_t tlsa_count;
    int64_t us;    /* of its look-ups */
    int64_t mx_us; /* of the slowest MX look-up that led to it */
};

struct resolve_mx {
    size_t host;
    unsigned preference;
};

struct resolve_target {
    const struct resolve_ask *ask;
    enum dns_status status; /* of the MX look-up; DNS_OK for hosts and for the implicit MX */
    char why[192];
    bool null_mx;             /* RFC 7505 3 */
    bool implicit;            /* no MX record: the domain itself (RFC 5321 5.1) */
    bool secure;              /* the MX RRset, or its absence */
    char canonical[DNS_NAME]; /* behind the domain's CNAMEs, where all is secure; or "" */
    struct resolve_mx *mx;    /* ascending by preference, then by name */
    size_t mx_count;
    int64_t us;
};

struct resolution {
    struct resolve_target *targets; /* one for each ask, in their order */
    size_t target_count;
    struct resolve_host *hosts;
    size_t host_count;
    size_t buckets[RESOLVE_BUCKETS]; /* of hosts, by a hash of their names: the latest */
    int family;   /* of the addresses that were asked for */
    bool trusted; /* AD of every resolver can be believed */
    bool failed;  /* our memory ran out: the rest is not whole */
};

struct resolve_config {
    struct dns_config dns;
    int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
    size_t parallel;
    int stage_ms; /* for one question */
    instant deadline;
};

/* Resolves all asks. A host has at most RESOLVE_ADDRESSES_MAX addresses and a target
 * RESOLVE_TARGET_MAX in all, so that nobody can make us connect without end; what is beyond is a
 * failure, as are look-ups that did not end in time. Always fills *out. Where the run was cut short
 * its workers may still read *c, which must then live until the process ends. */
void resolve_all(const struct resolve_config *c, const struct resolve_ask *asks, size_t ask_count,
                 struct pool_watch *watch, struct resolution *out);
void resolve_clear(struct resolution *r);

/* Whether TLSA records of a host count, and failures to get them: only where its address records
 * are secure, or else it is a secure alias to them (RFC 7672 2.2.2). */
bool resolve_tlsa_counts(const struct resolve_host *h);

/* Whether there is nothing that mail to a target would go to, and nothing wrong with that: a zone
 * without a wildcard. */
bool resolve_is_empty(const struct resolve_target *t);

#endif
