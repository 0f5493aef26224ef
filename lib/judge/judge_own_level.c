/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own_level.h"

#include <string.h>
#include <strings.h>

#include "judge/judge_tlsa.h"

bool judge_own_level_meets(enum tls_level form, const struct mta_policy *policy)
{
    int ours = policy->level;

    static const unsigned verified =
        1u << LEVEL_FINGERPRINT | 1u << LEVEL_VERIFY | 1u << LEVEL_SECURE | 1u << LEVEL_DANE_ONLY;
    unsigned enough = verified;

    if (form == LEVEL_MAY)
        return true;
    if (ours == MTA_LEVEL_NONE)
        return false;
    if (form == LEVEL_ENCRYPT)
        enough |= 1u << LEVEL_ENCRYPT;
    if (form == LEVEL_DANE)
        enough |= 1u << LEVEL_DANE;
    if (form == LEVEL_DANE && policy->dane)
        enough |= 1u << LEVEL_ENCRYPT;
    if (form == LEVEL_DANE_ONLY)
        enough = 1u << LEVEL_DANE_ONLY | 1u << LEVEL_FINGERPRINT | 1u << LEVEL_SECURE;
    return (enough >> ours & 1u) != 0;
}

/* --- names --- */

/* Whether a name is `parent` or below it, in any case. `parent` has no dot before it. */
static bool is_in(const char *name, const char *parent)
{
    size_t n = strlen(name), p = strlen(parent);

    if (n < p || strcasecmp(name + n - p, parent) != 0)
        return false;
    return n == p || name[n - p - 1] == '.';
}

/* Whether a name is one of the partner's domains or below one, in any case. */
static bool is_in_domain(const struct partner *p, const char *name)
{
    const char *domain;

    for (size_t i = 0; (domain = form_domain(p, i)); i++) {
        if (is_in(name, domain))
            return true;
    }
    return false;
}

/* Whether the form's gateways have the name as it is, in any case; wildcards are not expanded. */
static bool is_declared(const struct partner *p, const char *name)
{
    for (size_t i = 0; i < p->gateways.count; i++) {
        if (strcasecmp(p->gateways.at[i].name, name) == 0)
            return true;
    }
    return false;
}

bool judge_own_level_is_gateway(const struct judge *j, const struct partner_run *run,
                                const char *name)
{
    const struct resolution *r = j->facts->resolution;

    if (is_declared(run->partner, name))
        return true;
    for (size_t t = run->first; t < run->first + run->count; t++) {
        const struct resolve_target *target = &r->targets[t];

        if (target->target->role != TARGET_PARTNER_DOMAIN)
            continue;
        for (size_t i = 0; i < target->mx_count; i++) {
            if (strcasecmp(r->hosts[target->mx[i].host].name, name) == 0)
                return true;
        }
    }
    return false;
}

/* The names that the form's `match` allows. */
struct allowed {
    bool hostname, nexthop, dot_nexthop;
};

/* Returns which keywords the form's `match` allows. A form without `match` allows those of its
 * level. hostname includes nexthop and dot-nexthop. */
static struct allowed allowed_by(const struct partner *p)
{
    struct allowed a = {.hostname = p->level != LEVEL_SECURE && p->match.count == 0};

    a.nexthop = a.dot_nexthop = p->match.count == 0;
    for (size_t i = 0; i < p->match.count; i++) {
        a.hostname |= strcmp(p->match.at[i], "hostname") == 0;
        a.nexthop |= strcmp(p->match.at[i], "nexthop") == 0;
        a.dot_nexthop |= strcmp(p->match.at[i], "dot-nexthop") == 0;
    }
    a.nexthop |= a.hostname;
    a.dot_nexthop |= a.hostname;
    return a;
}

/* Whether the form's `match` has the name, or ".parent" of a parent that the name is below, in any
 * case. */
static bool is_listed(const struct partner *p, const char *name)
{
    for (size_t i = 0; i < p->match.count; i++) {
        const char *m = p->match.at[i];

        if (strcasecmp(m, name) == 0 || (*m == '.' && *name != '.' && is_in(name, m + 1)))
            return true;
    }
    return false;
}

/* Whether the form allows a name of our policy, which is a keyword, a name, or ".parent", in any
 * case. `a` is what allowed_by returned for the same form. */
static bool is_allowed(const struct judge *j, const struct partner_run *run, struct allowed a,
                       const char *name)
{
    const struct partner *p = run->partner;
    const char *bare = name + (*name == '.');

    if (is_listed(p, name))
        return true;
    if (strcasecmp(name, "hostname") == 0)
        return a.hostname;
    if (strcasecmp(name, "nexthop") == 0)
        return a.nexthop;
    if (strcasecmp(name, "dot-nexthop") == 0)
        return a.dot_nexthop;
    if (a.dot_nexthop && is_in_domain(p, bare))
        return true;
    return a.hostname && *name != '.' && judge_own_level_is_gateway(j, run, name);
}

const char *judge_own_level_name(const struct judge *j, const struct partner_run *run,
                                 const struct mta_policy *policy)
{
    enum tls_level form = run->partner->level;
    bool named = tls_policy_verifies((enum tls_level)policy->level);
    struct allowed a = allowed_by(run->partner);

    if (!named || (form != LEVEL_VERIFY && form != LEVEL_SECURE))
        return NULL;
    for (size_t i = 0; i < policy->match.count; i++) {
        if (!is_allowed(j, run, a, policy->match.at[i]))
            return policy->match.at[i];
    }
    return NULL;
}

/* --- fingerprints --- */

/* Whether the list has the digest, in any case. */
static bool has_digest(const struct mta_list *l, const char *hex)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcasecmp(l->at[i], hex) == 0)
            return true;
    }
    return false;
}

/* Whether every digest of ours is one of the form's, in any case. False where we have none. */
static bool are_agreed(const struct partner *p, const struct mta_list *ours)
{
    for (size_t i = 0; i < ours->count; i++) {
        bool found = false;

        for (size_t k = 0; !found && k < p->fingerprints.count; k++)
            found = strcasecmp(ours->at[i], p->fingerprints.at[k]) == 0;
        if (!found)
            return false;
    }
    return ours->count > 0;
}

/* Sets *seen to true where a session to the target showed a certificate, and *matches where the
 * SHA-256 of it or of its key is one of `ours`, in any case. Never sets them to false: they are set
 * before. The role of the target is not looked at. */
static void look_at(const struct judge *j, size_t target, const struct mta_list *ours, bool *seen,
                    bool *matches)
{
    const struct resolve_target *t = &j->facts->resolution->targets[target];

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;

        for (size_t a = 0; a < j->facts->resolution->hosts[host].address_count; a++) {
            const struct observation *o = facts_observation(j->facts, host, a);

            if (!o->has_chain)
                continue;
            *seen = true;
            *matches |= has_digest(ours, o->chain.certs[0].sha256) ||
                        has_digest(ours, o->chain.certs[0].key_sha256);
        }
    }
}

enum judge_own_digest judge_own_level_digests(const struct judge *j, const struct partner_run *run,
                                              const struct mta_policy *policy)
{
    const struct partner *p = run->partner;
    bool seen = false, matches = false;

    if (strcasecmp(policy->digest, "sha256") != 0)
        return JUDGE_OWN_DIGEST_UNKNOWN;
    if (p->fingerprints.count > 0)
        return are_agreed(p, &policy->digests) ? JUDGE_OWN_DIGEST_GOOD : JUDGE_OWN_DIGEST_OTHER;
    for (size_t t = run->first; t < run->first + run->count; t++) {
        if (j->facts->resolution->targets[t].target->role != TARGET_OWN_GATEWAY)
            look_at(j, t, &policy->digests, &seen, &matches);
    }
    if (matches)
        return JUDGE_OWN_DIGEST_GOOD;
    return seen ? JUDGE_OWN_DIGEST_OTHER : JUDGE_OWN_DIGEST_UNKNOWN;
}

/* --- TLSA records --- */

/* Returns ALL: the host has usable secure records. NOT_ALL: it has none, or they do not count.
 * UNKNOWN: a lookup failed, or it has no address. The resolver must be trusted, and TLSA records
 * must have been looked up. */
static enum judge_own_tlsa tlsa_of_host(const struct resolve_host *h)
{
    if (!resolve_tlsa_counts(h))
        return h->status == DNS_OK ? JUDGE_OWN_TLSA_NOT_ALL : JUDGE_OWN_TLSA_UNKNOWN;
    if (h->tlsa_status == DNS_NODATA || h->tlsa_status == DNS_NXDOMAIN)
        return JUDGE_OWN_TLSA_NOT_ALL;
    if (h->tlsa_status != DNS_OK)
        return JUDGE_OWN_TLSA_UNKNOWN;
    if (!h->tlsa_secure || judge_tlsa_usable(h) == 0)
        return JUDGE_OWN_TLSA_NOT_ALL;
    return JUDGE_OWN_TLSA_ALL;
}

enum judge_own_tlsa judge_own_level_tlsa(const struct judge *j, const struct partner_run *run)
{
    const struct resolution *r = j->facts->resolution;
    enum judge_own_tlsa all = JUDGE_OWN_TLSA_UNKNOWN;

    for (size_t t = run->first; r->trusted && t < run->first + run->count; t++) {
        const struct resolve_target *target = &r->targets[t];

        for (size_t m = 0; target->target->policy->tlsa && m < target->mx_count; m++) {
            enum judge_own_tlsa one = tlsa_of_host(&r->hosts[target->mx[m].host]);

            if (one != JUDGE_OWN_TLSA_ALL)
                return one;
            all = one;
        }
    }
    return all;
}
