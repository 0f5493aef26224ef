#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "questions.h"
#include "resolve_hosts.h"
#include "text.h"

/* --- gateways --- */

/* To compare each of thousands of names with all others would take longer than their look-ups. */
static size_t *bucket_of(struct resolution *r, const char *name)
{
    uint32_t hash = 2166136261; /* FNV-1a */

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619;
    return &r->buckets[hash % RESOLVE_BUCKETS];
}

/* Room for one more, doubled when it is full: thousands of hosts are not moved thousands of times.
 * False: memory. */
static bool make_room(struct resolution *r)
{
    size_t n = r->host_count;
    struct resolve_host *hosts;

    if ((n & (n - 1)) != 0)
        return true;
    hosts = realloc(r->hosts, (n > 0 ? 2 * n : 1) * sizeof *hosts);
    if (!hosts)
        return false;
    r->hosts = hosts;
    return true;
}

/* Finds or adds the gateway of an ask. One given by its address is no MX host, whatever an MX
 * record names. False: memory. */
static bool host_for(struct resolution *r, const struct resolve_ask *ask, const char *name,
                     bool literal, size_t *index)
{
    size_t first = r->host_count, last = RESOLVE_NONE, *bucket = bucket_of(r, name);
    struct resolve_host *h;

    for (size_t i = *bucket; i != RESOLVE_NONE; i = h->next) {
        h = &r->hosts[i];
        if (h->port != ask->port || h->literal != literal || strcmp(h->name, name) != 0)
            continue;
        if (h->terms == ask->terms) {
            *index = i;
            return true;
        }
        first = h->first;
        if (last == RESOLVE_NONE)
            last = i;
    }
    if (!make_room(r))
        return false;
    h = &r->hosts[r->host_count];
    *h = (struct resolve_host){.terms = ask->terms,
                               .twin = RESOLVE_NONE,
                               .first = first,
                               .next = *bucket,
                               .name = strdup(name),
                               .port = ask->port,
                               .literal = literal};
    if (!h->name)
        return false;
    text_clean(h->shown, sizeof h->shown, name, strlen(name));
    if (last != RESOLVE_NONE)
        r->hosts[last].twin = r->host_count;
    *index = *bucket = r->host_count++;
    return true;
}

static bool add_host(struct resolution *r, struct resolve_target *t, const char *name, bool literal,
                     unsigned preference)
{
    struct resolve_mx *mx;
    size_t host;

    if (!host_for(r, t->ask, name, literal, &host))
        return false;
    for (size_t i = 0; i < t->mx_count; i++) {
        if (t->mx[i].host == host) {
            if (preference < t->mx[i].preference)
                t->mx[i].preference = preference;
            return true;
        }
    }
    mx = realloc(t->mx, (t->mx_count + 1) * sizeof *mx);
    if (!mx)
        return false;
    t->mx = mx;
    mx[t->mx_count++] = (struct resolve_mx){host, preference};
    return true;
}

/* --- MX --- */

static bool take_mx_records(struct resolution *r, struct resolve_target *t,
                            const struct dns_answer *a)
{
    if (a->count == 1 && a->records[0].name[0] == '\0') {
        t->null_mx = true;
        return true;
    }
    for (size_t i = 0; i < a->count; i++) {
        const char *name = a->records[i].name[0] ? a->records[i].name : ".";

        if (!add_host(r, t, name, false, a->records[i].preference))
            return false;
    }
    return true;
}

/* A zone need not have a wildcard, and mail is never for the asterisk itself. */
static bool take_wildcard(struct resolution *r, struct resolve_target *t,
                          const struct dns_answer *a)
{
    if (a->status == DNS_NODATA || a->status == DNS_NXDOMAIN)
        t->status = DNS_OK;
    if (a->status != DNS_OK)
        return true;
    if (!take_mx_records(r, t, a))
        return false;
    t->null_mx = false;
    return true;
}

static bool take_mx(struct resolution *r, struct question *j)
{
    struct resolve_target *t = &r->targets[j->owner];
    const struct dns_answer *a = questions_answer(j);

    t->status = a->status;
    t->secure = a->secure;
    t->us = a->us;
    text_copy(t->why, sizeof t->why, a->why);
    if (a->alias && a->secure)
        text_copy(t->canonical, sizeof t->canonical, a->canonical);
    if (t->ask->kind == RESOLVE_WILDCARD)
        return take_wildcard(r, t, a);
    if (a->status == DNS_OK)
        return take_mx_records(r, t, a);
    if (a->status != DNS_NODATA)
        return true;
    t->status = DNS_OK;
    t->implicit = true;
    return add_host(r, t, t->ask->name, false, 0);
}

static bool take_host(struct resolution *r, struct resolve_target *t)
{
    struct address ignored;
    bool literal = address_parse(t->ask->name, t->ask->port, &ignored);

    t->status = DNS_OK;
    t->secure = true; /* no MX record stands between the name and the gateway */
    return add_host(r, t, t->ask->name, literal, 0);
}

static void ask_mx(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    struct questions *q = resolve_questions(c, r->target_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->target_count; i++) {
        const struct resolve_ask *a = r->targets[i].ask;

        if (a->kind == RESOLVE_HOST)
            r->failed = r->failed || !take_host(r, &r->targets[i]);
        else if (a->kind != RESOLVE_NAME)
            text_copy(questions_add(q, i, DNS_MX)->name, DNS_NAME, a->name);
    }
    questions_ask(q, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++)
        r->failed = !take_mx(r, &q->at[i]);
    questions_free(q, watch);
}

/* --- all of it --- */

static int by_preference(const void *a, const void *b, void *arg)
{
    const struct resolve_mx *x = a, *y = b;
    const struct resolution *r = arg;

    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(r->hosts[x->host].name, r->hosts[y->host].name);
}

/* Keeps a target's addresses to what RESOLVE_TARGET_MAX allows, the best preferences first. */
static void limit_addresses(struct resolution *r, const struct resolve_target *t)
{
    size_t left = RESOLVE_TARGET_MAX;

    for (size_t m = 0; m < t->mx_count; m++) {
        struct resolve_host *h = &r->hosts[t->mx[m].host];

        if (h->address_count > left) {
            h->address_count = left;
            h->status = DNS_FAILURE;
            text_copy(h->why, sizeof h->why, "the domain has more than 4096 addresses in all");
        }
        left -= h->address_count;
    }
}

static void finish(struct resolution *r)
{
    for (size_t i = 0; i < r->target_count; i++) {
        struct resolve_target *t = &r->targets[i];

        if (t->mx_count > 1)
            qsort_r(t->mx, t->mx_count, sizeof *t->mx, by_preference, r);
        limit_addresses(r, t);
        for (size_t m = 0; m < t->mx_count; m++) {
            struct resolve_host *h = &r->hosts[t->mx[m].host];

            h->mx_us = t->us > h->mx_us ? t->us : h->mx_us;
        }
    }
}

void resolve_all(const struct resolve_config *c, const struct resolve_ask *asks, size_t ask_count,
                 struct pool_watch *watch, struct resolution *out)
{
    *out = (struct resolution){.targets = calloc(ask_count, sizeof *out->targets),
                               .family = c->family,
                               .trusted = dns_config_trusted(&c->dns)};
    if (!out->targets) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < RESOLVE_BUCKETS; i++)
        out->buckets[i] = RESOLVE_NONE;
    out->target_count = ask_count;
    for (size_t i = 0; i < ask_count; i++)
        out->targets[i].ask = &asks[i];
    ask_mx(c, out, watch);
    resolve_hosts(c, out, watch);
    finish(out);
}

bool resolve_tlsa_counts(const struct resolve_host *h)
{
    return h->secure || h->alias_secure;
}

bool resolve_is_empty(const struct resolve_target *t)
{
    return t->mx_count == 0 && t->status == DNS_OK && !t->null_mx;
}

void resolve_clear(struct resolution *r)
{
    for (size_t i = 0; i < r->target_count; i++)
        free(r->targets[i].mx);
    for (size_t i = 0; i < r->host_count; i++)
        resolve_host_clear(&r->hosts[i]);
    free(r->targets);
    free(r->hosts);
    *r = (struct resolution){0};
}
