/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_rows.h"

#include <stdlib.h>
#include <string.h>

/* Returns the target of a finding, which must have one. */
static const struct target *target_of(const struct facts *f, const struct finding *x)
{
    return f->resolution->targets[x->target].target;
}

/* --- the findings of each partner --- */

/* Whether the finding has a target, and that is a partner's rather than the command line's. */
static bool is_of_partner(const struct facts *f, const struct finding *x)
{
    return x->target != FINDING_NONE && target_of(f, x)->role != TARGET_ASKED;
}

/* Returns the row of the finding's partner, a part of `v`. is_of_partner must be true of the
 * finding. */
static struct partner_verdict *row_of(const struct facts *f, struct verdict *v,
                                      const struct finding *x)
{
    return &v->partners[target_of(f, x)->partner];
}

/* Allocates v->by_partner, which has the findings by partner; those of one partner keep their
 * order. Sets first, finding_count and state of the rows. False: memory. */
static bool list_by_partner(const struct facts *f, struct verdict *v)
{
    size_t first = 0;

    v->by_partner = calloc(v->findings.count + 1, sizeof *v->by_partner);
    if (!v->by_partner)
        return false;
    for (size_t i = 0; i < v->findings.count; i++) {
        if (is_of_partner(f, &v->findings.at[i]))
            row_of(f, v, &v->findings.at[i])->finding_count++;
    }
    for (size_t i = 0; i < v->partner_count; i++) {
        v->partners[i].first = first;
        first += v->partners[i].finding_count;
        v->partners[i].finding_count = 0;
    }
    for (size_t i = 0; i < v->findings.count; i++) {
        struct partner_verdict *row;

        if (!is_of_partner(f, &v->findings.at[i]))
            continue;
        row = row_of(f, v, &v->findings.at[i]);
        v->by_partner[row->first + row->finding_count++] = i;
        row->state = state_worse(row->state, v->findings.at[i].state);
    }
    return true;
}

/* --- findings that are said again --- */

/* Whether two findings say the same about one of our own gateways to one partner. The caller checks
 * that the targets of both are own gateways. These are asked once for each of a partner's domains,
 * and their fault need not depend on the sender. */
static bool says_the_same(const struct facts *f, const struct finding *a, const struct finding *b)
{
    const struct target *x = target_of(f, a), *y = target_of(f, b);

    if (x->partner != y->partner || x->port != y->port || strcmp(x->name, y->name) != 0)
        return false;
    if (a->code != b->code || a->address != b->address)
        return false;
    return strcmp(a->headline, b->headline) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* Returns a hash code that is the same for findings of one partner with the same texts and address;
 * others may have it, too. The finding must have a target. */
static uint64_t code_of(const struct facts *f, const struct finding *x)
{
    uint64_t texts = hash_pair(hash_text(x->headline), hash_text(x->detail));

    return hash_pair(hash_pair(target_of(f, x)->partner, x->address), texts);
}

/* Sets `repeated` of findings about our own gateways that an earlier one of the same partner says
 * too. The findings must be sorted. False: memory. */
static bool mark_repeated(const struct facts *f, struct verdict *v)
{
    struct hash said = {0};
    bool ok = true;

    for (size_t n = 0; n < v->findings.count && ok; n++) {
        struct finding *x = &v->findings.at[n];
        struct hash_walk walk;
        uint64_t code;

        if (!is_of_partner(f, x) || target_of(f, x)->role != TARGET_OWN_GATEWAY)
            continue;
        code = code_of(f, x);
        for (size_t i = hash_first(&said, code, &walk); i != HASH_NONE; i = hash_next(&walk))
            x->repeated = x->repeated || says_the_same(f, &v->findings.at[i], x);
        ok = hash_add(&said, code, n);
    }
    hash_clear(&said);
    return ok;
}

/* --- gateways --- */

/* A gateway of the partner whose row is being filled in, by its first duplicate: under however many
 * policies, it is one. */
struct gateway_sum {
    bool open;
    enum state state;
};

/* Sets row->soonest to the gateway's address that expires first, where row->soonest is NULL or
 * expires later. Does nothing where the gateway has no known path. */
static void note_soonest(const struct host_verdict *h, struct partner_verdict *row)
{
    const struct address_verdict *a;

    if (h->soonest == FINDING_NONE)
        return;
    a = &h->addresses[h->soonest];
    if (!row->soonest || a->expiry.days < row->soonest->expiry.days)
        row->soonest = a;
}

/* Opens the sums of the target's gateways, worsens them to their states, and takes their soonest
 * expiry into the row, except that of our own gateways. `sums` has an element for each host, zeroed
 * at first; duplicates of a gateway share that of the first. */
static void open_gateways(const struct facts *f, const struct verdict *v, size_t target,
                          struct gateway_sum *sums, struct partner_verdict *row)
{
    const struct plan_target *t = &f->plan->targets[target];

    for (size_t i = 0; i < t->mx_count; i++) {
        const struct host_verdict *h = &v->hosts[t->mx[i].host];
        struct gateway_sum *sum = &sums[f->resolution->hosts[t->mx[i].host].first];

        sum->open = true;
        sum->state = state_worse(sum->state, h->state);
        if (t->resolved->target->role != TARGET_OWN_GATEWAY)
            note_soonest(h, row);
    }
}

/* Counts the target's gateways in the row, each that is open once, and zeroes their sums. Called
 * for each target of the row after open_gateways was called for all of them. */
static void close_gateways(const struct facts *f, size_t target, struct gateway_sum *sums,
                           struct partner_verdict *row)
{
    const struct plan_target *t = &f->plan->targets[target];

    for (size_t i = 0; i < t->mx_count; i++) {
        struct gateway_sum *sum = &sums[f->resolution->hosts[t->mx[i].host].first];

        if (sum->open)
            verdict_count(&row->gateways, sum->state);
        *sum = (struct gateway_sum){0};
    }
}

/* Whether two targets have the same partner. Both must be partners'. */
static bool is_same_partner(const struct resolution *r, size_t a, size_t b)
{
    return r->targets[a].target->partner == r->targets[b].target->partner;
}

/* Sets gateways and soonest of each row. Every target must be a partner's; those of one partner are
 * next to each other. False: memory. */
static bool count_gateways(const struct facts *f, struct verdict *v)
{
    const struct resolution *r = f->resolution;
    struct gateway_sum *sums = calloc(v->host_count + 1, sizeof *sums);

    if (!sums)
        return false;
    for (size_t first = 0, end; first < v->target_count; first = end) {
        struct partner_verdict *row = &v->partners[r->targets[first].target->partner];

        for (end = first; end < v->target_count && is_same_partner(r, first, end); end++)
            open_gateways(f, v, end, sums, row);
        for (size_t t = first; t < end; t++)
            close_gateways(f, t, sums, row);
    }
    free(sums);
    return true;
}

/* --- claims --- */

/* Whether a gateway with the finding may still be called verified, by the finding's code, stage and
 * level_state, so that --on does not count. */
static bool leaves_verified(const struct finding *f)
{
    switch (f->code) {
    case F_DANE_ABSENT: /* then it is as at level encrypt */
    case F_DANE_REQUIRED:
    case F_TRUST_STORE_EMPTY:
    case F_TRUST_STORE_UNREADABLE:
        return false;
    case F_TLSA_UNUSABLE: /* a record beside a usable one is a matter of DNS alone */
        return f->stage != STAGE_CERT;
    case F_CERTIFICATE_EXPIRING:
    case F_CERTIFICATE_CN_CHANGED:
    case F_ISSUER_CHANGED:
        return true;
    default:
        return f->stage != STAGE_CERT || f->level_state != STATE_CRITICAL;
    }
}

/* Whether a gateway with the finding may still be called encrypted, by the finding's stage and
 * level_state, so that --on does not count. */
static bool leaves_encrypted(const struct finding *f)
{
    bool is_tls = f->stage == STAGE_STARTTLS || f->stage == STAGE_TLS;

    return !is_tls || f->level_state != STATE_CRITICAL;
}

/* Returns the lower of two levels, in the order of the enum. */
static enum tls_level lower(enum tls_level a, enum tls_level b)
{
    return b < a ? b : a;
}

/* Lowers the claim as far as the finding requires, which is often not at all. Never raises it. */
static void restrict_claim(struct verdict_claim *c, const struct finding *f)
{
    if (!leaves_encrypted(f))
        c->level = LEVEL_MAY;
    else if (!leaves_verified(f))
        c->level = lower(c->level, LEVEL_ENCRYPT);
    if (f->code == F_PLAINTEXT_ACCEPTED || f->code == F_PLAINTEXT_INCONCLUSIVE)
        c->plaintext_refused = false;
}

/* Sets v->claim from the policy of the first target, for nobody's targets have one policy, and from
 * all findings. There must be a target. */
static void claim_without_partners(const struct facts *f, struct verdict *v)
{
    const struct tls_policy *policy = f->resolution->targets[0].target->policy;

    v->claim = (struct verdict_claim){.level = policy->level,
                                      .plaintext_refused = policy->refuses_plaintext};
    for (size_t i = 0; i < v->findings.count; i++)
        restrict_claim(&v->claim, &v->findings.at[i]);
}

/* Restricts the claims of the rows, and sets v->claim to the lowest of them. There must be a
 * partner. */
static void claim_of_partners(struct verdict *v)
{
    v->claim = v->partners[0].claim;
    for (size_t i = 0; i < v->partner_count; i++) {
        struct partner_verdict *row = &v->partners[i];
        struct verdict_claim *c = &row->claim;

        for (size_t n = 0; n < row->finding_count && !c->by_own_mta; n++)
            restrict_claim(c, verdict_partner_finding(v, i, n));
        v->claim.level = lower(v->claim.level, c->level);
        v->claim.plaintext_refused = v->claim.plaintext_refused && c->plaintext_refused;
        v->claim.by_own_mta = v->claim.by_own_mta && c->by_own_mta;
    }
}

bool judge_rows(const struct facts *f, struct verdict *v)
{
    if (v->partner_count == 0) {
        if (v->target_count > 0)
            claim_without_partners(f, v);
        return true;
    }
    if (!list_by_partner(f, v) || !mark_repeated(f, v) || !count_gateways(f, v))
        return false;
    claim_of_partners(v);
    return true;
}
