/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/cert_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* Returns the index of the entry with the same SHA-256; CERT_LIST_NONE where there is none. */
static size_t find(const struct cert_list *l, const struct cert_facts *c)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&l->by_digest, hash_text(c->sha256), &walk); i != HASH_NONE;
         i = hash_next(&walk)) {
        if (strcmp(l->entries[i].cert->sha256, c->sha256) == 0)
            return i;
    }
    return CERT_LIST_NONE;
}

/* Adds an entry without places, for a certificate that find has not found. Returns its index;
 * CERT_LIST_NONE: out of memory. */
static size_t add_entry(struct cert_list *l, const struct cert_facts *c)
{
    struct cert_entry *grown = array_grow(l->entries, l->count, sizeof *grown);

    if (!grown)
        return CERT_LIST_NONE;
    l->entries = grown;
    if (!hash_add(&l->by_digest, hash_text(c->sha256), l->count))
        return CERT_LIST_NONE;
    grown[l->count] =
        (struct cert_entry){.cert = c, .first = CERT_LIST_NONE, .last = CERT_LIST_NONE};
    return l->count++;
}

/* Adds a place to an entry of the list. The caller has filled in place.cert, and place.next with
 * CERT_LIST_NONE. False: out of memory. */
static bool add_place(struct cert_list *l, struct cert_entry *entry, struct cert_place place)
{
    struct cert_place *grown = array_grow(l->places, l->place_count, sizeof *grown);

    if (!grown)
        return false;
    l->places = grown;
    grown[l->place_count] = place;
    if (entry->last == CERT_LIST_NONE)
        entry->first = l->place_count;
    else
        grown[entry->last].next = l->place_count;
    entry->last = l->place_count++;
    return true;
}

size_t cert_list_add(struct cert_list *l, const struct cert_facts *c, struct cert_place place,
                     bool *known)
{
    size_t at = find(l, c);

    *known = at != CERT_LIST_NONE;
    if (!*known)
        at = add_entry(l, c);
    if (at == CERT_LIST_NONE)
        return at;
    place.cert = c;
    place.next = CERT_LIST_NONE;
    return add_place(l, &l->entries[at], place) ? at : CERT_LIST_NONE;
}

void cert_list_clear(struct cert_list *l)
{
    free(l->entries);
    free(l->places);
    hash_clear(&l->by_digest);
    *l = (struct cert_list){0};
}

const char *cert_list_origin(const struct cert_facts *c)
{
    if (c->path == 0)
        return "not on the path";
    return c->served ? "served" : "from the store";
}
