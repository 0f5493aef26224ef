#include "judge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "judge_cert.h"
#include "judge_differ.h"
#include "judge_partner.h"
#include "judge_senders.h"
#include "judge_session.h"
#include "judge_sts.h"
#include "text.h"

/* --- look-ups --- */

static void judge_domain(struct judge *j, size_t target)
{
    const struct resolve_target *t = &j->in->resolution->targets[target];
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};

    if (t->null_mx)
        judge_find(j, at, F_NULL_MX, STATE_DEFAULT, STAGE_DNS,
                   "domain takes no mail, by its null MX record",
                   "expected a gateway, seen MX 0 . (RFC 7505)");
    else if (t->status == DNS_NXDOMAIN)
        judge_find(j, at, F_DOMAIN_NOT_FOUND, STATE_DEFAULT, STAGE_DNS, "domain does not exist",
                   "expected MX records, seen NXDOMAIN");
    else if (t->status == DNS_BOGUS)
        judge_find(j, at, F_DNSSEC_INVALID, STATE_DEFAULT, STAGE_DNS,
                   "MX look-up fails DNSSEC validation", t->why);
    else if (t->status == DNS_FAILURE)
        judge_find(j, at, F_DNS_FAILURE, STATE_DEFAULT, STAGE_DNS, "MX look-up failed", t->why);
}

/* With -4 or -6 it may still have one of the other family. */
static void judge_no_address(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    const struct resolution *r = j->in->resolution;
    const char *headline = "host has no address", *detail = "expected A or AAAA, seen neither";

    if (h->mx_literal) {
        headline = "MX record names no host";
        detail = "expected a host name (RFC 5321 5.1)";
    } else if (r->targets[at.target].implicit) {
        headline = "domain has neither MX record nor address";
        detail = "expected MX, A or AAAA, seen none";
    } else if (h->status == DNS_NXDOMAIN) {
        detail = "expected A or AAAA, seen NXDOMAIN";
    } else if (r->family == AF_INET) {
        headline = "host has no IPv4 address";
        detail = "expected A, seen none";
    } else if (r->family == AF_INET6) {
        headline = "host has no IPv6 address";
        detail = "expected AAAA, seen none";
    }
    judge_find(j, at, F_NO_ADDRESS, j->hosts[at.host].stranded ? STATE_CRITICAL : STATE_WARNING,
               STAGE_DNS, headline, detail);
}

static void judge_lookup(struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->in->resolution;
    const struct resolve_host *h = &r->hosts[at.host];
    bool has_mx =
        r->targets[at.target].ask->kind != RESOLVE_HOST && !r->targets[at.target].implicit;
    char detail[440];

    if (h->status == DNS_BOGUS)
        judge_find(j, at, F_DNSSEC_INVALID, STATE_DEFAULT, STAGE_DNS,
                   "address look-up fails DNSSEC validation", h->why);
    else if (h->status == DNS_FAILURE)
        judge_find(j, at, F_DNS_FAILURE, STATE_DEFAULT, STAGE_DNS, "address look-up failed",
                   h->why);
    else if (h->address_count == 0)
        judge_no_address(j, at, h);
    if (h->alias && has_mx) {
        char canonical[256];

        text_clean(canonical, sizeof canonical, h->canonical, strlen(h->canonical));
        text_format(detail, sizeof detail, "expected a name with addresses, seen an alias of %s",
                    canonical);
        judge_find(j, at, F_MX_IS_CNAME, STATE_DEFAULT, STAGE_DNS, "MX host is an alias", detail);
    }
}

/* A domain whose MX set is not secure cannot satisfy dane-only, whatever its hosts have (RFC
 * 7672 2.2.1). */
static void judge_mx_security(struct judge *j, size_t target)
{
    const struct resolve_target *t = &j->in->resolution->targets[target];
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};

    if (j->terms->level == LEVEL_DANE_ONLY && j->in->resolution->trusted && t->mx_count > 0 &&
        !t->secure)
        judge_find(j, at, F_DANE_REQUIRED, STATE_DEFAULT, STAGE_DNS,
                   "MX records are not secured by DNSSEC", "expected an answer with AD");
}

/* --- gateways --- */

static bool is_reached(const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_GREETING];

    return f->passed || f->fault == PROBE_REJECTED || f->fault == PROBE_NO_SMTP ||
           f->fault == PROBE_BROKEN || o->has_tls || o->stages[STAGE_TLS].fault == PROBE_TLS ||
           o->plaintext.at > STAGE_GREETING;
}

static size_t recipient_index(const struct judge *j, struct judge_place at)
{
    const struct plan_request *q =
        &j->in->plan->requests[j->in->plan->of_host[at.host][at.address]];
    const char *recipient = j->in->resolution->targets[at.target].ask->recipient;

    for (size_t i = 0; recipient && i < q->recipient_count; i++) {
        if (strcmp(q->recipients[i], recipient) == 0)
            return i;
    }
    return 0;
}

/* What depends on the target that leads to the gateway. */
static void judge_for_target(struct judge *j, struct judge_place at)
{
    const struct observation *o = judge_observation(j, at.host, at.address);

    judge_chain_names(j, at, o, judge_name_is_open(j, at));
    judge_envelope(j, at, o, recipient_index(j, at));
}

static void judge_slow(struct judge *j, struct judge_place at, const struct observation *o)
{
    double total = (double)judge_total_us(j->in->resolution, at.host, o) / 1e6;
    bool critical = threshold_alerts(&j->c->crit, total);
    char headline[80], detail[80];

    if (!o->stages[STAGE_CONNECT].entered || (!critical && !threshold_alerts(&j->c->warn, total)))
        return;
    text_format(headline, sizeof headline, "the session took %.3f s in total", total);
    text_format(detail, sizeof detail, "allowed: %s", critical ? j->c->crit.text : j->c->warn.text);
    judge_find(j, at, F_SLOW, critical ? STATE_CRITICAL : STATE_WARNING, STAGE_COUNT, headline,
               detail);
}

static void judge_host(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];

    j->v->hosts[at.host].used = true;
    judge_lookup(j, at);
    judge_dane_records(j, at);
    judge_tlsa_beside(j, at);
    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = judge_observation(j, at.host, a);

        at.address = a;
        j->v->hosts[at.host].addresses[a].reached = is_reached(o);
        judge_session(j, at, o);
        judge_chains(j, at, o);
        judge_plaintext(j, at, o);
        judge_slow(j, at, o);
    }
}

/* --- confidence --- */

static void mark_stage(struct address_verdict *v, const struct finding *f)
{
    bool in_time = f->code != F_SLOW && f->code != F_CERTIFICATE_EXPIRING;

    if (f->level_state == STATE_CRITICAL && in_time)
        v->passed[f->stage] = false;
    if (f->stage == STAGE_CERT)
        v->cert_state = state_worse(v->cert_state, f->level_state);
}

/* A stage failed where it did not do what it should, or where a finding says so; a certificate that
 * is yet to end is valid. */
static void mark_stages(struct judge *j)
{
    const struct resolution *r = j->in->resolution;
    const struct finding_list *l = &j->v->findings;

    for (size_t h = 0; h < r->host_count; h++) {
        for (size_t a = 0; a < r->hosts[h].address_count; a++) {
            const struct observation *o = judge_observation(j, h, a);

            for (int s = 0; s < STAGE_COUNT; s++)
                j->v->hosts[h].addresses[a].passed[s] = o->stages[s].passed;
        }
    }
    for (size_t i = 0; i < l->count; i++) {
        const struct finding *f = &l->at[i];

        if (f->host == FINDING_NONE || f->stage == STAGE_COUNT)
            continue;
        for (size_t a = 0; a < r->hosts[f->host].address_count; a++) {
            if (f->address == FINDING_NONE || f->address == a)
                mark_stage(&j->v->hosts[f->host].addresses[a], f);
        }
    }
}

static void rate_hosts(struct judge *j)
{
    const struct resolution *r = j->in->resolution;

    for (size_t h = 0; h < r->host_count; h++) {
        struct host_verdict *v = &j->v->hosts[h];
        int sum = 0, reached = 0;

        for (size_t a = 0; a < r->hosts[h].address_count; a++) {
            struct address_verdict *address = &v->addresses[a];

            for (int s = 0; s < STAGE_COUNT; s++)
                address->confidence += address->passed[s] ? stage_info((enum stage)s)->weight : 0;
            if (address->reached) {
                sum += address->confidence;
                reached++;
            }
            if (address->end.first && (v->soonest == FINDING_NONE ||
                                       address->end.days < v->addresses[v->soonest].end.days))
                v->soonest = a;
        }
        v->confidence = reached ? (double)sum / reached : -1;
    }
}

/* The k-th preference weighs 2^-k; gateways of one preference share its weight; unreachable ones
 * are left out. */
static int rate_target(const struct judge *j, const struct resolve_target *t)
{
    double sum = 0, weights = 0, weight = 1;

    for (size_t m = 0; m < t->mx_count;) {
        double group = 0;
        size_t reached = 0, next = m;

        for (; next < t->mx_count && t->mx[next].preference == t->mx[m].preference; next++) {
            double c = j->v->hosts[t->mx[next].host].confidence;

            if (c >= 0) {
                group += c;
                reached++;
            }
        }
        if (reached > 0) {
            sum += weight * group / (double)reached;
            weights += weight;
        }
        weight /= 2;
        m = next;
    }
    return weights > 0 ? (int)(sum / weights + 0.5) : 0;
}

/* --- targets --- */

static void judge_reach(struct judge *j, size_t target)
{
    const struct resolution *r = j->in->resolution;
    const struct resolve_target *t = &r->targets[target];
    size_t addresses = 0, begun = 0, reached = 0;
    char detail[80];

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t h = t->mx[m].host;

        for (size_t a = 0; a < r->hosts[h].address_count; a++, addresses++) {
            const struct stage_fact *f = &judge_observation(j, h, a)->stages[STAGE_CONNECT];

            begun += f->entered && f->fault != PROBE_LOCAL;
            reached += j->v->hosts[h].addresses[a].reached;
        }
    }
    if (begun == 0 || begun < addresses || reached > 0 || judge_is_spare(j, target))
        return;
    text_format(detail, sizeof detail, "%zu address%s tried", addresses,
                addresses == 1 ? "" : "es");
    judge_find(j, (struct judge_place){target, FINDING_NONE, FINDING_NONE}, F_NO_GATEWAY_REACHABLE,
               STATE_DEFAULT, STAGE_CONNECT, "no gateway came to a greeting", detail);
}

static void judge_targets(struct judge *j)
{
    const struct resolution *r = j->in->resolution;

    for (size_t t = 0; t < r->target_count; t++) {
        j->terms = r->targets[t].ask->terms;
        judge_domain(j, t);
        judge_mx_security(j, t);
        for (size_t m = 0; m < r->targets[t].mx_count; m++) {
            struct judge_place at = {t, r->targets[t].mx[m].host, FINDING_NONE};

            if (!j->v->hosts[at.host].used)
                judge_host(j, at);
            for (size_t a = 0; a < r->hosts[at.host].address_count; a++) {
                at.address = a;
                judge_for_target(j, at);
            }
        }
        judge_reach(j, t);
        judge_sts(j, t);
    }
}

/* That none could be reached is said once, of the target, but it is true of each gateway. */
static void spread_to_hosts(struct judge *j, const struct resolve_target *t, enum state s)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        struct host_verdict *h = &j->v->hosts[t->mx[m].host];

        h->state = state_worse(h->state, s);
    }
}

/* A gateway that stands there under several partners' terms counts once. */
static void count_gateway(const struct resolution *r, struct verdict *v, size_t host)
{
    enum state s = STATE_OK;
    bool used = false;

    if (r->hosts[host].first != host)
        return;
    for (size_t h = host; h != RESOLVE_NONE; h = r->hosts[h].twin) {
        used = used || v->hosts[h].used;
        s = state_worse(s, v->hosts[h].state);
    }
    if (used)
        state_count_add(&v->gateways, s);
}

/* States of gateways, targets and the whole, from the findings. */
static void settle_states(struct judge *j)
{
    const struct resolution *r = j->in->resolution;
    struct verdict *v = j->v;

    for (size_t i = 0; i < v->findings.count; i++) {
        const struct finding *f = &v->findings.at[i];

        v->state = state_worse(v->state, f->state);
        if (f->host != FINDING_NONE)
            v->hosts[f->host].state = state_worse(v->hosts[f->host].state, f->state);
        else if (f->target != FINDING_NONE)
            v->targets[f->target].state = state_worse(v->targets[f->target].state, f->state);
        if (f->code == F_NO_GATEWAY_REACHABLE)
            spread_to_hosts(j, &r->targets[f->target], f->state);
    }
    v->confidence = 100;
    for (size_t t = 0; t < r->target_count; t++) {
        for (size_t m = 0; m < r->targets[t].mx_count; m++)
            v->targets[t].state =
                state_worse(v->targets[t].state, v->hosts[r->targets[t].mx[m].host].state);
        v->targets[t].confidence = rate_target(j, &r->targets[t]);
        if (!resolve_is_empty(&r->targets[t]) && v->targets[t].confidence < v->confidence)
            v->confidence = v->targets[t].confidence;
    }
    for (size_t h = 0; h < r->host_count; h++)
        count_gateway(r, v, h);
}

/* Whether mail to a target has nowhere to go. */
static bool has_no_address(const struct judge *j, size_t target)
{
    const struct resolution *r = j->in->resolution;
    size_t addresses = 0;

    for (size_t m = 0; m < r->targets[target].mx_count; m++)
        addresses += r->hosts[r->targets[target].mx[m].host].address_count;
    return addresses == 0 && !judge_is_spare(j, target);
}

/* What the targets are to the hosts that they lead to. */
static void list_hosts(struct judge *j)
{
    const struct resolution *r = j->in->resolution;
    size_t next = r->target_count;

    for (size_t t = 0; t < r->target_count; t++) {
        bool none = has_no_address(j, t);

        for (size_t m = 0; m < r->targets[t].mx_count; m++) {
            struct judge_host *h = &j->hosts[r->targets[t].mx[m].host];

            if (h->order == 0)
                *h = (struct judge_host){.target = t, .order = next++};
            h->stranded = h->stranded || none;
        }
    }
}

static bool allocate(struct judge *j)
{
    const struct resolution *r = j->in->resolution;
    struct verdict *v = j->v;

    v->host_count = r->host_count;
    v->target_count = r->target_count;
    v->hosts = calloc(r->host_count + 1, sizeof *v->hosts);
    v->targets = calloc(r->target_count + 1, sizeof *v->targets);
    j->hosts = calloc(r->host_count + 1, sizeof *j->hosts);
    if (!v->hosts || !v->targets || !j->hosts)
        return false;
    for (size_t h = 0; h < r->host_count; h++) {
        v->hosts[h].soonest = FINDING_NONE;
        v->hosts[h].addresses =
            calloc(r->hosts[h].address_count + 1, sizeof *v->hosts[h].addresses);
        if (!v->hosts[h].addresses)
            return false;
    }
    return true;
}

void judge_all(const struct judge_config *c, const struct judge_input *in, struct verdict *out)
{
    struct judge j = {.c = c, .in = in, .v = out};

    *out = (struct verdict){.state = STATE_OK};
    if (in->resolution->failed || !allocate(&j)) {
        out->failed = true;
        out->state = STATE_UNKNOWN;
        free(j.hosts);
        return;
    }
    list_hosts(&j);
    judge_targets(&j);
    judge_partners(&j);
    mark_stages(&j);
    for (size_t h = 0; h < in->resolution->host_count; h++) {
        j.terms = in->resolution->hosts[h].terms;
        if (!out->hosts[h].renewal)
            judge_differences(&j, (struct judge_place){j.hosts[h].target, h, FINDING_NONE});
    }
    rate_hosts(&j);
    settle_states(&j);
    finding_sort(&out->findings);
    out->failed = !judge_members(in, out) || out->findings.failed;
    if (out->failed)
        out->state = STATE_UNKNOWN; /* what was found last may have been worse than the rest */
    free(j.hosts);
}
