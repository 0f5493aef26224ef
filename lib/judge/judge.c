/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge_differ.h"
#include "judge/judge_find.h"
#include "judge/judge_hello.h"
#include "judge/judge_lookup.h"
#include "judge/judge_mtasts.h"
#include "judge/judge_profile.h"
#include "judge/judge_rows.h"
#include "judge/judge_senders.h"
#include "judge/judge_session.h"
#include "judge/judge_states.h"
#include "judge/judge_tlsa.h"

/* --- gateways --- */

/* Whether the address sent a greeting, even a refusal or a malformed one, or spoke TLS. A TCP
 * connection alone is not enough. */
static bool is_reached(const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_GREETING];

    if (f->passed || o->has_tls || o->stages[STAGE_TLS].fault == PROBE_TLS)
        return true;
    if (f->fault == PROBE_REJECTED || f->fault == PROBE_NO_SMTP || f->fault == PROBE_BROKEN)
        return true;
    return o->plaintext.at > STAGE_GREETING;
}

/* Returns the index of the target's recipient in the request of at.host and at.address; 0 where the
 * target has no recipient or the request does not have it. All three indices of `at` must be
 * set. */
static size_t recipient_index(const struct judge *j, struct judge_place at)
{
    const struct plan_request *q = facts_request(j->facts, at.host, at.address);
    const char *recipient = j->facts->resolution->targets[at.target].target->recipient;

    for (size_t i = 0; recipient && i < q->recipient_count; i++) {
        if (strcmp(q->recipients[i], recipient) == 0)
            return i;
    }
    return 0;
}

/* Whether it is unknown which name the certificate of a declared gateway must have: without an MX
 * record there is no next hop, nor a host name where the form has an address. False where the
 * target is not a declared gateway. at.target, at.host and j->policy, the target's, must be set. */
static bool is_name_open(const struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->facts->resolution;

    if (r->targets[at.target].target->role != TARGET_DECLARED)
        return false;
    for (size_t i = 0; i < j->policy->match_count; i++) {
        const char *match = j->policy->match[i];

        if (strcmp(match, "nexthop") == 0 || strcmp(match, "dot-nexthop") == 0)
            return true;
        if (strcmp(match, "hostname") == 0 && r->hosts[at.host].literal)
            return true;
    }
    return false;
}

/* Judges everything about one address that depends on the target that leads to it: names and
 * envelope. Does nothing where the address is avoided. All three indices of `at` and j->policy, the
 * target's, must be set, and judge_address must have been called for the address. */
static void judge_for_target(struct judge *j, struct judge_place at)
{
    const struct observation *o = facts_observation(j->facts, at.host, at.address);

    if (resolve_is_avoided(&j->facts->resolution->hosts[at.host], at.address))
        return;
    judge_senders_names(j, at, o, is_name_open(j, at));
    judge_session_envelope(j, at, o, recipient_index(j, at));
}

/* Returns in microseconds what the gateway's look-ups (h->dns_us) and all stages of the session
 * took. */
static int64_t total_us(const struct host_verdict *h, const struct observation *o)
{
    int64_t total = h->dns_us;

    for (int s = 0; s < STAGE_COUNT; s++) {
        if (o->stages[s].entered && o->stages[s].us > 0)
            total += o->stages[s].us;
    }
    return total;
}

/* Adds that the session took longer than the limits allow, if it did. total_us of the address must
 * be set. Does nothing where no connection was begun. */
static void judge_slow(struct judge *j, struct judge_place at, const struct observation *o)
{
    double total = (double)j->v->hosts[at.host].addresses[at.address].total_us / 1e6;
    bool critical = threshold_alerts(&j->c->crit, total);
    struct judge_words w;

    if (!o->stages[STAGE_CONNECT].entered)
        return;
    if (!critical && !threshold_alerts(&j->c->warn, total))
        return;
    text_format(w.headline, sizeof w.headline, "the session took %.3f s in total", total);
    text_format(w.detail, sizeof w.detail, "allowed: %s",
                critical ? j->c->crit.text : j->c->warn.text);
    judge_find_as(j, at, critical ? STATE_CRITICAL : STATE_WARNING,
                  &(struct judge_found){F_SLOW, STAGE_COUNT, w.headline, w.detail});
}

/* Adds that the address of an MX host is unusable. The caller has asked resolve_is_unusable. */
static void judge_unusable(struct judge *j, struct judge_place at, const struct address *a)
{
    struct judge_words w;

    text_format(w.headline, sizeof w.headline, "MX host at %s", address_unusable(a));
    text_format(w.detail, sizeof w.detail,
                "expected an address that other mail servers can reach, seen %s; mail to it does "
                "not reach the domain",
                a->text);
    judge_find_words(j, at, F_ADDRESS_UNUSABLE, STAGE_DNS, &w);
}

/* Judges one address as far as that does not depend on the target, and sets its total_us and
 * `reached`. An avoided address is only judged as unusable. All three indices of `at` and j->policy
 * must be set; the caller calls it once for each address. */
static void judge_address(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    const struct observation *o = facts_observation(j->facts, at.host, at.address);
    struct address_verdict *v = &j->v->hosts[at.host].addresses[at.address];

    if (resolve_is_unusable(h, at.address))
        judge_unusable(j, at, &h->addresses[at.address]);
    v->total_us = total_us(&j->v->hosts[at.host], o);
    if (resolve_is_avoided(h, at.address))
        return;
    v->reached = is_reached(o);
    judge_session(j, at, o);
    judge_senders_chains(j, at, o);
    judge_session_plaintext(j, at, o);
    judge_slow(j, at, o);
    judge_hello(j, at);
}

/* Judges a gateway and all of its addresses as far as that does not depend on the target, and marks
 * the gateway as used. The caller calls it once for each gateway; at.target is the first target
 * that leads there, whose policy is j->policy. at.address is ignored. */
static void judge_host(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];

    j->v->hosts[at.host].used = true;
    judge_lookup_host(j, at);
    judge_tlsa(j, at);
    judge_tlsa_of_others(j, at);
    for (at.address = 0; at.address < h->address_count; at.address++)
        judge_address(j, at);
    judge_profile(j, at);
}

/* --- targets --- */

/* How far the sessions to the addresses of a target came. */
struct reach {
    size_t addresses, avoided, begun, reached, wrapped;
};

/* Adds the addresses of a host to *sum, which begins zeroed. Their `reached` must be set. */
static void add_reach(const struct judge *j, size_t host, struct reach *sum)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[host];

    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = facts_observation(j->facts, host, a);
        const struct stage_fact *f = &o->stages[STAGE_CONNECT];

        if (resolve_is_avoided(h, a)) {
            sum->avoided++;
            continue;
        }
        sum->addresses++;
        sum->begun += f->entered && f->fault != PROBE_LOCAL;
        sum->reached += j->v->hosts[host].addresses[a].reached;
        sum->wrapped += o->wrapped;
    }
}

/* Adds that no gateway of the target was reached, where each address was tried and none answered.
 * Adds that nothing was probed, where all are avoided and --on hides why. Otherwise does nothing.
 * j->policy must be the target's; `reached` of the addresses and `unused` of the target must be
 * set. */
static void judge_reach(struct judge *j, size_t target)
{
    const struct plan_target *t = &j->facts->plan->targets[target];
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};
    const char *headline = "no gateway sent an SMTP greeting";
    struct reach sum = {0};
    char detail[80];

    for (size_t m = 0; m < t->mx_count; m++)
        add_reach(j, t->mx[m].host, &sum);
    /* --on may have taken the finding about them for nothing. */
    if (sum.addresses == 0 && sum.avoided > 0 && j->policy->on[F_ADDRESS_UNUSABLE] == STATE_OK)
        judge_find(j, at,
                   &(struct judge_found){F_NOT_PROBED, STAGE_CONNECT,
                                         "not probed: no usable address", NULL});
    if (sum.begun == 0 || sum.begun < sum.addresses || sum.reached > 0)
        return;
    if (j->v->targets[target].unused)
        return;
    if (sum.wrapped > 0)
        headline = "no SMTP greeting, but TLS: use --tls-wrapper";
    text_format(detail, sizeof detail, "%zu address%s tried", sum.addresses,
                sum.addresses == 1 ? "" : "es");
    judge_find(j, at,
               &(struct judge_found){F_NO_GATEWAY_REACHABLE, STAGE_CONNECT, headline, detail});
}

/* Judges a target, its MTA-STS policy and its gateways; a gateway that is used already only as far
 * as the target matters. The caller has called `allocate` and note_unused, and calls it once for
 * each target, in their order. j->policy is the target's afterwards. */
static void judge_target(struct judge *j, size_t target)
{
    const struct resolution *r = j->facts->resolution;
    const struct plan_target *t = &j->facts->plan->targets[target];

    j->policy = t->resolved->target->policy;
    judge_lookup_target(j, target);
    for (size_t m = 0; m < t->mx_count; m++) {
        struct judge_place at = {target, t->mx[m].host, FINDING_NONE};

        if (!j->v->hosts[at.host].used)
            judge_host(j, at);
        for (at.address = 0; at.address < r->hosts[at.host].address_count; at.address++)
            judge_for_target(j, at);
    }
    judge_reach(j, target);
    judge_mtasts(j, target);
}

/* --- what targets are to their hosts --- */

/* Whether two targets, given by their indices, are of one partner. False where the command line
 * asked for one of them. */
static bool is_same_partner(const struct resolution *r, size_t a, size_t b)
{
    const struct target *x = r->targets[a].target, *y = r->targets[b].target;

    return x->role != TARGET_ASKED && y->role != TARGET_ASKED && x->partner == y->partner;
}

/* Sets `unused` of each target: whether it is a declared gateway that no MX record of its partner
 * leads to. No mail goes there, so that it need not be reachable. False, too, where an MX lookup
 * failed or no domain has an MX host. */
static void note_unused(const struct resolution *r, struct verdict *v)
{
    for (size_t first = 0, end; first < r->target_count; first = end) {
        bool all;

        for (end = first + 1; end < r->target_count && is_same_partner(r, first, end);)
            end++;
        all = judge_lookup_is_whole(r, first, end);
        for (size_t t = first; t < end; t++)
            v->targets[t].unused = all && r->targets[t].target->role == TARGET_DECLARED;
    }
}

/* Whether mail to a target has nowhere to go: it has no MX host, or none of them has an address. A
 * look-up that failed counts as none. */
static bool has_no_address(const struct facts *f, size_t target)
{
    const struct plan_target *t = &f->plan->targets[target];

    for (size_t m = 0; m < t->mx_count; m++) {
        if (f->resolution->hosts[t->mx[m].host].address_count > 0)
            return false;
    }
    return true;
}

/* Sets target, order and `unreachable` of each gateway that some target leads to. `unused` of the
 * targets must be set. */
static void note_targets(const struct facts *f, struct verdict *v)
{
    size_t next = v->target_count;

    for (size_t t = 0; t < v->target_count; t++) {
        const struct plan_target *target = &f->plan->targets[t];
        bool none = has_no_address(f, t) && !v->targets[t].unused;

        for (size_t m = 0; m < target->mx_count; m++) {
            struct host_verdict *h = &v->hosts[target->mx[m].host];

            if (h->order == 0) {
                h->target = t;
                h->order = next++;
            }
            h->unreachable = h->unreachable || none;
        }
    }
}

/* --- the whole --- */

/* Allocates hosts, addresses and targets of a zeroed verdict and sets the gateways' dns_us. False:
 * memory; verdict_clear frees what is there. */
static bool allocate(const struct resolution *r, struct verdict *v)
{
    v->host_count = r->host_count;
    v->target_count = r->target_count;
    v->hosts = calloc(r->host_count + 1, sizeof *v->hosts);
    v->targets = calloc(r->target_count + 1, sizeof *v->targets);
    if (!v->hosts || !v->targets)
        return false;
    for (size_t h = 0; h < r->host_count; h++) {
        struct host_verdict *host = &v->hosts[h];

        host->soonest = FINDING_NONE;
        host->dns_us = r->hosts[h].mx_us + r->hosts[h].us;
        host->addresses = calloc(r->hosts[h].address_count + 1, sizeof *host->addresses);
        if (!host->addresses)
            return false;
    }
    return true;
}

/* Makes the verdict failed and UNKNOWN, because memory ran out, whatever was found. */
static void fail(struct verdict *v)
{
    v->failed = true;
    v->state = STATE_UNKNOWN; /* what was not found may have been worse than the rest */
}

/* Adds that the time is over, and makes the targets from index `first` to the last UNKNOWN, because
 * they are not judged. One finding says so for each partner, because each has a row and a state of
 * its own. Changes j->policy. */
static void leave_out(struct judge *j, size_t first)
{
    const struct resolution *r = j->facts->resolution;
    char detail[80];

    text_format(detail, sizeof detail, "%zu of %zu targets were judged when the time ran out",
                first, r->target_count);
    for (size_t t = first; t < r->target_count; t++) {
        j->v->targets[t].state = STATE_UNKNOWN;
        if (t > first && is_same_partner(r, t - 1, t))
            continue;
        if (t > first && r->targets[t].target->role == TARGET_ASKED)
            continue;
        j->policy = r->targets[t].target->policy;
        judge_find(j, (struct judge_place){t, FINDING_NONE, FINDING_NONE},
                   &(struct judge_found){F_NOT_PROBED, STAGE_COUNT, "not judged in time", detail});
    }
}

void judge_all(const struct judge_config *c, const struct facts *f, struct verdict *out)
{
    struct judge j = {.c = c, .facts = f, .v = out};

    *out = (struct verdict){.state = STATE_OK};
    if (f->resolution->failed || !allocate(f->resolution, out)) {
        fail(out);
        return;
    }
    note_unused(f->resolution, out);
    note_targets(f, out);
    for (size_t t = 0; t < out->target_count; t++) {
        if (deadline_over(c->limit, t)) {
            leave_out(&j, t);
            break;
        }
        judge_target(&j, t);
    }
}

void judge_finish(const struct judge_config *c, const struct facts *f, struct verdict *v)
{
    struct judge j = {.c = c, .facts = f, .v = v};

    if (v->failed)
        return;
    judge_states_mark(f, v);
    for (size_t h = 0; h < v->host_count; h++) {
        j.policy = f->resolution->hosts[h].policy;
        if (v->hosts[h].used && !v->hosts[h].renewal)
            judge_differ(&j, (struct judge_place){v->hosts[h].target, h, FINDING_NONE});
    }
    judge_states_settle(f, v);
    finding_list_sort(&v->findings);
    if (!judge_rows(f, v) || v->findings.failed)
        fail(v);
}
