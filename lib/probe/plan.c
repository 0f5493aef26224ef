/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* One address of one gateway, before sessions are shared. */
struct endpoint {
    size_t host, address; /* indices: in the resolution, and in the host */
    const struct address *a;
};

const char *plan_name(const char *entry, const struct resolve_target *t,
                      const struct resolve_host *h, char buf[DNS_NAME + 1])
{
    if (strcmp(entry, "hostname") == 0)
        return h->name;
    if (strcmp(entry, "nexthop") == 0)
        return t->target->name;
    if (strcmp(entry, "dot-nexthop") != 0)
        return entry;
    snprintf(buf, DNS_NAME + 1, ".%s", t->target->name);
    return buf;
}

size_t plan_dane_names(const struct resolve_target *t, const struct resolve_host *h,
                       const char *names[PLAN_DANE_NAMES])
{
    const char *all[] = {h->tlsa_base, h->name, t->target->name, t->canonical};
    size_t known = t->secure ? 4 : 2, count = 0;

    for (size_t i = 0; i < known; i++) {
        size_t k = 0;

        while (k < count && strcmp(names[k], all[i]) != 0)
            k++;
        if (k == count && *all[i])
            names[count++] = all[i];
    }
    return count;
}

/* --- what is left out --- */

/* Whether a declared gateway is one that was found: the same entry of r->hosts, so of the same
 * policy, or an address, as text, among the addresses of a host with the same port. */
static bool is_same_gateway(const struct resolve_host *declared, const struct resolve_host *found)
{
    if (declared == found)
        return true;
    if (!declared->literal || declared->port != found->port)
        return false;
    for (size_t a = 0; a < found->address_count; a++) {
        if (strcmp(found->addresses[a].text, declared->name) == 0)
            return true;
    }
    return false;
}

/* Whether `t` is a domain of the partner with that index, of struct target, and its MX records lead
 * to the declared gateway. */
static bool leads_to(const struct resolution *r, const struct resolve_target *t, size_t partner,
                     const struct resolve_host *declared)
{
    if (t->target->role != TARGET_PARTNER_DOMAIN || t->target->partner != partner)
        return false;
    for (size_t i = 0; i < t->mx_count; i++) {
        if (is_same_gateway(declared, &r->hosts[t->mx[i].host]))
            return true;
    }
    return false;
}

/* Whether a target belongs to the partner. A target of the command line belongs to nobody. */
static bool is_of_partner(const struct resolve_target *t, size_t partner)
{
    return t->target->role != TARGET_ASKED && t->target->partner == partner;
}

/* Whether a domain of the same partner leads to `declared`, the gateway of the declared target with
 * the index `target` in r->targets, where a partner's domains come before its declared gateways. */
static bool is_found(const struct resolution *r, size_t target, const struct resolve_host *declared)
{
    size_t partner = r->targets[target].target->partner;

    for (size_t t = target; t-- > 0 && is_of_partner(&r->targets[t], partner);) {
        if (leads_to(r, &r->targets[t], partner, declared))
            return true;
    }
    return false;
}

/* Whether a gateway is given by an address that no look-up would have shown: of a family that is
 * not asked for. */
static bool is_of_other_family(const struct resolution *r, const struct resolve_host *h)
{
    return h->literal && r->family != AF_UNSPEC && h->addresses[0].sockaddr.ss_family != r->family;
}

/* Whether the target with that index in r->targets is not probed. Only a declared gateway can be
 * left out, and only if its target has a gateway at all. */
static bool is_left_out(const struct resolution *r, size_t target)
{
    const struct resolve_target *t = &r->targets[target];
    const struct resolve_host *h;

    if (t->target->role != TARGET_DECLARED || t->mx_count == 0)
        return false;
    h = &r->hosts[t->mx[0].host];
    return is_of_other_family(r, h) || is_found(r, target, h);
}

/* Fills p->targets, which are zeroed and as many as those of the resolution. A target that is left
 * out has no gateways. */
static void list_targets(const struct resolution *r, struct plan *p)
{
    for (size_t t = 0; t < r->target_count; t++) {
        struct plan_target *target = &p->targets[t];

        target->resolved = &r->targets[t];
        target->left_out = is_left_out(r, t);
        if (target->left_out)
            continue;
        target->mx = r->targets[t].mx;
        target->mx_count = r->targets[t].mx_count;
    }
}

bool plan_target_is_empty(const struct plan_target *t)
{
    return t->mx_count == 0 && t->resolved->status == DNS_OK && !t->resolved->null_mx;
}

/* --- names and sessions --- */

/* A copy of the text that the plan owns, or an equal one that the plan has already. NULL:
 * memory. */
static const char *keep_string(struct plan *p, const char *s)
{
    char **list;

    for (size_t i = p->string_count; i > 0; i--) {
        if (strcmp(p->strings[i - 1], s) == 0)
            return p->strings[i - 1];
        if (p->string_count - i > 8)
            break; /* names come in runs; older equal ones are merely kept twice */
    }
    list = array_grow(p->strings, p->string_count, sizeof *list);
    if (!list)
        return NULL;
    p->strings = list;
    list[p->string_count] = strdup(s);
    if (!list[p->string_count])
        return NULL;
    return list[p->string_count++];
}

/* Appends the plan's copy of a text to a list of strings, which is moved where it has no room,
 * unless the list has an equal text. False: memory. */
static bool add_string(struct plan *p, const char ***list, size_t *count, const char *s)
{
    const char **grown;

    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*list)[i], s) == 0)
            return true;
    }
    grown = array_grow(*list, *count, sizeof *grown);
    if (!grown)
        return false;
    *list = grown;
    grown[*count] = keep_string(p, s);
    if (!grown[*count])
        return false;
    ++*count;
    return true;
}

/* The SNI for a host, borrowed from it or its policy; NULL: none is sent. */
static const char *sni_for(const struct resolve_host *h)
{
    const char *set = h->policy->sni;

    if (set)
        return strcmp(set, "none") == 0 ? NULL : set;
    return resolve_own_name(h);
}

/* Whether two SNIs are equal, byte by byte. NULL equals NULL alone. */
static bool same_sni(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Compares struct endpoint for qsort: by the text of the address, then by host. */
static int by_place(const void *a, const void *b)
{
    const struct endpoint *x = a, *y = b;
    int order = strcmp(x->a->text, y->a->text);

    if (order != 0)
        return order;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return 0;
}

/* Whether the session of `q`, a request to the same address, serves an endpoint, too. TLSA records
 * belong to a name, so with them only one gateway's own duplicates share; and the hello of our mail
 * server may have a name of its own. */
static bool share_session(const struct resolution *r, const struct plan_request *q,
                          const struct endpoint *s)
{
    const struct resolve_host *h = &r->hosts[s->host], *other = &r->hosts[q->host];

    return other->port == h->port && same_sni(q->sni, sni_for(h)) &&
           (!h->policy->hello || same_sni(q->own_name, resolve_own_name(h))) &&
           q->avoided == resolve_is_avoided(h, s->address) &&
           tls_policy_connects_alike(other->policy, h->policy) &&
           (!h->policy->tlsa || strcmp(other->name, h->name) == 0);
}

/* Appends a request for the endpoint, for which p->requests has room. Its names and recipients are
 * still missing. */
static void make_request(const struct resolution *r, struct plan *p, const struct endpoint *s)
{
    const struct resolve_host *h = &r->hosts[s->host];
    struct plan_request *q = &p->requests[p->request_count++];

    *q = (struct plan_request){.host = s->host,
                               .policy = h->policy,
                               .address = s->a,
                               .avoided = resolve_is_avoided(h, s->address),
                               .sni = sni_for(h),
                               .own_name = resolve_own_name(h)};
    if (h->policy->tlsa && resolve_tlsa_counts(h) && h->tlsa_secure) {
        q->tlsa = h->tlsa;
        q->tlsa_count = h->tlsa_count;
    }
}

/* Appends the requests of endpoints, which by_place has sorted, and notes in p->of_host, whose
 * rows are there, which is whose. Requests to one address follow each other. */
static void make_requests(const struct resolution *r, struct plan *p, struct endpoint *endpoints,
                          size_t count)
{
    size_t first = 0;

    for (size_t i = 0; i < count; i++) {
        struct endpoint *s = &endpoints[i];
        size_t q;

        if (i == 0 || strcmp(endpoints[i - 1].a->text, s->a->text) != 0)
            first = p->request_count;
        for (q = first; q < p->request_count; q++) {
            if (share_session(r, &p->requests[q], s))
                break;
        }
        if (q == p->request_count)
            make_request(r, p, s);
        p->of_host[s->host][s->address] = q;
    }
}

/* Appends the index of a request to a lane, which begins zeroed. False: memory. */
static bool add_to_lane(struct plan_lane *lane, size_t request)
{
    size_t *list = array_grow(lane->requests, lane->count, sizeof *list);

    if (!list)
        return false;
    lane->requests = list;
    list[lane->count++] = request;
    return true;
}

/* Deals the requests of each address, which follow each other, to at most per_address lanes, which
 * is 1 or more. p->lanes is zeroed, with room for as many lanes as requests. Requests that are
 * avoided are in no lane. False: memory. */
static bool make_lanes(struct plan *p, unsigned per_address)
{
    size_t first = 0, same = 0;

    for (size_t i = 0; i < p->request_count; i++) {
        const char *here = p->requests[i].address->text;

        if (i == 0 || strcmp(p->requests[i - 1].address->text, here) != 0) {
            first = p->lane_count;
            same = 0;
        }
        if (p->requests[i].avoided)
            continue;
        if (same < per_address)
            p->lane_count++;
        if (!add_to_lane(&p->lanes[first + same % per_address], i))
            return false;
        same++;
    }
    return true;
}

/* Adds the names of plan_dane_names to a request; does nothing where it has no TLSA records.
 * False: memory. */
static bool add_dane_names(struct plan *p, struct plan_request *q, const struct resolve_target *t,
                           const struct resolve_host *h)
{
    const char *names[PLAN_DANE_NAMES];
    size_t count = q->tlsa_count > 0 ? plan_dane_names(t, h, names) : 0;

    for (size_t i = 0; i < count; i++) {
        if (!add_string(p, &q->dane_names, &q->dane_name_count, names[i]))
            return false;
    }
    return true;
}

/* Adds the names that a certificate may have when mail for `t` goes to `h`, also those for DANE, to
 * `q`, the request to an address of `h`. False: memory. */
static bool add_names(struct plan *p, struct plan_request *q, const struct resolve_target *t,
                      const struct resolve_host *h)
{
    const struct tls_policy *policy = h->policy;
    char buf[DNS_NAME + 1];

    for (size_t i = 0; i < policy->match_count; i++) {
        if (!add_string(p, &q->names, &q->name_count, plan_name(policy->match[i], t, h, buf)))
            return false;
    }
    return add_dane_names(p, q, t, h);
}

/* Writes postmaster@ the host, without "<" and ">", cut to `cap`; an address that was asked for is
 * put into brackets, as an address literal. */
static void postmaster_of(const struct resolve_host *h, char *out, size_t cap)
{
    if (!h->literal)
        snprintf(out, cap, "postmaster@%s", h->name);
    else if (strchr(h->name, ':'))
        snprintf(out, cap, "postmaster@[IPv6:%s]", h->name);
    else
        snprintf(out, cap, "postmaster@[%s]", h->name);
}

/* Adds the recipient of the target or of the policy; does nothing where there is none. Where
 * plaintext must be refused and nobody in particular is meant, it is postmaster@ the host. False:
 * memory. */
static bool add_recipient(struct plan *p, struct plan_request *q, const struct resolve_target *t,
                          const struct resolve_host *h)
{
    char postmaster[DNS_NAME + 32];
    const char *to = t->target->recipient ? t->target->recipient : h->policy->recipient;

    if (!to && !h->policy->refuses_plaintext)
        return true;
    if (!to) {
        postmaster_of(h, postmaster, sizeof postmaster);
        to = postmaster;
    }
    return add_string(p, &q->recipients, &q->recipient_count, to);
}

/* Gives the requests to all addresses of the gateway r->hosts[host], whose row of p->of_host is
 * filled, the names and recipients of one target that leads to it. False: memory. */
static bool name_host(const struct resolution *r, struct plan *p, const struct resolve_target *t,
                      size_t host)
{
    const struct resolve_host *h = &r->hosts[host];

    for (size_t a = 0; a < h->address_count; a++) {
        struct plan_request *q = &p->requests[p->of_host[host][a]];

        if (!add_names(p, q, t, h) || !add_recipient(p, q, t, h))
            return false;
    }
    return true;
}

/* Gives all requests, which have neither yet, their names and recipients. False: memory. */
static bool name_requests(const struct resolution *r, struct plan *p)
{
    for (size_t t = 0; t < p->target_count; t++) {
        const struct plan_target *target = &p->targets[t];

        for (size_t m = 0; m < target->mx_count; m++) {
            if (!name_host(r, p, target->resolved, target->mx[m].host))
                return false;
        }
    }
    return true;
}

/* How many addresses all hosts have, also those that no target leads to. */
static size_t count_endpoints(const struct resolution *r)
{
    size_t count = 0;

    for (size_t i = 0; i < r->host_count; i++)
        count += r->hosts[i].address_count;
    return count;
}

/* Makes the rows of p->of_host, which is there and zeroed, for the hosts that some target leads to.
 * False: memory. */
static bool list_hosts(const struct resolution *r, struct plan *p)
{
    for (size_t t = 0; t < p->target_count; t++) {
        for (size_t m = 0; m < p->targets[t].mx_count; m++) {
            size_t host = p->targets[t].mx[m].host;

            if (p->of_host[host])
                continue;
            p->of_host[host] = calloc(r->hosts[host].address_count + 1, sizeof **p->of_host);
            if (!p->of_host[host])
                return false;
        }
    }
    return true;
}

/* Fills `endpoints`, which has room for the addresses of all hosts, with those of the hosts that
 * some target leads to, and sorts them by_place. Returns how many they are. */
static size_t list_endpoints(const struct resolution *r, const struct plan *p,
                             struct endpoint *endpoints)
{
    size_t count = 0;

    for (size_t i = 0; i < r->host_count; i++) {
        const struct resolve_host *h = &r->hosts[i];

        for (size_t a = 0; p->of_host[i] && a < h->address_count; a++)
            endpoints[count++] = (struct endpoint){i, a, &h->addresses[a]};
    }
    if (count > 1)
        qsort(endpoints, count, sizeof *endpoints, by_place);
    return count;
}

/* Fills *p with zeroed arrays, whose requests and lanes have room for that many endpoints. False:
 * memory; plan_clear frees in any case. */
static bool allocate(const struct resolution *r, size_t endpoints, struct plan *p)
{
    *p = (struct plan){.targets = calloc(r->target_count + 1, sizeof *p->targets),
                       .target_count = r->target_count,
                       .requests = calloc(endpoints + 1, sizeof *p->requests),
                       .lanes = calloc(endpoints + 1, sizeof *p->lanes),
                       .of_host = calloc(r->host_count + 1, sizeof *p->of_host),
                       .host_count = r->host_count};
    return p->targets && p->requests && p->lanes && p->of_host;
}

bool plan_make(const struct resolution *r, unsigned per_address, struct plan *out)
{
    size_t count = count_endpoints(r);
    struct endpoint *endpoints = calloc(count + 1, sizeof *endpoints);
    bool ok = allocate(r, count, out) && endpoints;

    if (ok) {
        list_targets(r, out);
        ok = list_hosts(r, out);
    }
    if (ok) {
        count = list_endpoints(r, out, endpoints);
        make_requests(r, out, endpoints, count);
        ok = make_lanes(out, per_address) && name_requests(r, out);
    }
    free(endpoints);
    if (!ok)
        plan_clear(out);
    return ok;
}

void plan_clear(struct plan *p)
{
    for (size_t i = 0; i < p->request_count; i++) {
        free(p->requests[i].names);
        free(p->requests[i].dane_names);
        free(p->requests[i].recipients);
    }
    for (size_t i = 0; i < p->lane_count; i++)
        free(p->lanes[i].requests);
    for (size_t i = 0; p->of_host && i < p->host_count; i++)
        free(p->of_host[i]);
    for (size_t i = 0; i < p->string_count; i++)
        free(p->strings[i]);
    free(p->targets);
    free(p->requests);
    free(p->lanes);
    free(p->of_host);
    free(p->strings);
    *p = (struct plan){0};
}
