/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_differ.h"

#include <string.h>

#include "base/text.h"

/* Returns how many of the two limits of -D the days until the path expires are below: 0, 1 or 2. 0,
 * too, where no path is known. */
static int limit_band(const struct address_verdict *v)
{
    if (v->expiry.days < v->expiry.limits[1])
        return 2;
    return v->expiry.days < v->expiry.limits[0] ? 1 : 0;
}

/* Sessions that targets share were compared with more names than others. */
bool judge_differ_in_names(const struct trust_facts *a, const struct trust_facts *b)
{
    for (size_t i = 0; i < a->name_count; i++) {
        for (size_t k = 0; k < b->name_count; k++) {
            if (strcmp(a->names[i].name, b->names[k].name) == 0 &&
                (a->names[i].match == CERT_MATCH_NONE) != (b->names[k].match == CERT_MATCH_NONE))
                return true;
        }
    }
    return false;
}

/* Returns the first chain that an address served; NULL: none was seen. It belongs to the
 * observation. `at` must have a gateway and an address. */
static const struct trust_facts *chain_at(const struct judge *j, struct judge_place at)
{
    const struct observation *o = facts_observation(j->facts, at.host, at.address);

    return o->has_chain ? &o->chain : NULL;
}

/* Returns the headline for two chains with different leaves, which is static. A renewal keeps the
 * names, and its certificate begins while the old one is about to end or has ended: in the last
 * half of its time. Anything else looks like a mistake. */
static const char *meaning_of(const struct trust_facts *fa, const struct trust_facts *fb,
                              time_t now)
{
    const struct cert_facts *a = &fa->certs[0], *b = &fb->certs[0];
    bool first = a->not_before < b->not_before;
    const struct cert_facts *old = first ? a : b;
    const struct cert_facts *new = first ? b : a;
    double half = difftime(old->not_after, old->not_before) / 2;

    if (judge_differ_in_names(fa, fb))
        return "the certificates are for different names";
    if (difftime(new->not_before, old->not_before) < half || difftime(now, new->not_before) < 0)
        return "the addresses serve different certificates";
    return "incomplete renewal: the certificates differ";
}

/* Adds that two addresses of one gateway serve different certificates: as WARNING where `matters`,
 * else as OK. Both places must have a chain; whether they differ is the caller's to check. The
 * finding is about the gateway, without an address. */
static void find_difference(struct judge *j, struct judge_place at, struct judge_place other,
                            bool matters)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    const struct cert_facts *a = &chain_at(j, at)->certs[0];
    const struct cert_facts *b = &chain_at(j, other)->certs[0];
    char until_a[40], until_b[40], detail[FINDING_DETAIL];
    const char *headline;

    text_time(until_a, sizeof until_a, a->not_after);
    text_time(until_b, sizeof until_b, b->not_after);
    text_format(detail, sizeof detail, "%s serves %s by %s until %s; %s serves %s by %s until %s",
                h->addresses[at.address].text, cert_title(a), cert_issuer_title(a), until_a,
                h->addresses[other.address].text, cert_title(b), cert_issuer_title(b), until_b);
    headline = meaning_of(chain_at(j, at), chain_at(j, other), j->c->now);
    at.address = FINDING_NONE;
    judge_find_as(j, at, matters ? STATE_WARNING : STATE_OK,
                  &(struct judge_found){F_CERTIFICATES_DIFFER, STAGE_CERT, headline, detail});
}

/* Whether the certificates of two addresses of a gateway differ in something that an administrator
 * should know: cert_state, issuer, names, or the limit of -D that they are below. Both must have a
 * chain; cert_state and expiry of both must be set. */
static bool differ_in_substance(const struct judge *j, struct judge_place at,
                                struct judge_place other)
{
    const struct address_verdict *v = j->v->hosts[at.host].addresses;
    const struct address_verdict *x = &v[at.address], *y = &v[other.address];
    const struct trust_facts *a = chain_at(j, at);
    const struct trust_facts *b = chain_at(j, other);

    return x->cert_state != y->cert_state || strcmp(a->certs[0].issuer, b->certs[0].issuer) != 0 ||
           judge_differ_in_names(a, b) || limit_band(x) != limit_band(y);
}

/* Compares each address with the first; a difference that matters is found after one that does not.
 */
void judge_differ(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    struct judge_place first = at, other = at, differing = at;

    for (size_t i = 0; i < h->address_count; i++) {
        other.address = i;
        if (!chain_at(j, other))
            continue;
        if (first.address == FINDING_NONE)
            first = other;
        if (strcmp(chain_at(j, first)->certs[0].sha256, chain_at(j, other)->certs[0].sha256) == 0)
            continue;
        if (differ_in_substance(j, first, other)) {
            find_difference(j, first, other, true);
            return;
        }
        if (differing.address == FINDING_NONE)
            differing = other;
    }
    if (differing.address != FINDING_NONE)
        find_difference(j, first, differing, false);
}
