/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mta_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

enum { TEXT_MAX = 1000 };

/* A piece of memory that lives as long as its server. */
struct mta_chunk {
    struct mta_chunk *next;
    char text[];
};

void mta_facts_init(struct mta_server *s, enum mta_kind kind, const char *name)
{
    *s = (struct mta_server){.kind = kind, .name = "", .version = ""};
    s->name = mta_facts_copy(s, name, strlen(name));
}

/* Frees the arrays of a route, neither *r nor any string. */
static void free_route(struct mta_route *r)
{
    for (size_t i = 0; i < r->hop_count; i++) {
        free(r->hops[i].policy.match.at);
        free(r->hops[i].policy.digests.at);
        free(r->hops[i].facts.at);
    }
    free(r->hops);
    free(r->facts.at);
}

void mta_facts_free(struct mta_server *s)
{
    struct mta_chunk *c = s->chunks;

    for (size_t i = 0; i < s->route_count; i++)
        free_route(&s->routes[i]);
    for (size_t i = 0; i < s->refusal_count; i++)
        free(s->refusals[i].facts.at);
    while (c) {
        struct mta_chunk *next = c->next;

        free(c);
        c = next;
    }
    free(s->routes);
    free(s->refusals);
    free(s->facts.at);
    *s = (struct mta_server){.name = "", .version = ""};
}

const char *mta_facts_copy(struct mta_server *s, const char *text, size_t len)
{
    char clean[TEXT_MAX + 1];
    struct mta_chunk *c;
    size_t size;

    if (len == 0)
        return "";
    size = text_clean(clean, sizeof clean, text, len) + 1;
    c = malloc(sizeof *c + size);
    if (!c) {
        s->failed = true;
        return "";
    }
    memcpy(c->text, clean, size);
    c->next = s->chunks;
    s->chunks = c;
    return c->text;
}

/* A clean copy that the server owns; "" for NULL, and where memory ran out. */
static const char *copy_string(struct mta_server *s, const char *text)
{
    return text ? mta_facts_copy(s, text, strlen(text)) : "";
}

struct mta_source mta_facts_source(struct mta_server *s, const char *file, int line,
                                   const char *key, const char *value)
{
    return (struct mta_source){.file = copy_string(s, file),
                               .line = line,
                               .key = copy_string(s, key),
                               .value = copy_string(s, value)};
}

/* The array of `count` elements of `size` bytes with room for one more, moved where it was full.
 * NULL: memory ran out, `at` is unchanged, and s->failed is set. */
static void *grow(struct mta_server *s, void *at, size_t count, size_t size)
{
    void *grown = array_grow(at, count, size);

    if (!grown)
        s->failed = true;
    return grown;
}

/* A source of which nothing is known; its strings are "". */
static struct mta_source no_source(void)
{
    return (struct mta_source){.file = "", .key = "", .value = ""};
}

struct mta_route *mta_facts_add_route(struct mta_server *s, size_t question, const char *recipient)
{
    struct mta_route *grown = grow(s, s->routes, s->route_count, sizeof *grown);

    if (!grown)
        return NULL;
    s->routes = grown;
    grown += s->route_count++;
    *grown = (struct mta_route){.question = question,
                                .recipient = copy_string(s, recipient),
                                .sender = "",
                                .below = "",
                                .source = no_source()};
    return grown;
}

struct mta_hop *mta_facts_add_hop(struct mta_server *s, struct mta_route *r)
{
    struct mta_hop *grown = grow(s, r->hops, r->hop_count, sizeof *grown);

    if (!grown)
        return NULL;
    r->hops = grown;
    grown += r->hop_count++;
    *grown = (struct mta_hop){.next_hop = "",
                              .name = "",
                              .service = "",
                              .source = no_source(),
                              .policy = {.source = no_source(),
                                         .match_source = no_source(),
                                         .digest = "",
                                         .version_source = no_source()}};
    return grown;
}

struct mta_refusal *mta_facts_add_refusal(struct mta_server *s, size_t client)
{
    struct mta_refusal *grown = grow(s, s->refusals, s->refusal_count, sizeof *grown);

    if (!grown)
        return NULL;
    s->refusals = grown;
    grown += s->refusal_count++;
    *grown = (struct mta_refusal){.client = client, .command = "", .reply = ""};
    return grown;
}

void mta_facts_add_fact(struct mta_server *s, struct mta_fact_list *l, enum mta_fact_code code,
                        struct mta_source source, const char *text)
{
    struct mta_fact *grown = grow(s, l->at, l->count, sizeof *grown);

    if (!grown)
        return;
    l->at = grown;
    l->at[l->count++] =
        (struct mta_fact){.code = code, .source = source, .text = copy_string(s, text)};
}

void mta_facts_list_add(struct mta_server *s, struct mta_list *l, const char *text, size_t len)
{
    const char **grown = grow(s, l->at, l->count, sizeof *grown);

    if (!grown)
        return;
    l->at = grown;
    l->at[l->count++] = mta_facts_copy(s, text, len);
}

bool mta_facts_is_unknown(enum mta_fact_code code)
{
    return code <= MTA_UNKNOWN_LAST;
}

bool mta_facts_defers(enum mta_fact_code code)
{
    return code > MTA_UNKNOWN_LAST && code <= MTA_DEFER_LAST;
}
