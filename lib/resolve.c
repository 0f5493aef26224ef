#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "questions.h"
#include "text.h"

/* NULL: memory. */
static struct questions *new_questions(const struct resolve_config *c, size_t max)
{
    const struct questions_config qc = {
        .dns = &c->dns, .parallel = c->parallel, .stage_ms = c->stage_ms, .deadline = c->deadline};

    return questions_new(&qc, max);
}

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

static bool add_address(struct resolve_host *h, const struct address *a)
{
    struct address *list;

    for (size_t i = 0; i < h->address_count; i++) {
        if (strcmp(h->addresses[i].text, a->text) == 0)
            return true;
    }
    if (h->address_count == RESOLVE_ADDRESSES_MAX) {
        h->status = DNS_FAILURE;
        text_copy(h->why, sizeof h->why, "more than 64 addresses");
        return true;
    }
    list = realloc(h->addresses, (h->address_count + 1) * sizeof *list);
    if (!list)
        return false;
    h->addresses = list;
    list[h->address_count++] = *a;
    return true;
}

/* --- phase 1: MX --- */

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
    struct address a;
    bool literal = address_parse(t->ask->name, t->ask->port, &a);

    t->status = DNS_OK;
    t->secure = true; /* no MX record stands between the name and the gateway */
    return add_host(r, t, t->ask->name, literal, 0) &&
           (!literal || add_address(&r->hosts[t->mx[0].host], &a));
}

static void ask_mx(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    struct questions *q = new_questions(c, r->target_count);

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

/* --- phase 2: addresses and TLSA --- */

static bool tlsa_name(const char *base, unsigned port, char *out)
{
    int len = snprintf(out, DNS_NAME, "_%u._tcp.%s", port, base);

    return len > 0 && len < DNS_NAME;
}

static void mark_mx_literal(struct resolve_host *h)
{
    struct address ignored;

    if (address_parse(h->name, h->port, &ignored) || strcmp(h->name, ".") == 0) {
        h->mx_literal = true;
        h->status = DNS_NODATA;
    }
}

/* Whether TLSA counts under the terms of the gateway or of one of its twins. */
static bool wants_tlsa(const struct resolution *r, size_t i)
{
    for (; i != RESOLVE_NONE; i = r->hosts[i].twin) {
        if (r->hosts[i].terms->tlsa)
            return true;
    }
    return false;
}

static void add_host_questions(const struct resolve_config *c, struct questions *q,
                               const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (h->literal || h->mx_literal || h->first != i)
        return;
    if (c->family != AF_INET6)
        text_copy(questions_add(q, i, DNS_A)->name, DNS_NAME, h->name);
    if (c->family != AF_INET)
        text_copy(questions_add(q, i, DNS_AAAA)->name, DNS_NAME, h->name);
    if (wants_tlsa(r, i)) {
        struct question *j = questions_add(q, i, DNS_TLSA);

        if (!tlsa_name(h->name, h->port, j->name))
            q->count--;
    }
}

/* From least to most that somebody should know of. */
static int status_rank(enum dns_status s)
{
    static const int rank[] = {
        [DNS_OK] = 2, [DNS_NODATA] = 0, [DNS_NXDOMAIN] = 1, [DNS_FAILURE] = 3, [DNS_BOGUS] = 4};

    return rank[s];
}

static bool take_addresses(struct resolve_host *h, const struct dns_answer *a)
{
    if (status_rank(a->status) > status_rank(h->status)) {
        h->status = a->status;
        text_copy(h->why, sizeof h->why, a->why);
    }
    h->secure = h->secure && a->secure;
    h->us = a->us > h->us ? a->us : h->us;
    if (a->alias && *a->canonical && !h->alias) {
        h->alias = true;
        text_copy(h->canonical, sizeof h->canonical, a->canonical);
    }
    for (size_t i = 0; a->status == DNS_OK && i < a->count; i++) {
        struct address address;

        if (address_from(a->records[i].data, a->records[i].len, h->port, &address) &&
            !add_address(h, &address))
            return false;
    }
    return true;
}

static bool take_tlsa(struct resolve_host *h, const struct dns_answer *a, const char *base)
{
    h->tlsa_status = a->status;
    h->tlsa_secure = a->secure;
    h->us = a->us > h->us ? a->us : h->us;
    text_copy(h->tlsa_why, sizeof h->tlsa_why, a->why);
    text_copy(h->tlsa_base, sizeof h->tlsa_base, base);
    if (a->status != DNS_OK)
        return true;
    h->tlsa = calloc(a->count, sizeof *h->tlsa);
    if (!h->tlsa)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_record *r = &a->records[i];

        if (!dane_tlsa_fits(r->len))
            continue;
        if (!dane_tlsa_read(&h->tlsa[h->tlsa_count], r->data, r->len))
            return false;
        h->tlsa_count++;
    }
    return true;
}

/* One look-up serves the twins, too. */
static bool take_host_answer(struct resolution *r, struct question *j)
{
    const struct dns_answer *a = questions_answer(j);

    for (size_t i = j->owner; i != RESOLVE_NONE; i = r->hosts[i].twin) {
        struct resolve_host *h = &r->hosts[i];

        if (j->type != DNS_TLSA ? !take_addresses(h, a)
                                : h->terms->tlsa && !take_tlsa(h, a, h->name))
            return false;
    }
    return true;
}

static void ask_hosts(const struct resolve_config *c, struct resolution *r,
                      struct pool_watch *watch)
{
    struct questions *q = r->failed ? NULL : new_questions(c, 3 * r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->host_count; i++) {
        struct resolve_host *h = &r->hosts[i];

        h->secure = !h->literal;
        h->status = h->literal ? DNS_OK : DNS_NODATA;
        h->tlsa_status = DNS_NODATA;
        if (!h->literal)
            mark_mx_literal(h);
        add_host_questions(c, q, r, i);
    }
    questions_ask(q, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++)
        r->failed = !take_host_answer(r, &q->at[i]);
    for (size_t i = 0; i < r->host_count; i++) {
        if (r->hosts[i].address_count > 1)
            qsort(r->hosts[i].addresses, r->hosts[i].address_count, sizeof(struct address),
                  address_order);
    }
    questions_free(q, watch);
}

/* --- phase 3: the records of an alias stand under its target first (RFC 7672 2.2.3) --- */

static void drop_tlsa(struct resolve_host *h)
{
    for (size_t i = 0; i < h->tlsa_count; i++)
        dane_tlsa_clear(&h->tlsa[i]);
    free(h->tlsa);
    h->tlsa = NULL;
    h->tlsa_count = 0;
}

static bool take_alias_tlsa(struct resolve_host *h, const struct dns_answer *a)
{
    int64_t before = h->us;
    bool ok = true;

    if (a->status == DNS_OK ? a->secure : status_rank(a->status) > status_rank(DNS_OK)) {
        drop_tlsa(h);
        ok = take_tlsa(h, a, h->canonical);
    }
    h->us = before + a->us;
    return ok;
}

static void ask_alias_tlsa(const struct resolve_config *c, struct resolution *r,
                           struct pool_watch *watch)
{
    struct questions *q = r->failed ? NULL : new_questions(c, r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->host_count; i++) {
        const struct resolve_host *h = &r->hosts[i];

        if (h->alias && h->secure && h->first == i && wants_tlsa(r, i) &&
            !tlsa_name(h->canonical, h->port, questions_add(q, i, DNS_TLSA)->name))
            q->count--;
    }
    questions_ask(q, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++) {
        const struct dns_answer *a = questions_answer(&q->at[i]);

        for (size_t k = q->at[i].owner; k != RESOLVE_NONE; k = r->hosts[k].twin)
            r->failed = r->failed || (r->hosts[k].terms->tlsa && !take_alias_tlsa(&r->hosts[k], a));
    }
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
    ask_hosts(c, out, watch);
    ask_alias_tlsa(c, out, watch);
    finish(out);
}

bool resolve_is_empty(const struct resolve_target *t)
{
    return t->mx_count == 0 && t->status == DNS_OK && !t->null_mx;
}

void resolve_clear(struct resolution *r)
{
    for (size_t i = 0; i < r->target_count; i++)
        free(r->targets[i].mx);
    for (size_t i = 0; i < r->host_count; i++) {
        drop_tlsa(&r->hosts[i]);
        free(r->hosts[i].name);
        free(r->hosts[i].addresses);
    }
    free(r->targets);
    free(r->hosts);
    *r = (struct resolution){0};
}
