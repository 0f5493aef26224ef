#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "output.h"
#include "plugin.h"

enum { RESERVE_MS = 200 };

/* The first indices are lanes of sessions, the others what the plugin does beside them. */
static void run_job(void *ctx, size_t i)
{
    struct run *r = ctx;
    const struct plan_lane *lane;

    if (i >= r->plan.lane_count) {
        r->task.beside(r->task.own, r, i - r->plan.lane_count);
        return;
    }
    lane = &r->plan.lanes[i];
    for (size_t k = 0; k < lane->count; k++) {
        size_t request = lane->requests[k];

        probe_run(&r->probe, &r->plan.requests[request], &r->observations[request]);
        atomic_fetch_add(&r->done, 1);
    }
}

static void show_progress(void *arg)
{
    struct run *r = arg;
    char line[80];
    int len = snprintf(line, sizeof line, "\r%zu of %zu gateway addresses probed",
                       atomic_load(&r->done), r->plan.request_count);

    if (write(STDOUT_FILENO, line, (size_t)len) < 0)
        r->watch.tick = NULL;
}

static void resolve(struct run *r)
{
    const struct options *o = r->task.o;

    r->resolve = (struct resolve_config){.dns = o->dns,
                                         .family = o->family,
                                         .parallel = o->parallel,
                                         .stage_ms = (int)(o->stage_timeout * 1000),
                                         .deadline = r->targets_end};
    resolve_all(&r->resolve, r->task.asks, r->task.ask_count, &r->watch, &r->resolution);
    if (r->task.resolved && !r->resolution.failed)
        r->task.resolved(r->task.own, &r->resolution);
}

static void fill_probe_config(struct run *r)
{
    const struct options *o = r->task.o;

    r->probe = r->task.probe;
    r->probe.helo = o->helo ? o->helo : *r->helo ? r->helo : NULL;
    r->probe.transcript = o->output.verbosity >= 3;
    r->probe.stage_ms = (int)(o->stage_timeout * 1000);
    r->probe.deadline = r->targets_end;
    r->probe.now = o->judge.now;
    seats_init(&r->seats, PROBE_SEATS);
    r->probe.seats = &r->seats;
}

static void probe(struct run *r)
{
    const struct options *o = r->task.o;

    if (r->resolution.failed || !plan_make(&r->resolution, r->task.per_address, &r->plan)) {
        r->resolution.failed = true;
        return;
    }
    r->observations = calloc(r->plan.request_count + 1, sizeof *r->observations);
    if (!r->observations) {
        r->resolution.failed = true;
        return;
    }
    fill_probe_config(r);
    if (o->output.colour) {
        r->watch.tick = show_progress;
        r->watch.tick_arg = r;
    }
    pool_run(&r->watch, r->plan.lane_count + r->task.beside_count, o->parallel, run_job, r);
    if (o->output.colour && write(STDOUT_FILENO, "\r\033[K", 4) < 0)
        r->watch.tick = NULL;
}

/* Copies what is final while sessions may still be under way. */
static struct observation *snapshot(const struct run *r)
{
    size_t count = r->observations ? r->plan.request_count : 0;
    struct observation *copy = calloc(r->plan.request_count + 1, sizeof *copy);

    for (size_t i = 0; copy && i < count; i++)
        observation_snapshot(&r->observations[i], &copy[i]);
    return copy;
}

/* Judges what is known, which is all of it unless the run was cut short. */
static enum state report(struct run *r, struct text *out)
{
    const struct options *o = r->task.o;
    bool whole = r->observations && r->watch.end == POOL_DONE;
    struct observation *copy = whole ? NULL : snapshot(r);
    const struct observation *known = whole ? r->observations : copy;
    struct judge_input in = {.resolution = &r->resolution, .plan = &r->plan, .observations = known};
    struct report_config c = o->output;
    struct verdict verdict;
    enum state state;

    if (!known)
        r->resolution.failed = true;
    if (r->task.complete)
        r->task.complete(r->task.own, &in);
    judge_all(&o->judge, &in, &verdict);
    c.seconds = (double)(deadline_now() - r->task.start) / 1e6;
    output_render(&c,
                  &(struct report_input){.judge = &o->judge,
                                         .resolution = &r->resolution,
                                         .plan = &r->plan,
                                         .observations = known,
                                         .verdict = &verdict,
                                         .revocations = in.revocations,
                                         .revocation_count = in.revocation_count,
                                         .sts = in.sts,
                                         .fleet = in.fleet},
                  out);
    state = verdict.state;
    verdict_clear(&verdict);
    free(copy);
    return state;
}

static void clean_up(struct run *r)
{
    if (!plugin_exits_in_order(r->watch.end))
        return;
    for (size_t i = 0; r->observations && i < r->plan.request_count; i++)
        observation_clear(&r->observations[i]);
    free(r->observations);
    plan_clear(&r->plan, r->resolution.host_count);
    resolve_clear(&r->resolution);
    trust_free(r->task.o->terms.trust);
    if (r->task.clear)
        r->task.clear(r->task.own);
}

/* Sessions end by themselves a little before the run has to. */
static int64_t reserve_ms(double timeout)
{
    int64_t fifth = (int64_t)(timeout * 200);

    return fifth < RESERVE_MS ? fifth : RESERVE_MS;
}

void run_task(struct run *r, const char *service, const struct run_task *task)
{
    const struct options *o = task->o;
    struct text out;
    enum state state;

    r->task = *task;
    r->watch.deadline = task->start + (instant)(o->timeout * 1e6);
    r->targets_end = r->watch.deadline - reserve_ms(o->timeout) * 1000;
    plugin_fqdn(r->helo, sizeof r->helo);
    pool_allow_files(2 * (size_t)o->parallel + 64);
    resolve(r);
    probe(r);
    if (task->after && !r->resolution.failed)
        task->after(task->own, r);
    text_init(&out, 256 * 1024 * 1024);
    state = report(r, &out);
    clean_up(r);
    plugin_end(service, &out, state, r->watch.end);
}
