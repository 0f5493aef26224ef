/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/run.h"

#include <stdlib.h>

#include "plugins/plugin.h"
#include "plugins/progress.h"
#include "plugins/work.h"
#include "probe/profile_address.h"
#include "probe/profile_probe.h"
#include "report/report_render.h"
#include "report/report_summary.h"

enum { REPORT_MAX = 256 * 1024 * 1024 };

void run_out_of_memory(struct run *r)
{
    r->resolution.failed = true;
}

bool run_has_memory(const struct run *r)
{
    return !r->resolution.failed;
}

/* --- resolve, plan --- */

void run_resolve(struct run *r, const struct options *o, const struct target *targets,
                 size_t target_count)
{
    r->o = o;
    plugin_fqdn(r->helo, sizeof r->helo);
    r->parallel = pool_allow_files(o->parallel);
    work_enter(WORK_RESOLVE);
    work_set_items(target_count);
    r->deadline = work_deadline();
    r->resolve = (struct resolve_config){.dns = o->dns,
                                         .family = o->family,
                                         .parallel = r->parallel,
                                         .stage_ms = (int)(o->stage_timeout * 1000),
                                         .deadline = r->deadline,
                                         .allow_loopback = o->allow_loopback};
    resolve_all(&r->resolve, targets, target_count, work_watch(), &r->resolution);
}

void run_plan(struct run *r, unsigned per_address)
{
    if (!run_has_memory(r))
        return;
    if (!plan_make(&r->resolution, per_address, &r->plan))
        run_out_of_memory(r);
    work_set_items(r->plan.request_count > r->plan.target_count ? r->plan.request_count
                                                                : r->plan.target_count);
    r->deadline = work_deadline();
}

/* --- probe --- */

/* The fn of the pool, with the run as `ctx`. The first indices are lanes of sessions, the others
 * what the plugin does beside them. */
static void run_job(void *ctx, size_t i)
{
    struct run *r = ctx;
    const struct plan_lane *lane;

    if (i >= r->plan.lane_count) {
        r->beside.fn(r->beside.ctx, r, i - r->plan.lane_count);
        return;
    }
    lane = &r->plan.lanes[i];
    for (size_t k = 0; k < lane->count; k++) {
        size_t request = lane->requests[k];

        pool_checkpoint(work_watch());
        probe_run(&r->probe, &r->plan.requests[request], &r->observations[request]);
        atomic_fetch_add(&r->done, 1);
    }
}

/* Sets r->probe to the plugin's own part, and what the shared options say; r->limiter, too. */
static void fill_probe_config(struct run *r, const struct probe_config *own)
{
    const struct options *o = r->o;
    const char *self = *r->helo ? r->helo : NULL;

    r->probe = *own;
    r->probe.sources = o->sources;
    r->probe.helo = o->helo ? o->helo : self;
    r->probe.transcript = o->output.verbosity >= 3;
    r->probe.stage_ms = (int)(o->stage_timeout * 1000);
    r->probe.greeting_ms = o->stage_timeout_given ? r->probe.stage_ms : 0;
    r->probe.deadline = r->deadline;
    r->probe.now = o->judge.now;
    r->probe.watch = work_watch();
    limiter_init(&r->limiter, PROBE_TLS_SESSIONS);
    r->probe.limiter = &r->limiter;
}

void run_probe(struct run *r, const struct probe_config *own, const struct run_beside *beside)
{
    if (!run_has_memory(r))
        return;
    r->observations = calloc(r->plan.request_count + 1, sizeof *r->observations);
    if (!r->observations) {
        run_out_of_memory(r);
        return;
    }
    for (size_t i = 0; i < r->plan.request_count; i++)
        observation_init(&r->observations[i]);
    fill_probe_config(r, own);
    r->beside = *beside;
    work_enter(WORK_PROBE);
    progress_count(&r->done, r->plan.request_count, "gateway addresses probed");
    pool_run(work_watch(), r->plan.lane_count + beside->count, r->parallel, run_job, r);
    progress_count(NULL, 0, NULL);
}

/* --- profiles --- */

/* Whether some gateway's policy has a TLS profile. */
static bool has_profile(const struct run *r)
{
    for (size_t h = 0; h < r->resolution.host_count; h++) {
        if (r->resolution.hosts[h].policy->profile)
            return true;
    }
    return false;
}

/* Makes room in r->profile_due, zeroed before, at the address of each gateway where its profile is
 * asked, by what the sessions saw. A gateway may have none. False: memory. */
static bool choose_addresses(struct run *r)
{
    struct observation_view view;
    bool enough = true;

    if (!observation_view_take(r->observations, r->plan.request_count, &view))
        return false;
    for (size_t h = 0; enough && h < r->resolution.host_count; h++) {
        const struct resolve_host *host = &r->resolution.hosts[h];
        struct profile_facts **due;
        size_t a;

        if (!host->policy->profile ||
            !profile_address(&r->plan, view.at, h, host->address_count, &a))
            continue;
        due = &r->profile_due[r->plan.of_host[h][a]];
        if (!*due)
            *due = calloc(1, sizeof **due);
        enough = *due != NULL;
    }
    observation_view_clear(&view);
    return enough;
}

/* The fn of the pool, with the run as `ctx`: the profiles of a lane, one after another. */
static void ask_lane(void *ctx, size_t i)
{
    struct run *r = ctx;
    const struct plan_lane *lane = &r->plan.lanes[i];

    for (size_t k = 0; k < lane->count; k++) {
        size_t request = lane->requests[k];
        const struct observation *o = &r->observations[request];
        struct profile_facts *facts = r->profile_due[request];

        /* A session that the run's end has left under way still writes. */
        if (!facts || !atomic_load(&o->done))
            continue;
        pool_checkpoint(work_watch());
        profile_probe(&r->probe, &r->plan.requests[request], o, facts);
        atomic_store(&r->profiles[request], facts);
    }
}

void run_profiles(struct run *r)
{
    size_t count = r->plan.request_count;

    if (!run_has_memory(r) || !has_profile(r))
        return;
    r->profiles = calloc(count + 1, sizeof *r->profiles);
    r->profiles_view = calloc(count + 1, sizeof *r->profiles_view);
    r->profile_due = calloc(count + 1, sizeof *r->profile_due);
    if (!r->profiles || !r->profiles_view || !r->profile_due || !choose_addresses(r)) {
        run_out_of_memory(r);
        return;
    }
    pool_run(work_watch(), r->plan.lane_count, r->parallel, ask_lane, r);
}

/* The profiles' facts as far as they are known now, by request, for struct facts, borrowed from *r.
 * NULL where no policy has a profile; a member is NULL where nothing was asked. */
static const struct profile_facts *const *view_profiles(struct run *r)
{
    for (size_t i = 0; r->profiles_view && i < r->plan.request_count; i++)
        r->profiles_view[i] = atomic_load(&r->profiles[i]);
    return r->profiles_view;
}

void run_fetch(struct run *r, size_t count, void (*fn)(void *ctx, size_t i), void *ctx)
{
    work_enter(WORK_FETCH);
    pool_run(work_watch(), count, r->parallel, fn, ctx);
}

/* --- report --- */

void run_judge(struct run *r, const struct facts *more)
{
    work_enter(WORK_JUDGE);
    r->facts = *more;
    r->facts.resolution = &r->resolution;
    r->facts.plan = &r->plan;
    if (!r->observations ||
        !observation_view_take(r->observations, r->plan.request_count, &r->view))
        run_out_of_memory(r);
    r->facts.observations = r->view.at;
    r->facts.profiles = view_profiles(r);
    r->facts.hellos = run_hellos_view(r);
    r->judge = r->o->judge;
    r->judge.limit = work_limit();
    judge_all(&r->judge, &r->facts, &r->verdict);
}

/* Finishes the verdict, and fills r->input and r->config for the report. */
static void finish(struct run *r)
{
    judge_finish(&r->judge, &r->facts, &r->verdict);
    r->input =
        (struct report_input){.judge = &r->o->judge, .facts = &r->facts, .verdict = &r->verdict};
    r->config = r->o->output;
    r->config.seconds = (double)(deadline_now() - work_start()) / 1e6;
}

/* For work_judged, with the run as `arg`: appends the first line without newline, and returns the
 * state. main prints it when rendering takes too long. */
static enum state first_line(void *arg, struct text *out)
{
    const struct run *r = arg;

    report_summary(&r->config, &r->input, out);
    return r->verdict.state;
}

/* Frees everything that the run holds, also of the plugin. No worker may run any more. */
static void clean_up(struct run *r, const struct run_end *end)
{
    verdict_clear(&r->verdict);
    for (size_t i = 0; r->observations && i < r->plan.request_count; i++)
        observation_clear(&r->observations[i]);
    free(r->observations);
    observation_view_clear(&r->view);
    for (size_t i = 0; r->profile_due && i < r->plan.request_count; i++)
        free(r->profile_due[i]);
    free(r->profiles);
    free(r->profiles_view);
    free(r->profile_due);
    run_hellos_clear(r);
    free((struct sent_hello *)r->o->sent_hello);
    plan_clear(&r->plan);
    resolve_clear(&r->resolution);
    trust_free(r->o->policy.trust);
    tls_profile_free((struct tls_profile *)r->o->policy.profile);
    if (end->clear)
        end->clear(end->own);
}

/* The exit status where the report is a form: OK, or UNKNOWN without gateways or memory. A form is
 * whole or not, whatever is wrong with the gateways. */
static enum state state_of_form(const struct run *r)
{
    return r->verdict.gateways.all > 0 && !r->verdict.failed ? STATE_OK : STATE_UNKNOWN;
}

void run_report(struct run *r, const struct run_end *end)
{
    const char *file = r->o->output_file;
    struct text out, line;
    enum state state;

    finish(r);
    work_judged(first_line, r);
    text_init(&out, REPORT_MAX);
    if (end->render)
        end->render(end->own, &r->config, &r->input, &out);
    else
        report_render(&r->config, &r->input, &out);
    text_init(&line, REPORT_MAX);
    state = end->is_form ? state_of_form(r) : r->verdict.state;
    if (file && end->is_form)
        text_addf(&line, "%s %s - forms written\n", r->config.service, state_name(state));
    else if (file)
        report_render_status(&r->config, &r->input, &line);
    work_write(state); /* main reads the verdict no more */
    if (work_exits_in_order())
        clean_up(r, end);
    if (file)
        work_end_file(file, &out, &line, state);
    work_end(&out, state);
}
