/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form_rules.h"

#include <stdlib.h>
#include <string.h>

#include "partner/form_fields.h"

bool form_rules_fault(const struct form_section *s, int line, const char *text, struct error *e)
{
    struct error fault;

    error_set(&fault, ERROR_FILE, "%s:%d: %s", s->name, line, text);
    return form_faults_add(s->faults, fault.text) || error_memory(e);
}

/* Adds the error "NAME:LINE: FIELD: "VALUE" text", the line that where the field is first given.
 * `value` is cleaned and cut; `field` must be one of the section's table. False with `e` filled:
 * memory. */
static bool fault_of_value(const struct form_section *s, const char *field, const char *value,
                           const char *text, struct error *e)
{
    struct form_place at = {s->path, s->name, 0, field, s->faults};
    struct error fault;

    at.line = s->lines[form_fields_index(s->own != NULL, field)];
    form_fields_refuse(&at, value, text, &fault);
    return form_faults_add(s->faults, fault.text) || error_memory(e);
}

/* The line where a field is given first, 0 where it is not given. `field` must be one of the
 * section's table. */
static int line_of(const struct form_section *s, const char *field)
{
    return s->lines[form_fields_index(s->own != NULL, field)];
}

/* Whether all values of a field are known: no entry of it was refused, and no line of the section
 * is malformed. True also where it is not given. `field` must be one of the section's table. */
static bool is_known(const struct form_section *s, const char *field)
{
    return !s->damaged && !s->refused[form_fields_index(s->own != NULL, field)];
}

/* --- one rule each: false with `e` filled where memory ran out --- */

typedef bool rule_fn(const struct form_section *s, struct error *e);

/* Adds an error if a partner has no domains, unless some were refused. False: memory. */
static bool has_domains(const struct form_section *s, struct error *e)
{
    if (s->partner->domains.count > 0 || !is_known(s, "domains"))
        return true;
    return form_rules_fault(s, s->partner->line, "domains: missing", e);
}

/* Adds an error if a partner to whom we send has no gateways, unless gateways or direction are not
 * known for sure (is_known). False: memory. */
static bool has_gateways(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    if (!p->outbound || p->gateways.count > 0)
        return true;
    if (!is_known(s, "gateways") || !is_known(s, "direction"))
        return true;
    return form_rules_fault(s, p->line, "gateways: missing; required unless direction = inbound",
                            e);
}

/* Adds an error if there is a fingerprint without its level, or the reverse; none where the value
 * of either is not known for sure (is_known). False: memory. */
static bool has_fingerprints(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    if (!is_known(s, "tls-level") || !is_known(s, "fingerprint"))
        return true;
    if (p->level == LEVEL_FINGERPRINT && p->fingerprints.count == 0)
        return form_rules_fault(s, line_of(s, "tls-level"),
                                "tls-level: fingerprint requires fingerprint = HEX", e);
    if (p->level != LEVEL_FINGERPRINT && p->fingerprints.count > 0)
        return form_rules_fault(s, line_of(s, "fingerprint"),
                                "fingerprint: requires tls-level = fingerprint", e);
    return true;
}

/* Adds an error if `pinned` has nothing to pin, unless names or issuers were refused. False:
 * memory. */
static bool pins_something(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    if (!p->pinned || p->cns.count + p->issuers.count > 0)
        return true;
    if (!is_known(s, "certificate-cn") || !is_known(s, "issuer"))
        return true;
    return form_rules_fault(s, line_of(s, "pinned"), "pinned: requires certificate-cn or issuer",
                            e);
}

/* Adds an error if `pinned` is given at a level at which names do not count; none where the level
 * was refused. False: memory. */
static bool pins_what_is_verified(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    if (!p->pinned || !is_known(s, "tls-level"))
        return true;
    if (p->level != LEVEL_MAY && p->level != LEVEL_FINGERPRINT)
        return true;
    return form_rules_fault(s, line_of(s, "pinned"),
                            "pinned: names do not count at tls-level may and fingerprint", e);
}

/* Adds an error if there is a client-key without client-cert, unless the latter was refused. False:
 * memory. */
static bool has_certificate(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    if (!p->client_key || p->client_cert || !is_known(s, "client-cert"))
        return true;
    return form_rules_fault(s, line_of(s, "client-key"), "client-key: requires client-cert", e);
}

/* Adds an error for each wildcard of a fixed route, which leads to hosts. False: memory. */
static bool routes_to_hosts(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    for (size_t i = 0; p->fixed_route && i < p->gateways.count; i++) {
        if (p->gateways.at[i].name[0] == '*' &&
            !fault_of_value(s, "gateways", p->gateways.at[i].name,
                            "is no host, which fixed-route = yes requires", e))
            return false;
    }
    return true;
}

/* Adds an error for each subdomain that no wildcard of the domains covers; none where a domain was
 * refused. False: memory. */
static bool subdomains_fit(const struct form_section *s, struct error *e)
{
    const struct partner *p = s->partner;

    for (size_t i = 0; is_known(s, "domains") && i < p->subdomains.count; i++) {
        if (!form_covers(p, p->subdomains.at[i]) &&
            !fault_of_value(s, "subdomains", p->subdomains.at[i],
                            "is not below a wildcard of domains", e))
            return false;
    }
    return true;
}

/* Compares strings, given by pointers to them, for qsort. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds an error for each domain that is listed again. "*.example.com" has its apex in it, and a
 * subdomain may be among the domains. False: memory. */
static bool domains_differ(const struct form_section *s, struct error *e)
{
    const char *all[2 * FORM_LIST_MAX], *domain;
    size_t count = 0;

    while ((domain = form_domain(s->partner, count)))
        all[count++] = domain;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(all[i - 1], all[i]) == 0 &&
            !fault_of_value(
                s, "domains", all[i],
                "is listed twice; \"*.\" includes the domain, and subdomains count, too", e))
            return false;
    }
    return true;
}

/* Compares struct form_gateway for qsort, also to see whether two are equal. */
static int by_gateway(const void *a, const void *b)
{
    const struct form_gateway *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->port > y->port) - (x->port < y->port);
}

/* Adds an error for each gateway, of a partner or of [own], that is listed again. False: memory.
 */
static bool gateways_differ(const struct form_section *s, struct error *e)
{
    const struct form_gateways *list = s->own ? &s->own->gateways : &s->partner->gateways;
    struct form_gateway all[FORM_LIST_MAX];

    if (list->count > 0)
        memcpy(all, list->at, list->count * sizeof *all);
    qsort(all, list->count, sizeof *all, by_gateway);
    for (size_t i = 1; i < list->count; i++) {
        if (by_gateway(&all[i - 1], &all[i]) == 0 &&
            !fault_of_value(s, "gateways", all[i].name, "is listed twice", e))
            return false;
    }
    return true;
}

static rule_fn *const of_partner[] = {
    has_domains,     has_gateways,    has_fingerprints, pins_something, pins_what_is_verified,
    has_certificate, routes_to_hosts, subdomains_fit,   domains_differ, gateways_differ,
};

bool form_rules_hold(const struct form_section *s, struct error *e)
{
    if (s->own)
        return gateways_differ(s, e);
    for (size_t i = 0; s->partner && i < sizeof of_partner / sizeof *of_partner; i++) {
        if (!of_partner[i](s, e))
            return false;
    }
    return true;
}
