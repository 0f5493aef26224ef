/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "dns/dns_batch.h"
#include "probe/resolve_hosts.h"
#include "base/text.h"

enum { SHOWN_MAX = 256 };

const char *resolve_keep(struct resolution *r, const char *s)
{
    char **texts;

    if (!*s)
        return "";
    texts = array_grow(r->texts, r->text_count, sizeof *texts);
    if (!texts)
        return NULL;
    r->texts = texts;
    texts[r->text_count] = strdup(s);
    if (!texts[r->text_count])
        return NULL;
    return texts[r->text_count++];
}

/* --- gateways --- */

/* The index of the first gateway with the name, port and `literal` of *h, whatever its policy;
 * RESOLVE_NONE where there is none. `code` is the hash of these three, as host_for makes it. */
static size_t find_first(const struct resolution *r, const struct resolve_host *h, uint64_t code)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&r->index, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        const struct resolve_host *x = &r->hosts[i];

        if (x->first == i && x->port == h->port && x->literal == h->literal &&
            strcmp(x->name, h->name) == 0)
            return i;
    }
    return RESOLVE_NONE;
}

/* The index of the gateway under that policy among `first`, an index, and its duplicates;
 * RESOLVE_NONE where there is none. `code` is the hash of name, port, `literal` and policy. */
static size_t find_duplicate(const struct resolution *r, size_t first,
                             const struct tls_policy *policy, uint64_t code)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&r->index, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (r->hosts[i].first == first && r->hosts[i].policy == policy)
            return i;
    }
    return RESOLVE_NONE;
}

/* Replaces a gateway's name by a copy that *r owns, or by that of `first`, its first duplicate's
 * index or RESOLVE_NONE, and sets its other texts. False: out of memory. */
static bool name_host(struct resolution *r, struct resolve_host *h, size_t first)
{
    char shown[SHOWN_MAX];

    h->why = h->canonical = h->tlsa_why = h->tlsa_base = "";
    if (first != RESOLVE_NONE) {
        h->name = r->hosts[first].name;
        h->shown = r->hosts[first].shown;
        return true;
    }
    text_clean(shown, sizeof shown, h->name, strlen(h->name));
    h->name = h->shown = resolve_keep(r, h->name);
    if (h->name && strcmp(shown, h->name) != 0)
        h->shown = resolve_keep(r, shown);
    return h->name && h->shown;
}

/* Appends a copy of *h, whose name is copied, after its duplicates: `first` is the index of the
 * first of them, or RESOLVE_NONE. False: out of memory. */
static bool append(struct resolution *r, const struct resolve_host *h, size_t first)
{
    struct resolve_host *hosts = array_grow(r->hosts, r->host_count, sizeof *hosts), *new;
    size_t i = r->host_count;

    if (!hosts)
        return false;
    r->hosts = hosts;
    new = &hosts[i];
    *new = *h;
    if (!name_host(r, new, first))
        return false;
    new->duplicate = RESOLVE_NONE;
    new->first = first == RESOLVE_NONE ? i : first;
    new->last = i;
    if (first != RESOLVE_NONE) {
        hosts[hosts[first].last].duplicate = i;
        hosts[first].last = i;
    }
    r->host_count++;
    return true;
}

/* Finds or adds the gateway that has the port and the policy of `target` and that name, in lower
 * case, which is copied; *index is its index in r->hosts. `literal`: the name is an address that
 * was asked for. What an MX record names is no literal, even an address. False: out of memory. */
static bool host_for(struct resolution *r, const struct target *target, const char *name,
                     bool literal, size_t *index)
{
    struct resolve_host h = {
        .policy = target->policy, .name = name, .port = target->port, .literal = literal};
    uint64_t endpoint = hash_pair(hash_text(name), 2 * (uint64_t)h.port + literal);
    uint64_t under_policy = hash_pair(endpoint, (uint64_t)(uintptr_t)h.policy);
    size_t first = find_first(r, &h, endpoint);

    *index =
        first == RESOLVE_NONE ? RESOLVE_NONE : find_duplicate(r, first, h.policy, under_policy);
    if (*index != RESOLVE_NONE)
        return true;
    *index = r->host_count;
    if (!append(r, &h, first))
        return false;
    return (first != RESOLVE_NONE || hash_add(&r->index, endpoint, *index)) &&
           hash_add(&r->index, under_policy, *index);
}

/* Adds the gateway with that name, which is copied, after those of the target; `finish` sorts them.
 * `literal` as of host_for: false for a name from DNS. If the target has the gateway already, the
 * lower preference counts. False: memory; the caller sets r->failed. */
static bool add_host(struct resolution *r, struct resolve_target *t, const char *name, bool literal,
                     unsigned preference)
{
    struct resolve_mx *mx;
    size_t host;

    if (!host_for(r, t->target, name, literal, &host))
        return false;
    if (t->target->kind != TARGET_HOST)
        r->hosts[host].from_mx = true;
    else if (t->target->role != TARGET_DECLARED)
        r->hosts[host].named = true;
    for (size_t i = 0; i < t->mx_count; i++) {
        if (t->mx[i].host == host) {
            if (preference < t->mx[i].preference)
                t->mx[i].preference = preference;
            return true;
        }
    }
    mx = array_grow(t->mx, t->mx_count, sizeof *mx);
    if (!mx)
        return false;
    t->mx = mx;
    mx[t->mx_count++] = (struct resolve_mx){host, preference};
    return true;
}

/* --- MX --- */

/* Adds the gateways that the MX records of an answer name. Too many make t->status a failure.
 * False: memory. */
static bool take_mx_records(struct resolution *r, struct resolve_target *t,
                            const struct dns_answer *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_record *record = &a->records[i];

        if (record->name[0] == '\0') {
            t->null_mx = true;
            t->null_preference = record->preference;
        } else if (!add_host(r, t, record->name, false, record->preference)) {
            return false;
        }
    }
    if (a->cut) {
        t->status = DNS_FAILURE;
        t->why = "more than 256 MX records";
    }
    return true;
}

/* Takes the answer about a wildcard, whose status *t has already. A zone need not have a wildcard,
 * and mail is never for the asterisk itself: without MX records there is no gateway. False:
 * memory. */
static bool take_wildcard(struct resolution *r, struct resolve_target *t,
                          const struct dns_answer *a)
{
    if (a->status == DNS_NODATA || a->status == DNS_NXDOMAIN)
        t->status = DNS_OK;
    if (a->status != DNS_OK)
        return true;
    if (!take_mx_records(r, t, a))
        return false;
    t->null_mx = t->null_mx && t->mx_count > 0;
    return true;
}

/* Takes the answer about the MX records of a target, whose index is j->owner; the caller drops the
 * answer. A domain without MX records is its own gateway; a wildcard without has none. A look-up
 * that failed, or had no answer in time, is a fact of the target. False: memory. */
static bool take_mx(struct resolution *r, struct dns_batch_query *j)
{
    struct resolve_target *t = &r->targets[j->owner];
    const struct dns_answer *a = dns_batch_answer(j);

    t->status = a->status;
    t->secure = a->secure;
    t->us = a->us;
    t->refused = a->refused;
    t->plain = a->plain;
    t->why = resolve_keep(r, a->why);
    if (a->alias && a->secure)
        t->canonical = resolve_keep(r, a->canonical);
    if (!t->why || !t->canonical)
        return false;
    if (t->target->kind == TARGET_WILDCARD)
        return take_wildcard(r, t, a);
    if (a->status == DNS_OK)
        return take_mx_records(r, t, a);
    if (a->status != DNS_NODATA)
        return true;
    t->status = DNS_OK;
    t->implicit = true;
    return add_host(r, t, t->target->name, false, 0);
}

/* Adds a host that was asked for, which is its own gateway. False: memory. */
static bool take_host(struct resolution *r, struct resolve_target *t)
{
    struct address ignored;
    bool literal = address_parse(t->target->name, t->target->port, &ignored);

    t->status = DNS_OK;
    t->secure = true; /* no MX record stands between the name and the gateway */
    return add_host(r, t, t->target->name, literal, 0);
}

/* Adds the gateways of targets that are hosts, and asks for the MX records of all others
 * concurrently; names (TARGET_NAME) are not looked up. Sets r->failed where memory runs out. */
static void ask_mx(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    struct dns_batch *q = resolve_hosts_ask(c, r->target_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->target_count; i++) {
        const struct target *a = r->targets[i].target;

        if (a->kind == TARGET_HOST)
            r->failed = r->failed || !take_host(r, &r->targets[i]);
        else if (a->kind != TARGET_NAME)
            r->failed = r->failed || !dns_batch_add(q, i, DNS_MX, a->name);
    }
    dns_batch_ask(q, watch);
    r->failed = r->failed || atomic_load(&q->failed);
    for (size_t i = 0; i < q->count && !r->failed; i++) {
        r->failed = !take_mx(r, &q->at[i]);
        dns_batch_drop(&q->at[i]);
    }
    dns_batch_free(q, watch);
}

/* --- all of it --- */

/* Compares struct resolve_mx for qsort_r: by preference, then by the host's name. `arg` is the
 * resolution. */
static int by_preference(const void *a, const void *b, void *arg)
{
    const struct resolve_mx *x = a, *y = b;
    const struct resolution *r = arg;

    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(r->hosts[x->host].name, r->hosts[y->host].name);
}

/* Keeps the addresses of a target's gateways to what RESOLVE_TARGET_MAX allows, the best
 * preferences first; t->mx is sorted. A gateway that loses some becomes a failure. */
static void limit_addresses(struct resolution *r, const struct resolve_target *t)
{
    size_t left = RESOLVE_TARGET_MAX;

    for (size_t m = 0; m < t->mx_count; m++) {
        struct resolve_host *h = &r->hosts[t->mx[m].host];

        if (h->address_count > left) {
            h->address_count = left;
            h->status = DNS_FAILURE;
            h->why = "the domain has more than 4096 addresses in all";
        }
        left -= h->address_count;
    }
}

/* Marks the addresses of a gateway that an MX host cannot have. Does nothing for a gateway that no
 * MX record led to. */
static void mark_unusable(const struct resolve_config *c, struct resolve_host *h)
{
    for (size_t a = 0; a < h->address_count && h->from_mx; a++) {
        const struct address *address = &h->addresses[a];
        bool allowed = c->allow_loopback && address_is_loopback(address);

        if (address_unusable(address) && !allowed)
            h->unusable |= (uint64_t)1 << a;
    }
}

/* Completes what the look-ups found: marks and limits addresses, sorts the gateways of each
 * target, and notes how long MX records took. */
static void finish(const struct resolve_config *c, struct resolution *r)
{
    for (size_t i = 0; i < r->host_count; i++)
        mark_unusable(c, &r->hosts[i]);
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

/* Whether AAAA is not asked for because of the resolver option no-aaaa. An address family that is
 * asked for comes before the option. */
static bool asks_no_aaaa(const struct resolve_config *c)
{
    return c->dns.no_aaaa && c->family == AF_UNSPEC;
}

void resolve_all(const struct resolve_config *c, const struct target *targets, size_t target_count,
                 struct pool_watch *watch, struct resolution *out)
{
    const char *doubted = dns_config_doubted(&c->dns);

    *out = (struct resolution){.targets = calloc(target_count, sizeof *out->targets),
                               .family = c->family,
                               .no_aaaa = asks_no_aaaa(c)};
    out->trusted = c->dns.server_count > 0 && !doubted;
    text_copy(out->doubted, sizeof out->doubted, doubted ? doubted : "");
    if (!out->targets) {
        out->failed = true;
        return;
    }
    out->target_count = target_count;
    for (size_t i = 0; i < target_count; i++)
        out->targets[i] =
            (struct resolve_target){.target = &targets[i], .why = "", .canonical = ""};
    ask_mx(c, out, watch);
    resolve_hosts(c, out, watch);
    finish(c, out);
}

bool resolve_tlsa_counts(const struct resolve_host *h)
{
    return h->secure || h->alias_secure;
}

const char *resolve_own_name(const struct resolve_host *h)
{
    if (h->literal || strchr(h->name, '\\'))
        return NULL;
    return tls_policy_is_dane(h->policy->level) && h->tlsa_count > 0 ? h->tlsa_base : h->name;
}

bool resolve_is_unusable(const struct resolve_host *h, size_t address)
{
    return h->unusable >> address & 1;
}

bool resolve_is_avoided(const struct resolve_host *h, size_t address)
{
    return resolve_is_unusable(h, address) && !h->named;
}

bool resolve_is_placeholder(const struct resolve_host *h)
{
    static const char suffix[] = ".invalid";
    size_t len = strlen(h->name), end = sizeof suffix - 1;

    return h->address_count == 0 && (h->status == DNS_NODATA || h->status == DNS_NXDOMAIN) &&
           len > end && strcmp(h->name + len - end, suffix) == 0;
}

void resolve_clear(struct resolution *r)
{
    for (size_t i = 0; i < r->target_count; i++)
        free(r->targets[i].mx);
    for (size_t i = 0; i < r->host_count; i++)
        resolve_hosts_clear(&r->hosts[i]);
    for (size_t i = 0; i < r->text_count; i++)
        free(r->texts[i]);
    free(r->texts);
    free(r->targets);
    free(r->hosts);
    hash_clear(&r->index);
    *r = (struct resolution){0};
}
