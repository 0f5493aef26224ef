/* dns: asks recursive resolvers, over a transport of its own (RFC 1035, 5452, 7766).
 *
 * Hides sockets, tries, truncation and the choice of name server. One question is one call; who has
 * several asks them from several threads. It caches nothing and validates nothing: DNSSEC is the
 * resolver's work, and its AD bit counts only where the path to it can be trusted (RFC 4035
 * 4.9.3). */
#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"
#include "deadline.h"
#include "dns_message.h"

enum { DNS_SERVERS_MAX = 8 };

struct dns_server {
    struct address address;
    char text[64]; /* for messages */
};

struct dns_config {
    struct dns_server servers[DNS_SERVERS_MAX];
    size_t server_count;
    bool trust_ad; /* believe AD of resolvers that are not on loopback */
};

/* Adds a server "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53", "fe80::1%eth0".
 * False: no such address or interface, or no room. */
bool dns_config_add(struct dns_config *c, const char *server);

/* Reads the text of resolv.conf(5): nameserver and `options trust-ad`. Other lines are skipped. */
void dns_config_read(struct dns_config *c, const char *text);

/* Whether AD can be believed whichever of the servers answers. */
bool dns_config_trusted(const struct dns_config *c);

/* Asks one question. Fills *out always; dns_answer_clear frees it. Follows CNAMEs that the answer
 * does not resolve. DNS_BOGUS: the resolver says so by EDE (RFC 8914), or SERVFAIL that CD turns
 * into an answer (RFC 4035 3.2.2). */
void dns_query(const struct dns_config *c, const struct dns_question *q, instant deadline,
               struct dns_answer *out);

#endif
