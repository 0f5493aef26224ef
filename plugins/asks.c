#include "asks.h"

#include "value.h"

static bool add(struct asks *a, struct resolve_ask ask, struct err *e)
{
    if (!ask.name)
        return false;
    if (a->count == ASKS_MAX)
        return err_set(e, ERR_USAGE, "is one target too many, 4096 are the limit");
    a->at[a->count++] = ask;
    return true;
}

bool asks_add_host(struct asks *a, const char *value, struct err *e)
{
    return add(a, (struct resolve_ask){.kind = RESOLVE_HOST, .name = value_host(value, e)}, e);
}

bool asks_add_domain(struct asks *a, const char *value, struct err *e)
{
    return add(a, (struct resolve_ask){.kind = RESOLVE_DOMAIN, .name = value_name(value, e)}, e);
}

bool asks_add_mailbox(struct asks *a, const char *value, struct err *e)
{
    struct resolve_ask ask = {.kind = RESOLVE_MAILBOX};
    struct address literal;

    ask.recipient = value_mailbox(value, &ask.name, e);
    if (ask.name && address_parse(ask.name, 1, &literal))
        ask.kind = RESOLVE_HOST;
    return ask.recipient && add(a, ask, e);
}

bool asks_complete(struct asks *a, unsigned port, const struct terms *terms, int family,
                   struct err *e)
{
    for (size_t i = 0; i < a->count; i++) {
        struct address literal;

        a->at[i].port = port;
        a->at[i].terms = terms;
        if (family != AF_UNSPEC && address_parse(a->at[i].name, 1, &literal) &&
            literal.sockaddr.ss_family != family)
            return err_set(e, ERR_USAGE, "--%s: \"%.100s\" is an address of the other family",
                           family == AF_INET ? "ipv4" : "ipv6", a->at[i].name);
    }
    return true;
}
