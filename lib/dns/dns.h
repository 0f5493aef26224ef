/* SPDX-License-Identifier: BSD-2-Clause */
/* dns: asks recursive resolvers, over a transport of its own (RFC 1035, 5452, 7766).
 *
 * Hides sockets, tries, truncation, resolvers without EDNS, and the choice of name server. One
 * question is one call; who has several asks them from several threads. It caches nothing and
 * validates nothing: DNSSEC is the resolver's work, and its AD bit counts only where the path to it
 * can be trusted (RFC 4035 4.9.3). */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "dns/dns_config.h"
#include "dns/dns_message.h"

/* Asks one question. Returns immediately if no server can be sent to, and 300 ms after q->unneeded.
 * Fills *out always; dns_message_clear frees it. Follows CNAMEs that the answer
 * does not resolve. DNS_BOGUS: the resolver says so by EDE (RFC 8914), or SERVFAIL that CD turns
 * into an answer (RFC 4035 3.2.2). */
void dns_query(const struct dns_config *c, const struct dns_question *q, instant deadline,
               struct dns_answer *out);

#endif
