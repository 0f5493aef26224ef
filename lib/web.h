/* web: http with our own DNS look-up before it, both to one deadline. */
#ifndef WEB_H
#define WEB_H

#include "dns.h"
#include "http.h"

struct web_config {
    const struct dns_config *dns;
    struct http_trust trust;
    int family;   /* as in resolve_config */
    int stage_ms; /* for look-up and transfer together */
    instant deadline;
};

/* As http_do; fills in the request's addresses and deadline. Where `connect_to` is given, nothing
 * is looked up. */
void web_do(const struct web_config *c, struct http_request *r, struct http_answer *out);

#endif
