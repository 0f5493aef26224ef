/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/http_fetch.h"

#include <string.h>

#include "base/text.h"

enum { ADDRESSES_MAX = 8 };

/* Appends up to ADDRESSES_MAX addresses of an answer to the string `out`, with commas, also before
 * the first where `out` is not empty; IPv6 in brackets. Nothing where the look-up failed. */
static void add_addresses(const struct dns_answer *a, char *out, size_t cap)
{
    struct address address;

    for (size_t i = 0; a->status == DNS_OK && i < a->count && i < ADDRESSES_MAX; i++) {
        if (!address_from(a->records[i].data, a->records[i].len, 0, &address))
            continue;
        if (*out)
            text_append(out, cap, ",");
        text_append(out, cap, strchr(address.text, ':') ? "[%s]" : "%s", address.text);
    }
}

/* Why a look-up failed or found no record: a->status is not DNS_OK. Static, or borrowed from the
 * answer. */
static const char *reason_of(const struct dns_answer *a)
{
    if (a->status == DNS_NXDOMAIN)
        return "no such name";
    if (a->status == DNS_NODATA)
        return "no address";
    return a->why;
}

/* Looks up the IPv4 and IPv6 addresses of a name, as c->family allows, and writes them to `out` as
 * http_request has them. `host` is not an address itself; `out` and `why` are "" before. Afterwards
 * `why` is "HOST: REASON" if a look-up failed or found no record; `out` is "" if none found any. */
static void look_up(const struct http_fetch_config *c, const char *host, instant deadline,
                    char *out, size_t cap, char *why, size_t why_cap)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};

    for (size_t i = 0; i < 2; i++) {
        struct dns_question q = {.name = host, .type = types[i]};
        struct dns_answer a;

        if (types[i] == DNS_A && c->family == AF_INET6)
            continue;
        if (types[i] == DNS_AAAA && c->family == AF_INET)
            continue;
        if (types[i] == DNS_AAAA && c->dns->no_aaaa && c->family == AF_UNSPEC)
            continue;
        dns_query(c->dns, &q, deadline, &a);
        add_addresses(&a, out, cap);
        if (a.status != DNS_OK && (!*why || a.status != DNS_NODATA))
            text_format(why, why_cap, "%s: %s", host, reason_of(&a));
        dns_message_clear(&a);
    }
}

void http_fetch(const struct http_fetch_config *c, struct http_request *r, struct http_answer *out)
{
    char host[256], addresses[600] = "";
    struct address literal;

    *out = (struct http_answer){.status = HTTP_FAILED};
    r->deadline = deadline_within(c->deadline, c->stage_ms);
    if (!http_host(r->url, host, sizeof host)) {
        text_copy(out->why, sizeof out->why, "the URL has no host");
        return;
    }
    if (!r->connect_to && !address_parse(host, 0, &literal)) {
        look_up(c, host, r->deadline, addresses, sizeof addresses, out->why, sizeof out->why);
        if (!*addresses)
            return;
        r->addresses = addresses;
    }
    http_do(&c->trust, r, out);
    r->addresses = NULL;
}
