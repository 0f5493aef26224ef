#include "web.h"

#include <string.h>

#include "text.h"

enum { ADDRESSES_MAX = 8 };

static void add_addresses(const struct dns_answer *a, char *out, size_t cap)
{
    struct address address;

    for (size_t i = 0; a->status == DNS_OK && i < a->count && i < ADDRESSES_MAX; i++) {
        if (address_from(a->records[i].data, a->records[i].len, 0, &address))
            text_append(out, cap, strchr(address.text, ':') ? "%s[%s]" : "%s%s", *out ? "," : "",
                        address.text);
    }
}

static const char *reason_of(const struct dns_answer *a)
{
    return a->status == DNS_NXDOMAIN ? "no such name"
           : a->status == DNS_NODATA ? "no address"
                                     : a->why;
}

/* The addresses of a host as http_request has them; none: `why` says so. */
static void look_up(const struct web_config *c, const char *host, instant deadline, char *out,
                    size_t cap, char *why, size_t why_cap)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};

    for (size_t i = 0; i < 2; i++) {
        struct dns_question q = {host, types[i]};
        struct dns_answer a;

        if (c->family == (i == 0 ? AF_INET6 : AF_INET))
            continue;
        dns_query(c->dns, &q, deadline, &a);
        add_addresses(&a, out, cap);
        if (a.status != DNS_OK && (!*why || a.status != DNS_NODATA))
            text_format(why, why_cap, "%s: %s", host, reason_of(&a));
        dns_answer_clear(&a);
    }
}

void web_do(const struct web_config *c, struct http_request *r, struct http_answer *out)
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
