/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_states.h"

/* --- stages --- */

/* Whether the finding says that its stage failed, by its code and level_state, so that --on does
 * not count. f->stage is not looked at. A certificate that is about to expire is valid. */
static bool fails_stage(const struct finding *f)
{
    if (f->code == F_TRUST_STORE_EMPTY || f->code == F_TRUST_STORE_UNREADABLE) /* not verified */
        return f->level_state != STATE_OK;
    return f->level_state == STATE_CRITICAL && f->code != F_SLOW &&
           f->code != F_CERTIFICATE_EXPIRING;
}

/* Marks the stage of the finding as not passed where fails_stage says so, and worsens cert_state by
 * a finding of STAGE_CERT. `v` is an address that the finding is about. f->stage must not be
 * STAGE_COUNT. */
static void mark_finding(struct address_verdict *v, const struct finding *f)
{
    if (fails_stage(f))
        v->passed[f->stage] = false;
    if (f->stage == STAGE_CERT)
        v->cert_state = state_worse(v->cert_state, f->level_state);
}

/* Copies from the observations to the verdict which stages each address of the host passed. Some
 * target must lead to the host. */
static void mark_passed(const struct facts *f, struct verdict *v, size_t host)
{
    for (size_t a = 0; a < f->resolution->hosts[host].address_count; a++) {
        const struct observation *o = facts_observation(f, host, a);

        for (int s = 0; s < STAGE_COUNT; s++)
            v->hosts[host].addresses[a].passed[s] = o->stages[s].passed;
    }
}

/* A stage failed where it did not do what it should, or where a finding says so. */
void judge_states_mark(const struct facts *f, struct verdict *v)
{
    for (size_t h = 0; h < v->host_count; h++) {
        if (v->hosts[h].used)
            mark_passed(f, v, h);
    }
    for (size_t i = 0; i < v->findings.count; i++) {
        const struct finding *x = &v->findings.at[i];

        if (x->host == FINDING_NONE || x->stage == STAGE_COUNT)
            continue;
        for (size_t a = 0; a < f->resolution->hosts[x->host].address_count; a++) {
            if (x->address == FINDING_NONE || x->address == a)
                mark_finding(&v->hosts[x->host].addresses[a], x);
        }
    }
}

/* --- confidence --- */

/* Returns the sum of the weights of the stages that the address passed: 0 to 100. v->passed must be
 * set. */
static int confidence_of(const struct address_verdict *v)
{
    int sum = 0;

    for (int s = 0; s < STAGE_COUNT; s++) {
        if (v->passed[s])
            sum += stage_info((enum stage)s)->weight;
    }
    return sum;
}

/* Whether the path of the address at that index expires before that of v->soonest, which may be
 * FINDING_NONE. False where the path of the address is not known. */
static bool is_sooner(const struct host_verdict *v, size_t address)
{
    const struct path_expiry *expiry = &v->addresses[address].expiry;

    if (!expiry->first)
        return false;
    return v->soonest == FINDING_NONE || expiry->days < v->addresses[v->soonest].expiry.days;
}

/* Sets the confidence of each address and of the host, -1 where no address was reached, and
 * v->soonest, which must be FINDING_NONE before. The stages must be marked. */
static void rate_host(struct host_verdict *v, size_t address_count)
{
    int sum = 0, reached = 0;

    for (size_t a = 0; a < address_count; a++) {
        struct address_verdict *address = &v->addresses[a];

        address->confidence = confidence_of(address);
        if (address->reached) {
            sum += address->confidence;
            reached++;
        }
        if (is_sooner(v, a))
            v->soonest = a;
    }
    v->confidence = reached > 0 ? (double)sum / reached : -1;
}

/* The sum of confidence, and how many gateways it is of. */
struct rating {
    double sum, count;
};

/* Sets *out from the gateways that have the preference of t->mx[first] and were reached: how many
 * they are, perhaps 0, and the sum of their confidence. `first` must be below t->mx_count; the
 * hosts must be rated. Returns the index of the next preference, t->mx_count after the last. */
static size_t rate_preference(const struct verdict *v, const struct plan_target *t, size_t first,
                              struct rating *out)
{
    size_t m = first;

    *out = (struct rating){0};
    for (; m < t->mx_count && t->mx[m].preference == t->mx[first].preference; m++) {
        double confidence = v->hosts[t->mx[m].host].confidence;

        if (confidence < 0)
            continue;
        out->sum += confidence;
        out->count++;
    }
    return m;
}

/* Returns the confidence of a target, 0 to 100; 0 where no gateway was reached. The k-th preference
 * weighs 2^-k; gateways of one preference share its weight; gateways that were not reached are left
 * out. The hosts must be rated. */
static int rate_target(const struct verdict *v, const struct plan_target *t)
{
    double sum = 0, weights = 0, weight = 1;
    struct rating rating;

    for (size_t m = 0; m < t->mx_count; weight /= 2) {
        m = rate_preference(v, t, m, &rating);
        if (rating.count == 0)
            continue;
        sum += weight * rating.sum / rating.count;
        weights += weight;
    }
    return weights > 0 ? (int)(sum / weights + 0.5) : 0;
}

/* --- states --- */

/* Worsens the state of each gateway of a target to `s`. One finding of the target says that no
 * gateway could be reached, but each gateway fails by it. */
static void spread_to_hosts(struct verdict *v, const struct plan_target *t, enum state s)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        struct host_verdict *h = &v->hosts[t->mx[m].host];

        h->state = state_worse(h->state, s);
    }
}

/* Worsens the states of the whole and of the finding's gateway, or of its target where it has no
 * gateway. */
static void take_finding(const struct facts *f, struct verdict *v, const struct finding *x)
{
    v->state = state_worse(v->state, x->state);
    if (x->host != FINDING_NONE)
        v->hosts[x->host].state = state_worse(v->hosts[x->host].state, x->state);
    else if (x->target != FINDING_NONE)
        v->targets[x->target].state = state_worse(v->targets[x->target].state, x->state);
    if (x->code == F_NO_GATEWAY_REACHABLE)
        spread_to_hosts(v, &f->plan->targets[x->target], x->state);
}

/* Sets out->confidence, and worsens out->state to the states of the target's gateways. The hosts
 * must be rated and have their states. */
static void settle_target(const struct plan_target *t, const struct verdict *v,
                          struct target_verdict *out)
{
    for (size_t m = 0; m < t->mx_count; m++)
        out->state = state_worse(out->state, v->hosts[t->mx[m].host].state);
    out->confidence = rate_target(v, t);
}

/* Counts a gateway and its duplicates under other policies once, in v->gateways, by the index of
 * the first; does nothing for other indices. Not counted: a gateway that no target leads to, and a
 * placeholder without a fault. The states of the hosts must be set. */
static void count_gateway(const struct resolution *r, struct verdict *v, size_t host)
{
    enum state s = STATE_OK;
    bool used = false;

    if (r->hosts[host].first != host)
        return;
    for (size_t h = host; h != RESOLVE_NONE; h = r->hosts[h].duplicate) {
        used = used || v->hosts[h].used;
        s = state_worse(s, v->hosts[h].state);
    }
    if (s == STATE_OK && resolve_is_placeholder(&r->hosts[host]))
        return;
    if (used)
        verdict_count(&v->gateways, s);
}

void judge_states_settle(const struct facts *f, struct verdict *v)
{
    const struct resolution *r = f->resolution;

    for (size_t h = 0; h < v->host_count; h++)
        rate_host(&v->hosts[h], r->hosts[h].address_count);
    for (size_t i = 0; i < v->findings.count; i++)
        take_finding(f, v, &v->findings.at[i]);
    v->confidence = 100;
    for (size_t t = 0; t < v->target_count; t++) {
        const struct plan_target *target = &f->plan->targets[t];

        settle_target(target, v, &v->targets[t]);
        if (!plan_target_is_empty(target) && v->targets[t].confidence < v->confidence)
            v->confidence = v->targets[t].confidence;
    }
    for (size_t h = 0; h < v->host_count; h++)
        count_gateway(r, v, h);
}
