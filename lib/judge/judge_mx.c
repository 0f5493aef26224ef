/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_mx.h"

#include <string.h>

#include "base/text.h"

/* Whether the gateway was declared as a wildcard, "*.example.com". */
static bool is_wildcard(const struct form_gateway *g)
{
    return g->name[0] == '*';
}

/* Whether the gateway was declared by this name, or as a wildcard for it: '*' stands for one whole
 * label. Ports do not count. Both names are in lower case, so case counts. */
static bool stands_for(const struct form_gateway *g, const char *name)
{
    const char *dot = strchr(name, '.');

    if (is_wildcard(g))
        return dot && strcmp(dot, g->name + 1) == 0;
    return strcmp(g->name, name) == 0;
}

/* Whether the form declares a gateway with this name and port, or a wildcard for the name. `name`
 * is a host in lower case, or an address. `usual` is the port of gateways that are declared without
 * one. */
static bool names(const struct partner *p, const char *name, unsigned port, unsigned usual)
{
    for (size_t i = 0; i < p->gateways.count; i++) {
        const struct form_gateway *g = &p->gateways.at[i];

        if ((g->port ? g->port : usual) == port && stands_for(g, name))
            return true;
    }
    return false;
}

/* Whether the form declares the host at its port, by its name or by each of its addresses, of which
 * there must be one. `usual` is the port of gateways that are declared without one. */
static bool is_declared(const struct partner *p, const struct resolve_host *h, unsigned usual)
{
    if (names(p, h->name, h->port, usual))
        return true;
    for (size_t a = 0; a < h->address_count; a++) {
        if (!names(p, h->addresses[a].text, h->port, usual))
            return false;
    }
    return h->address_count > 0;
}

/* Replaces `out` by the first six gateways of the form and how many more there are, or by "no
 * gateway". The port of a gateway is added where it is given and is not `usual`. */
static void list_gateways(const struct partner *p, unsigned usual, char *out, size_t cap)
{
    text_copy(out, cap, "");
    for (size_t i = 0; i < p->gateways.count && i < 6; i++) {
        const struct form_gateway *g = &p->gateways.at[i];

        text_join(out, cap, g->name);
        if (g->port && g->port != usual)
            text_append(out, cap, " port %u", g->port);
    }
    if (p->gateways.count > 6)
        text_append(out, cap, " and %zu more", p->gateways.count - 6);
    if (p->gateways.count == 0)
        text_copy(out, cap, "no gateway");
}

/* Replaces `out` by the host and up to four of its addresses, because the form may declare
 * addresses: "mx.example.com [192.0.2.1, 192.0.2.2]", with ", ..." after the fourth where there are
 * more. Without addresses there are no brackets; the port is not written. */
static void list_addresses(const struct resolve_host *h, char *out, size_t cap)
{
    text_copy(out, cap, h->shown);
    for (size_t a = 0; a < h->address_count && a < 4; a++)
        text_append(out, cap, "%s%s", a ? ", " : " [", h->addresses[a].text);
    if (h->address_count > 0)
        text_append(out, cap, h->address_count > 4 ? ", ...]" : "]");
}

void judge_mx_undeclared(struct judge *j, const struct partner *p, size_t target)
{
    const struct resolution *r = j->facts->resolution;
    const struct resolve_target *t = &r->targets[target]; /* a domain, which is never left out */
    char headline[FINDING_HEADLINE], detail[FINDING_DETAIL], declared[300], seen[500];

    for (size_t m = 0; m < t->mx_count; m++) {
        const struct resolve_host *h = &r->hosts[t->mx[m].host];

        if (is_declared(p, h, t->target->port) || resolve_is_placeholder(h))
            continue;
        if (t->implicit && h->address_count == 0)
            continue; /* a domain without MX record and address is a finding of its own */
        list_gateways(p, h->port, declared, sizeof declared);
        list_addresses(h, seen, sizeof seen);
        text_format(headline, sizeof headline, "undeclared MX host of %s", t->target->name);
        text_format(detail, sizeof detail, "expected %s, seen %s, preference %u", declared, seen,
                    t->mx[m].preference);
        if (t->implicit) {
            text_copy(headline, sizeof headline, "no MX record, and not a declared gateway");
            text_format(detail, sizeof detail,
                        "expected %s, seen no MX record: mail goes to %s itself", declared,
                        h->shown);
        }
        judge_find(j, (struct judge_place){target, t->mx[m].host, FINDING_NONE},
                   &(struct judge_found){F_MX_UNDECLARED, STAGE_DNS, headline, detail});
    }
}

void judge_mx_list(const struct judge *j, const struct partner_run *m, char *out, size_t cap)
{
    const struct resolution *r = j->facts->resolution;
    size_t listed[7], most = 6, count = 0;
    char list[300] = "";

    for (size_t t = m->first; t < m->first + m->count && count <= most; t++) {
        const struct resolve_target *target = &r->targets[t];

        if (target->target->role != TARGET_PARTNER_DOMAIN)
            continue;
        for (size_t i = 0; i < target->mx_count && count <= most; i++) {
            size_t host = target->mx[i].host, n = 0;

            while (n < count && listed[n] != host)
                n++;
            if (n < count || resolve_is_placeholder(&r->hosts[host]))
                continue;
            listed[count++] = host;
            if (count <= most)
                text_join(list, sizeof list, r->hosts[host].shown);
        }
    }
    text_format(out, cap, "%s%s", list, count > most ? " and more" : "");
}

void judge_mx_missing(struct judge *j, const struct partner_run *m, size_t target,
                      const char *found)
{
    char detail[FINDING_DETAIL];

    text_format(detail, sizeof detail, "expected it in the MX records of %s%s, seen %s",
                form_domain(m->partner, 0),
                form_domain(m->partner, 1) ? " or of another domain" : "", found);
    judge_find(j,
               (struct judge_place){target, j->facts->resolution->targets[target].mx[0].host,
                                    FINDING_NONE},
               &(struct judge_found){F_MX_MISSING, STAGE_DNS, "declared, but no longer an MX host",
                                     detail});
}

/* Whether an MX host of the partner's domains fits the declared gateway, a wildcard, and has its
 * port, or the port of the domain's target where the wildcard has none. Declared gateways and our
 * own are no MX hosts. */
static bool is_found(const struct judge *j, const struct partner_run *m,
                     const struct form_gateway *g)
{
    const struct resolution *r = j->facts->resolution;

    for (size_t t = m->first; t < m->first + m->count; t++) {
        const struct resolve_target *target = &r->targets[t];
        unsigned port = g->port ? g->port : target->target->port;

        for (size_t i = 0; i < target->mx_count; i++) {
            const struct resolve_host *h = &r->hosts[target->mx[i].host];

            if (target->target->role == TARGET_PARTNER_DOMAIN && h->port == port &&
                stands_for(g, h->name))
                return true;
        }
    }
    return false;
}

void judge_mx_missing_wildcards(struct judge *j, const struct partner_run *m, const char *found)
{
    const struct judge_place at = {m->first, FINDING_NONE, FINDING_NONE};
    const struct form_gateways *g = &m->partner->gateways;
    char headline[FINDING_HEADLINE], detail[FINDING_DETAIL];

    for (size_t i = 0; i < g->count; i++) {
        if (!is_wildcard(&g->at[i]) || is_found(j, m, &g->at[i]))
            continue;
        text_format(headline, sizeof headline, "%s declared, but no MX host has such a name",
                    g->at[i].name);
        text_format(detail, sizeof detail, "expected one in the MX records of %s%s, seen %s",
                    form_domain(m->partner, 0),
                    form_domain(m->partner, 1) ? " or of another domain" : "", found);
        judge_find(j, at, &(struct judge_found){F_MX_MISSING, STAGE_DNS, headline, detail});
    }
}
