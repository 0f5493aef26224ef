/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/verdict.h"

#include <stdlib.h>

void verdict_count(struct state_count *c, enum state s)
{
    c->all++;
    c->by_state[s]++;
    if (s == STATE_OK || s == STATE_WARNING)
        c->ok++;
}

/* Returns the one of two whose path expires first; the other where one is NULL; NULL where both
 * are. Their paths must be known. */
static const struct address_verdict *sooner(const struct address_verdict *a,
                                            const struct address_verdict *b)
{
    if (!a)
        return b;
    if (b && b->expiry.days < a->expiry.days)
        return b;
    return a;
}

const struct address_verdict *verdict_soonest(const struct verdict *v)
{
    const struct address_verdict *soonest = NULL;

    for (size_t i = 0; i < v->partner_count; i++)
        soonest = sooner(soonest, v->partners[i].soonest);
    for (size_t h = 0; v->partner_count == 0 && h < v->host_count; h++) {
        const struct host_verdict *host = &v->hosts[h];

        if (host->soonest != FINDING_NONE)
            soonest = sooner(soonest, &host->addresses[host->soonest]);
    }
    return soonest;
}

const struct finding *verdict_partner_finding(const struct verdict *v, size_t partner, size_t i)
{
    return &v->findings.at[v->by_partner[v->partners[partner].first + i]];
}

void verdict_clear(struct verdict *v)
{
    for (size_t h = 0; v->hosts && h < v->host_count; h++)
        free(v->hosts[h].addresses);
    for (size_t t = 0; v->targets && t < v->target_count; t++)
        free(v->targets[t].in_mtasts);
    free(v->hosts);
    free(v->targets);
    free(v->partners);
    free(v->by_partner);
    finding_list_clear(&v->findings);
    *v = (struct verdict){0};
}
