/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/partners_hellos.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/strings.h"
#include "base/text.h"
#include "mta/postfix_entry.h"

enum { VERSION_NEWEST = 9999 }; /* Postfix has read the entry; here every attribute is known */

/* In place of an index of an entry: the partner has none so far; it has one that changes nothing.
 */
static const size_t no_entry = SIZE_MAX, usual_entry = SIZE_MAX - 1;

/* The entries of one run. */
struct collecting {
    struct own_hello_entry *entries; /* those that differ, one for each partner at most */
    size_t count;
    size_t *entry_of; /* of each partner */
    struct strings kept;
    struct postfix_entry read; /* the last one */
};

/* Whether two entries make the same hello. */
static bool is_alike(const struct own_hello_entry *a, const struct own_hello_entry *b)
{
    return text_equal(a->protocols, b->protocols) && text_equal(a->ciphers, b->ciphers) &&
           text_equal(a->exclude, b->exclude) && text_equal(a->servername, b->servername);
}

/* Returns a copy that k->kept has; NULL for NULL. */
static const char *keep(struct collecting *k, const char *text)
{
    if (!text)
        return NULL;
    return strings_keep(&k->kept, text);
}

/* Returns the index of an entry, which is added if there is none like it; usual_entry where it
 * changes nothing. */
static size_t index_of(struct collecting *k, const struct own_hello_entry *x)
{
    static const struct own_hello_entry nothing;

    if (is_alike(x, &nothing))
        return usual_entry;
    for (size_t i = 0; i < k->count; i++) {
        if (is_alike(&k->entries[i], x))
            return i;
    }
    k->entries[k->count] = (struct own_hello_entry){keep(k, x->protocols), keep(k, x->ciphers),
                                                    keep(k, x->exclude), keep(k, x->servername)};
    return k->count++;
}

/* Reads the entry of a next hop, unless the partner has one already. */
static void take_hop(struct collecting *k, size_t partner, const struct mta_hop *hop)
{
    const struct postfix_entry *x = &k->read;
    char why[400];

    if (k->entry_of[partner] != no_entry || hop->fallback || !hop->policy.found)
        return;
    if (postfix_entry_read(hop->policy.source.value, VERSION_NEWEST, &k->read, why, sizeof why))
        k->entry_of[partner] = index_of(
            k, &(struct own_hello_entry){x->protocols, x->ciphers, x->exclude, x->servername});
}

/* Reads the entries of all partners, as the server has answered. */
static void read_entries(struct collecting *k, const struct partners_mta *mta,
                         const struct mta_server *s)
{
    for (size_t i = 0; i < s->route_count; i++) {
        const struct mta_route *route = &s->routes[i];

        for (size_t n = 0; n < route->hop_count; n++)
            take_hop(k, mta->partner_of[route->question], &route->hops[n]);
    }
}

/* Makes the hellos and sets those of the partners. */
static bool load(struct partners_hellos *h, struct partners *f, const struct collecting *k,
                 const struct own_hello_config *c, struct error *e)
{
    if (k->kept.failed)
        return error_memory(e);
    if (k->count == 0)
        return true;
    h->at = calloc(k->count, sizeof *h->at);
    if (!h->at)
        return error_memory(e);
    if (!own_hello_load_entries(c, k->entries, k->count, h->at, e))
        return false;
    for (size_t i = 0; i < f->count; i++) {
        size_t n = k->entry_of[i];

        if (n < k->count)
            f->runs[i].outbound.hello = h->at[n].template.len > 0 ? &h->at[n] : NULL;
    }
    return true;
}

bool partners_hellos_load(struct partners_hellos *h, struct partners *f,
                          const struct own_hello_config *c, struct error *e)
{
    struct collecting k = {.entries = calloc(f->count + 1, sizeof *k.entries),
                           .entry_of = calloc(f->count + 1, sizeof *k.entry_of)};
    bool ok = k.entries && k.entry_of;

    for (size_t i = 0; ok && i < f->count; i++)
        k.entry_of[i] = no_entry;
    if (ok && f->own->postfix.count > 0 && f->mta.facts.count > 0)
        read_entries(&k, &f->mta, &f->mta.facts.servers[0]);
    ok = ok ? load(h, f, &k, c, e) : error_memory(e);
    free(k.entries);
    free(k.entry_of);
    strings_clear(&k.kept);
    return ok;
}

void partners_hellos_clear(struct partners_hellos *h)
{
    free(h->at);
    *h = (struct partners_hellos){0};
}
