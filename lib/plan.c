#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* One address of one gateway, before sessions are shared. */
struct spot {
    size_t host, address;
    const struct address *a;
};

const char *plan_name(const char *entry, const struct resolve_target *t,
                      const struct resolve_host *h, char buf[DNS_NAME + 1])
{
    if (strcmp(entry, "hostname") == 0)
        return h->name;
    if (strcmp(entry, "nexthop") == 0)
        return t->ask->name;
    if (strcmp(entry, "dot-nexthop") != 0)
        return entry;
    snprintf(buf, DNS_NAME + 1, ".%s", t->ask->name);
    return buf;
}

size_t plan_dane_names(const struct resolve_target *t, const struct resolve_host *h,
                       const char *names[PLAN_DANE_NAMES])
{
    const char *all[] = {h->tlsa_base, h->name, t->ask->name, t->canonical};
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

static const char *keep_string(struct plan *p, const char *s)
{
    char **list;

    for (size_t i = p->string_count; i > 0; i--) {
        if (strcmp(p->strings[i - 1], s) == 0)
            return p->strings[i - 1];
        if (p->string_count - i > 8)
            break; /* names come in runs; older equal ones are merely kept twice */
    }
    list = realloc(p->strings, (p->string_count + 1) * sizeof *list);
    if (!list)
        return NULL;
    p->strings = list;
    list[p->string_count] = strdup(s);
    return list[p->string_count] ? list[p->string_count++] : NULL;
}

/* Appends to a list of strings unless it is there. */
static bool add_string(struct plan *p, const char ***list, size_t *count, const char *s)
{
    const char **grown;

    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*list)[i], s) == 0)
            return true;
    }
    grown = realloc(*list, (*count + 1) * sizeof *grown);
    if (!grown)
        return false;
    *list = grown;
    grown[*count] = keep_string(p, s);
    return grown[*count] ? ++*count : false;
}

/* At the dane levels it is the name that TLSA records stand under (RFC 7672 8.1). */
static const char *sni_for(const struct resolve_host *h)
{
    const struct terms *t = h->terms;

    if (t->sni)
        return strcmp(t->sni, "none") == 0 ? NULL : t->sni;
    if (h->literal || strchr(h->name, '\\'))
        return NULL;
    return level_is_dane(t->level) && h->tlsa_count > 0 ? h->tlsa_base : h->name;
}

static bool same_sni(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int by_place(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;
    int order = strcmp(x->a->text, y->a->text);

    if (order != 0)
        return order;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return 0;
}

/* TLSA records belong to a name, so with them only one gateway's own twins share. */
static bool share_session(const struct resolution *r, const struct plan_request *q,
                          const struct spot *s)
{
    const struct resolve_host *h = &r->hosts[s->host], *other = &r->hosts[q->host];

    return other->port == h->port && same_sni(q->sni, sni_for(h)) &&
           terms_connect_alike(other->terms, h->terms) &&
           (!h->terms->tlsa || strcmp(other->name, h->name) == 0);
}

static void make_request(const struct resolution *r, struct plan *p, const struct spot *s)
{
    const struct resolve_host *h = &r->hosts[s->host];
    struct plan_request *q = &p->requests[p->request_count++];

    *q = (struct plan_request){
        .host = s->host, .terms = h->terms, .address = s->a, .sni = sni_for(h)};
    if (h->terms->tlsa && resolve_tlsa_counts(h) && h->tlsa_secure) {
        q->tlsa = h->tlsa;
        q->tlsa_count = h->tlsa_count;
    }
}

/* Requests in the order of addresses, those to one address behind each other. */
static void make_requests(const struct resolution *r, struct plan *p, struct spot *spots,
                          size_t count)
{
    size_t first = 0;

    for (size_t i = 0; i < count; i++) {
        struct spot *s = &spots[i];
        size_t q;

        if (i == 0 || strcmp(spots[i - 1].a->text, s->a->text) != 0)
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

static bool add_to_lane(struct plan_lane *lane, size_t request)
{
    size_t *list = realloc(lane->requests, (lane->count + 1) * sizeof *list);

    if (!list)
        return false;
    lane->requests = list;
    list[lane->count++] = request;
    return true;
}

/* Deals the requests of each address to at most per_address lanes. */
static bool make_lanes(struct plan *p, unsigned per_address)
{
    size_t first = 0, same = 0;

    for (size_t i = 0; i < p->request_count; i++) {
        const char *here = p->requests[i].address->text;

        if (i == 0 || strcmp(p->requests[i - 1].address->text, here) != 0) {
            first = p->lane_count;
            same = 0;
        }
        if (same < per_address)
            p->lane_count++;
        if (!add_to_lane(&p->lanes[first + same % per_address], i))
            return false;
        same++;
    }
    return true;
}

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

static bool add_names(struct plan *p, struct plan_request *q, const struct resolve_target *t,
                      const struct resolve_host *h)
{
    const struct terms *terms = h->terms;
    char buf[DNS_NAME + 1];

    for (size_t i = 0; i < terms->match_count; i++) {
        if (!add_string(p, &q->names, &q->name_count, plan_name(terms->match[i], t, h, buf)))
            return false;
    }
    return add_dane_names(p, q, t, h);
}

/* Where plaintext must be refused and nobody in particular is meant, it is postmaster@ the host. */
static bool add_recipient(struct plan *p, struct plan_request *q, const struct resolve_target *t,
                          const struct resolve_host *h)
{
    char postmaster[DNS_NAME + 32];
    const char *to = t->ask->recipient ? t->ask->recipient : h->terms->recipient;

    if (!to && !h->terms->refuses_plaintext)
        return true;
    if (!to) {
        const char *v6 = strchr(h->name, ':') ? "IPv6:" : "";

        snprintf(postmaster, sizeof postmaster,
                 h->literal ? "postmaster@[%s%s]" : "postmaster@%s%s", h->literal ? v6 : "",
                 h->name);
        to = postmaster;
    }
    return add_string(p, &q->recipients, &q->recipient_count, to);
}

static bool name_requests(const struct resolution *r, struct plan *p)
{
    for (size_t t = 0; t < r->target_count; t++) {
        const struct resolve_target *target = &r->targets[t];

        for (size_t m = 0; m < target->mx_count; m++) {
            size_t host = target->mx[m].host;
            const struct resolve_host *h = &r->hosts[host];

            for (size_t a = 0; a < h->address_count; a++) {
                struct plan_request *q = &p->requests[p->of_host[host][a]];

                if (!add_names(p, q, target, h) || !add_recipient(p, q, target, h))
                    return false;
            }
        }
    }
    return true;
}

static size_t count_spots(const struct resolution *r)
{
    size_t count = 0;

    for (size_t i = 0; i < r->host_count; i++)
        count += r->hosts[i].address_count;
    return count;
}

static bool list_spots(const struct resolution *r, struct plan *p, struct spot *spots)
{
    size_t count = 0;

    for (size_t i = 0; i < r->host_count; i++) {
        const struct resolve_host *h = &r->hosts[i];

        p->of_host[i] = calloc(h->address_count + 1, sizeof **p->of_host);
        if (!p->of_host[i])
            return false;
        for (size_t a = 0; a < h->address_count; a++)
            spots[count++] = (struct spot){i, a, &h->addresses[a]};
    }
    if (count > 1)
        qsort(spots, count, sizeof *spots, by_place);
    return true;
}

bool plan_make(const struct resolution *r, unsigned per_address, struct plan *out)
{
    size_t count = count_spots(r);
    struct spot *spots = calloc(count + 1, sizeof *spots);
    bool ok = false;

    *out = (struct plan){.requests = calloc(count + 1, sizeof *out->requests),
                         .lanes = calloc(count + 1, sizeof *out->lanes),
                         .of_host = calloc(r->host_count + 1, sizeof *out->of_host)};
    if (spots && out->requests && out->lanes && out->of_host && list_spots(r, out, spots)) {
        make_requests(r, out, spots, count);
        ok = make_lanes(out, per_address) && name_requests(r, out);
    }
    free(spots);
    if (!ok)
        plan_clear(out, r->host_count);
    return ok;
}

void plan_clear(struct plan *p, size_t host_count)
{
    for (size_t i = 0; i < p->request_count; i++) {
        free(p->requests[i].names);
        free(p->requests[i].dane_names);
        free(p->requests[i].recipients);
    }
    for (size_t i = 0; i < p->lane_count; i++)
        free(p->lanes[i].requests);
    for (size_t i = 0; p->of_host && i < host_count; i++)
        free(p->of_host[i]);
    for (size_t i = 0; i < p->string_count; i++)
        free(p->strings[i]);
    free(p->requests);
    free(p->lanes);
    free(p->of_host);
    free(p->strings);
    *p = (struct plan){0};
}
