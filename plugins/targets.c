/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "policy/hostname.h"
#include "policy/option_value.h"

/* Frees the name and the recipient of a target, which may be NULL. */
static void free_names(struct target *t)
{
    free((char *)t->name);
    free((char *)t->recipient);
}

/* Whether the list has a target of the same kind, name and recipient. */
static bool has(const struct targets *a, const struct target *t)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&a->by_name, hash_text(t->name), &walk); i != HASH_NONE;
         i = hash_next(&walk)) {
        const struct target *other = &a->at[i];

        if (other->kind == t->kind && strcmp(other->name, t->name) == 0 &&
            text_equal(other->recipient, t->recipient))
            return true;
    }
    return false;
}

/* Adds a target, whose names the list owns then; they are freed where it is there already, or
 * cannot be added. False with `e` filled: memory. False without touching `e`: the name is NULL, and
 * the caller has filled it. */
static bool add(struct targets *a, struct target ask, struct error *e)
{
    struct target *at;

    if (!ask.name)
        return false;
    if (has(a, &ask)) {
        free_names(&ask);
        return true;
    }
    at = array_grow(a->at, a->count, sizeof *at);
    a->at = at ? at : a->at;
    if (!at || !hash_add(&a->by_name, hash_text(ask.name), a->count)) {
        free_names(&ask);
        return error_memory(e);
    }
    at[a->count++] = ask;
    return true;
}

bool targets_add_host(struct targets *a, const char *value, struct error *e)
{
    return add(a, (struct target){.kind = TARGET_HOST, .name = hostname_or_address(value, e)}, e);
}

bool targets_add_domain(struct targets *a, const char *value, struct error *e)
{
    struct address literal;

    if (address_parse(value, 1, &literal))
        return error_set(e, ERROR_USAGE, "is not a domain name");
    return add(a, (struct target){.kind = TARGET_DOMAIN, .name = hostname_ascii(value, e)}, e);
}

bool targets_add_mailbox(struct targets *a, const char *value, struct error *e)
{
    struct target ask = {.kind = TARGET_MAILBOX};
    struct address literal;

    ask.recipient = hostname_mailbox(value, &ask.name, e);
    if (ask.name && address_parse(ask.name, 1, &literal))
        ask.kind = TARGET_HOST;
    return ask.recipient && add(a, ask, e);
}

bool targets_complete(struct targets *a, unsigned port, const struct tls_policy *policy, int family,
                      struct error *e)
{
    for (size_t i = 0; i < a->count; i++) {
        struct address literal;

        a->at[i].port = port;
        a->at[i].policy = policy;
        if (family != AF_UNSPEC && address_parse(a->at[i].name, 1, &literal) &&
            literal.sockaddr.ss_family != family)
            return error_set(e, ERROR_USAGE, "--%s: \"%.100s\" is an address of the other family",
                             family == AF_INET ? "ipv4" : "ipv6", a->at[i].name);
    }
    return true;
}

void targets_clear(struct targets *a)
{
    for (size_t i = 0; i < a->count; i++)
        free_names(&a->at[i]);
    free(a->at);
    hash_clear(&a->by_name);
    *a = (struct targets){0};
}
