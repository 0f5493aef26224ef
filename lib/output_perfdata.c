#include "output_perfdata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata.h"

static const double zero = 0;

struct emitter {
    const struct report_config *c;
    const struct report_input *in;
    struct text list;
};

/* "30:": alert below. */
static void below(double limit, struct threshold_range *r)
{
    *r = (struct threshold_range){.set = limit >= 0, .low = limit, .high = INFINITY};
    text_number(r->text, sizeof r->text - 1, limit);
    strcat(r->text, ":");
}

static void add_cert_days(struct emitter *e, const char *prefix, const char *metric,
                          const struct path_end *v)
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

/* The slowest of some addresses at one stage, -1 where none got there. */
static int64_t slowest(const struct emitter *e, size_t host, size_t from, size_t to, int stage)
{
    int64_t most = -1;

    for (size_t a = from; a < to; a++) {
        const struct observation *o = report_observation(e->in, host, a);
        int64_t us =
            stage == STAGE_COUNT ? judge_total_us(e->in->resolution, host, o) : o->stages[stage].us;
        int needed = stage == STAGE_COUNT ? STAGE_CONNECT : stage;

        if (o->stages[needed].entered && us > most)
            most = us;
    }
    return most;
}

/* RSA and ECDSA, where both are served: the soonest of each. */
static void add_kinds(struct emitter *e, const char *prefix, size_t host, size_t from, size_t to)
{
    static const char *const metrics[CERT_KINDS] = {NULL, "cert_days_rsa", "cert_days_ecdsa"};

    for (int k = CERT_RSA; k < CERT_KINDS; k++) {
        const struct path_end *soonest = NULL;

        for (size_t a = from; a < to; a++) {
            const struct path_end *end = &e->in->verdict->hosts[host].addresses[a].kinds[k];

            if (end->first && (!soonest || end->days < soonest->days))
                soonest = end;
        }
        if (soonest)
            add_cert_days(e, prefix, metrics[k], soonest);
    }
}

/* One set: a gateway's addresses from `from` until before `to`, and the soonest of their ends. */
static void add_set(struct emitter *e, const char *prefix, size_t host, size_t from, size_t to,
                    const struct address_verdict *soonest)
{
    const struct judge_config *j = e->in->judge;
    int64_t total = slowest(e, host, from, to, STAGE_COUNT);

    if (!e->in->resolution->hosts[host].literal)
        add_seconds(e, prefix, stage_info(STAGE_DNS)->name, judge_dns_us(e->in->resolution, host),
                    &j->stage_warn[STAGE_DNS], &j->stage_crit[STAGE_DNS]);
    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        int64_t us = slowest(e, host, from, to, s);

        if (us >= 0)
            add_seconds(e, prefix, stage_info((enum stage)s)->name, us, &j->stage_warn[s],
                        &j->stage_crit[s]);
    }
    if (total >= 0)
        add_seconds(e, prefix, "total", total, &j->warn, &j->crit);
    if (soonest && soonest->end.first)
        add_cert_days(e, prefix, "cert_days", &soonest->end);
    add_kinds(e, prefix, host, from, to);
}

/* Colons would look like the "::" before the metric. */
static void copy_without_colons(char *out, size_t cap, const char *s)
{
    text_copy(out, cap, s);
    for (; *out; out++)
        *out = *out == ':' ? '-' : *out;
}

static void add_host(struct emitter *e, size_t host)
{
    const struct resolve_host *h = &e->in->resolution->hosts[host];
    const struct host_verdict *v = &e->in->verdict->hosts[host];
    char label[280], address[INET6_ADDRSTRLEN], prefix[360];

    copy_without_colons(label, sizeof label, h->shown);
    if (h->port != 25)
        text_append(label, sizeof label, ":%u", h->port);
    if (e->c->perfdata == PERFDATA_GATEWAY) {
        add_set(e, label, host, 0, h->address_count,
                v->soonest == FINDING_NONE ? NULL : &v->addresses[v->soonest]);
        return;
    }
    for (size_t a = 0; a < h->address_count; a++) {
        copy_without_colons(address, sizeof address, h->addresses[a].text);
        text_format(prefix, sizeof prefix, "%s/%s", label, address);
        add_set(e, prefix, host, a, a + 1, &v->addresses[a]);
    }
}

static void add_partners(struct emitter *e)
{
    struct state_count partners;
    struct perfdata p = {.metric = "partners", .unit = "", .min = &zero};
    double all;

    report_count_partners(e->in, &partners);
    p.value = all = (double)partners.all;
    perfdata_add(&e->list, &p, e->c->plain_thresholds);
    p.metric = "partners_ok";
    p.value = (double)partners.ok;
    p.max = &all;
    perfdata_add(&e->list, &p, e->c->plain_thresholds);
}

static void add_totals(struct emitter *e)
{
    const struct verdict *v = e->in->verdict;
    const struct address_verdict *soonest = report_soonest(v);
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

    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        perfdata_add(&e->list, &totals[i], e->c->plain_thresholds);
    if (e->in->fleet)
        add_partners(e);
    if (soonest)
        add_cert_days(e, NULL, "cert_days_min", &soonest->end);
}

void output_perfdata(const struct report_config *c, const struct report_input *in, struct text *out)
{
    struct emitter e = {.c = c, .in = in};
    struct report_walk w = {.seen = calloc(in->resolution->host_count + 1, sizeof *w.seen)};
    size_t host;

    text_init(&e.list, out->max);
    add_totals(&e);
    while (w.seen && report_next_host(in->resolution, &w, &host))
        add_host(&e, host);
    text_add(out, text_str(&e.list));
    out->failed = out->failed || e.list.failed || !w.seen;
    text_free(&e.list);
    free(w.seen);
}
