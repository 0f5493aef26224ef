/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_perfdata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/perfdata.h"
#include "report/report_summary.h"

static const double zero = 0;

/* One report under way. */
struct emitter {
    const struct report_config *c;
    const struct report_input *in;
    struct text list; /* the data so far, separated by blanks */
};

/* Sets *r to "30:", which alerts below the limit. A limit below 0 makes a range that is not set and
 * never alerts. */
static void below(double limit, struct threshold_range *r)
{
    *r = (struct threshold_range){.set = limit >= 0, .low = limit, .high = INFINITY};
    text_number(r->text, sizeof r->text - 1, limit);
    strcat(r->text, ":");
}

/* Appends the days until a path expires, with their limits. v->first must not be NULL. `prefix`
 * NULL: of the whole run. */
static void add_cert_days(struct emitter *e, const char *prefix, const char *metric,
                          const struct path_expiry *v)
{
    struct threshold_range warn, crit;
    struct perfdata p = {.prefix = prefix,
                         .metric = metric,
                         .value = v->days,
                         .decimals = 1,
                         .unit = "",
                         .warn = &warn,
                         .crit = &crit};
    double lifetime = (double)(long)(v->lifetime + 0.5);

    below(v->limits[0], &warn);
    below(v->limits[1], &crit);
    if (e->c->plain_thresholds) {
        p.min = &zero;
        p.max = &lifetime;
    }
    perfdata_add(&e->list, &p, e->c->plain_thresholds);
}

/* Appends a time of `us` (>= 0) microseconds, in seconds. `prefix` is the gateway's; the ranges, of
 * seconds, may be unset. */
static void add_seconds(struct emitter *e, const char *prefix, const char *metric, int64_t us,
                        const struct threshold_range *warn, const struct threshold_range *crit)
{
    struct perfdata p = {.prefix = prefix,
                         .metric = metric,
                         .value = (double)us / 1e6,
                         .decimals = 3,
                         .unit = "s",
                         .warn = warn,
                         .crit = crit};

    perfdata_add(&e->list, &p, e->c->plain_thresholds);
}

/* A gateway's addresses with the indices from `from` to `to` - 1. */
struct address_range {
    size_t host, from, to;
};

/* Returns the microseconds of the slowest of the addresses at one stage; -1 where none entered the
 * stage or no time is known. */
static int64_t slowest(const struct emitter *e, const struct address_range *range, enum stage stage)
{
    int64_t most = -1;

    for (size_t a = range->from; a < range->to; a++) {
        const struct stage_fact *f =
            &facts_observation(e->in->facts, range->host, a)->stages[stage];

        if (f->entered && f->us > most)
            most = f->us;
    }
    return most;
}

/* Returns the microseconds of the slowest of the sessions, look-ups included; -1 where none
 * began. */
static int64_t slowest_session(const struct emitter *e, const struct address_range *range)
{
    int64_t most = -1;

    for (size_t a = range->from; a < range->to; a++) {
        const struct observation *o = facts_observation(e->in->facts, range->host, a);
        int64_t us = e->in->verdict->hosts[range->host].addresses[a].total_us;

        if (o->stages[STAGE_CONNECT].entered && us > most)
            most = us;
    }
    return most;
}

/* Appends the soonest expiry of RSA and that of ECDSA in the range, each where it is known: where
 * an address serves both kinds. Else appends nothing. `prefix` is the gateway's. */
static void add_kinds(struct emitter *e, const char *prefix, const struct address_range *range)
{
    static const char *const metrics[CERT_KINDS] = {NULL, "cert_days_rsa", "cert_days_ecdsa"};

    for (int k = CERT_RSA; k < CERT_KINDS; k++) {
        const struct path_expiry *soonest = NULL;

        for (size_t a = range->from; a < range->to; a++) {
            const struct path_expiry *expiry =
                &e->in->verdict->hosts[range->host].addresses[a].kinds[k];

            if (expiry->first && (!soonest || expiry->days < soonest->days))
                soonest = expiry;
        }
        if (soonest)
            add_cert_days(e, prefix, metrics[k], soonest);
    }
}

/* Appends one set, of some addresses of a gateway: look-ups, stages, total and expiry. `prefix` is
 * the gateway's, without metric. `soonest`: the one of them whose path expires first; NULL: none is
 * known. */
static void add_set(struct emitter *e, const char *prefix, const struct address_range *range,
                    const struct address_verdict *soonest)
{
    const struct judge_config *j = e->in->judge;
    int64_t total = slowest_session(e, range);

    if (!e->in->facts->resolution->hosts[range->host].literal)
        add_seconds(e, prefix, stage_info(STAGE_DNS)->name,
                    e->in->verdict->hosts[range->host].dns_us, &j->stage_warn[STAGE_DNS],
                    &j->stage_crit[STAGE_DNS]);
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        int64_t us = slowest(e, range, (enum stage)s);

        if (us >= 0)
            add_seconds(e, prefix, stage_info((enum stage)s)->name, us, &j->stage_warn[s],
                        &j->stage_crit[s]);
    }
    if (total >= 0)
        add_seconds(e, prefix, "total", total, &j->warn, &j->crit);
    if (soonest && soonest->expiry.first)
        add_cert_days(e, prefix, "cert_days", &soonest->expiry);
    add_kinds(e, prefix, range);
}

/* Writes the clean text with "-" for each colon, which would look like the "::" before the
 * metric. */
static void copy_without_colons(char *out, size_t cap, const char *s)
{
    text_copy(out, cap, s);
    for (; *out; out++)
        *out = *out == ':' ? '-' : *out;
}

/* Appends the data of a gateway: one set at PERFDATA_GATEWAY, and one for each address at
 * PERFDATA_ADDRESS. Must not be called at PERFDATA_NONE or PERFDATA_TOTAL. */
static void add_host(struct emitter *e, size_t host)
{
    const struct resolve_host *h = &e->in->facts->resolution->hosts[host];
    const struct host_verdict *v = &e->in->verdict->hosts[host];
    char label[280], address[INET6_ADDRSTRLEN], prefix[360];

    copy_without_colons(label, sizeof label, h->shown);
    if (h->port != 25)
        text_append(label, sizeof label, ":%u", h->port);
    if (e->c->perfdata == PERFDATA_GATEWAY) {
        const struct address_verdict *soonest = NULL;

        if (v->soonest != FINDING_NONE)
            soonest = &v->addresses[v->soonest];
        add_set(e, label, &(struct address_range){host, 0, h->address_count}, soonest);
        return;
    }
    for (size_t a = 0; a < h->address_count; a++) {
        copy_without_colons(address, sizeof address, h->addresses[a].text);
        text_format(prefix, sizeof prefix, "%s/%s", label, address);
        add_set(e, prefix, &(struct address_range){host, a, a + 1}, &v->addresses[a]);
    }
}

/* Appends how many partners there are, and how many are OK. */
static void add_partners(struct emitter *e)
{
    struct state_count partners;
    struct perfdata p = {.metric = "partners", .unit = "", .min = &zero};
    double all;

    report_summary_count(e->in->verdict, &partners);
    p.value = all = (double)partners.all;
    perfdata_add(&e->list, &p, e->c->plain_thresholds);
    p.metric = "partners_ok";
    p.value = (double)partners.ok;
    p.max = &all;
    perfdata_add(&e->list, &p, e->c->plain_thresholds);
}

/* Appends the data of the whole run. `left_out` is how many gateways have no set of their own; no
 * datum says so where it is 0. */
static void add_totals(struct emitter *e, size_t left_out)
{
    const struct verdict *v = e->in->verdict;
    const struct address_verdict *soonest = verdict_soonest(v);
    const double hundred = 100, gateways = (double)v->gateways.all, timeout = e->c->timeout;
    const struct perfdata totals[] = {
        {.metric = "time",
         .value = e->c->seconds,
         .decimals = 3,
         .unit = "s",
         .min = &zero,
         .max = &timeout},
        {.metric = "confidence",
         .value = v->confidence,
         .unit = "%",
         .min = &zero,
         .max = &hundred},
        {.metric = "gateways", .value = gateways, .unit = "", .min = &zero},
        {.metric = "gateways_ok",
         .value = (double)v->gateways.ok,
         .unit = "",
         .min = &zero,
         .max = &gateways},
    };
    const struct perfdata left = {
        .metric = "gateways_left_out", .value = (double)left_out, .unit = "", .min = &zero};

    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        perfdata_add(&e->list, &totals[i], e->c->plain_thresholds);
    if (left_out > 0)
        perfdata_add(&e->list, &left, e->c->plain_thresholds);
    if (e->in->verdict->partner_count > 0)
        add_partners(e);
    if (soonest)
        add_cert_days(e, NULL, "cert_days_min", &soonest->expiry);
}

/* Gateways in the order of targets and preferences. */
struct gateways {
    size_t *hosts;
    size_t count;
};

/* Lists all gateways that targets lead to, each once under however many policies; the caller frees
 * out->hosts, in any case. False: out of memory, and the list is empty. */
static bool find_gateways(const struct report_input *in, struct gateways *out)
{
    size_t room = in->facts->resolution->host_count + 1, host;
    struct report_walk w = {.seen = calloc(room, sizeof *w.seen)};

    *out = (struct gateways){.hosts = calloc(room, sizeof *out->hosts)};
    while (w.seen && out->hosts && report_next_host(in->facts, &w, &host))
        out->hosts[out->count++] = host;
    free(w.seen);
    return w.seen && out->hosts;
}

void report_perfdata(const struct report_config *c, const struct report_input *in, struct text *out)
{
    struct emitter e = {.c = c, .in = in};
    struct gateways gateways;
    bool found = find_gateways(in, &gateways);
    size_t shown = gateways.count < c->perfdata_max ? gateways.count : c->perfdata_max;

    if (c->perfdata == PERFDATA_TOTAL)
        gateways.count = shown = 0;
    text_init(&e.list, out->max);
    add_totals(&e, gateways.count - shown);
    for (size_t i = 0; found && i < shown; i++)
        add_host(&e, gateways.hosts[i]);
    text_add(out, text_str(&e.list));
    out->failed = out->failed || e.list.failed || !found;
    text_free(&e.list);
    free(gateways.hosts);
}
