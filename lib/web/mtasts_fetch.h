/* SPDX-License-Identifier: BSD-2-Clause */
/* mtasts_fetch: looks up what a domain says about TLS for its mail.
 *
 * Hides the look-ups and the fetch. It judges nothing. Linked, with http, into check_mx_cert alone;
 * judges and reports need only the facts. */
#ifndef WEB_MTASTS_FETCH_H
#define WEB_MTASTS_FETCH_H

#include "probe/mtasts_facts.h"
#include "web/http_fetch.h"

struct mtasts_fetch_config {
    struct http_fetch_config web;
    const char *server; /* "address:port" of every policy host, for tests; or NULL */
};

/* Looks at one domain. *out is zeroed by the caller; mtasts_facts_clear frees it. */
void mtasts_fetch(const struct mtasts_fetch_config *c, const char *domain,
                  struct mtasts_facts *out);

#endif
