/* SPDX-License-Identifier: BSD-2-Clause */
/* http_fetch: http with our own DNS look-up before it, both to one deadline. */
#ifndef WEB_HTTP_FETCH_H
#define WEB_HTTP_FETCH_H

#include "dns/dns.h"
#include "web/http.h"

struct http_fetch_config {
    const struct dns_config *dns;
    struct http_trust trust;
    int family;   /* as in resolve_config */
    int stage_ms; /* for look-up and transfer together */
    instant deadline;
};

/* As http_do; fills in the request's addresses and deadline. Where `connect_to` is given, nothing
 * is looked up. */
void http_fetch(const struct http_fetch_config *c, struct http_request *r, struct http_answer *out);

#endif
