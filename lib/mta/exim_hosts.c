/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_hosts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "mta/exim_match.h"

/* Adds a zeroed target, which is valid until the next one is added. NULL: memory ran out. */
static struct exim_target *add(struct exim_targets *t)
{
    struct exim_target *grown = array_grow(t->at, t->count, sizeof *grown);

    if (!grown)
        return NULL;
    t->at = grown;
    grown += t->count++;
    *grown = (struct exim_target){0};
    return grown;
}

/* In place; ASCII letters alone. */
static void to_lower(char *s)
{
    for (; *s; s++)
        *s = (char)tolower((unsigned char)*s);
}

bool exim_hosts_take(struct exim_targets *t, const struct exim_delivery *d)
{
    for (size_t i = 0; i < d->host_count; i++) {
        const struct exim_host *h = &d->hosts[i];
        struct exim_target *target = add(t);

        if (!target)
            return false;
        target->port = h->port;
        span_copy(h->name, target->name, sizeof target->name);
        span_copy(h->address, target->address, sizeof target->address);
        to_lower(target->name);
    }
    return true;
}

bool exim_hosts_guess(struct exim_targets *t, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct exim_target *target;

        if (strchr(names[i], '*'))
            continue;
        target = add(t);
        if (!target)
            return false;
        span_copy(span_of(names[i]), target->name, sizeof target->name);
    }
    return t->count > 0 || add(t) != NULL;
}

/* Takes the port, of up to 9 digits, off the end of "name:25" or "[address]:25", whose brackets
 * stay, and returns it. 0: the port is 0; or there is none, and *item is unchanged. An IPv6 address
 * without brackets has more colons, and no port. */
static unsigned take_port(struct span *item)
{
    size_t colon = span_find(*item, ":"), bracket = span_find(*item, "]:");
    struct span rest = *item, port;
    unsigned number = 0;

    if (bracket < item->len)
        colon = bracket + 1;
    if (colon == item->len)
        return 0;
    port = (struct span){.at = rest.at + colon + 1, .len = rest.len - colon - 1};
    if (span_number(port, &number))
        item->len = colon;
    return number;
}

/* Adds the host of one item, "name:25", "name/mx" or "[address]:25": its lower-case name, or its
 * address as the name, "" where that is too long, and its port. False: memory ran out. */
static bool add_named(struct exim_targets *t, struct span item)
{
    struct exim_target *target = add(t);
    struct span rest = item, name;

    if (!target)
        return false;
    name = span_until(&rest, '/');
    target->port = take_port(&name);
    if (span_skip(&name, "["))
        name = span_until(&name, ']');
    span_copy(name, target->name, sizeof target->name);
    to_lower(target->name);
    return true;
}

bool exim_hosts_read(struct exim_targets *t, struct span list)
{
    struct exim_list items = exim_match_items(list);
    char item[512];
    bool cut = false, ok = true;

    while (ok && exim_match_next(&items, item, sizeof item, &cut)) {
        if (*item && strcmp(item, "+") != 0)
            ok = add_named(t, span_of(item));
    }
    return ok;
}

void exim_hosts_port(struct exim_targets *t, const struct exim_setting *port)
{
    static const struct {
        const char *name;
        unsigned number;
    } services[] = {
        {"smtps", 465}, {"submissions", 465}, {"ssmtp", 465}, {"submission", 587}, {"lmtp", 24}};
    unsigned number = 0;

    if (!port)
        return;
    if (!span_number(port->value, &number) || number == 25)
        number = 0;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        if (span_is(port->value, services[i].name))
            number = services[i].number;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (t->at[i].port == 0)
            t->at[i].port = number;
    }
}

void exim_hosts_free(struct exim_targets *t)
{
    free(t->at);
    t->at = NULL;
    t->count = 0;
}
