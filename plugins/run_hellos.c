/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of run that sends the ClientHello of our mail server. */
#include <stdlib.h>

#include "plugins/run.h"
#include "plugins/work.h"
#include "probe/hello_probe.h"

/* The fn of the pool, with the run as `ctx`: the addresses of a lane, one after another. */
static void ask_lane(void *ctx, size_t i)
{
    struct run *r = ctx;
    const struct plan_lane *lane = &r->plan.lanes[i];

    for (size_t k = 0; k < lane->count; k++) {
        size_t request = lane->requests[k];
        const struct plan_request *q = &r->plan.requests[request];
        const struct observation *o = &r->observations[request];
        struct hello_facts *facts = &r->hello_due[request];

        /* A session that the run's end has left under way still writes. */
        if (!q->policy->hello || !atomic_load(&o->done) || !hello_probe_is_due(o))
            continue;
        pool_checkpoint(work_watch());
        hello_probe(&r->probe, q, q->policy->hello, facts);
        atomic_store(&r->hellos[request], facts);
    }
}

void run_hellos(struct run *r)
{
    size_t count = r->plan.request_count;

    if (!run_has_memory(r) || !r->o->sent_hello)
        return;
    r->hellos = calloc(count + 1, sizeof *r->hellos);
    r->hellos_view = calloc(count + 1, sizeof *r->hellos_view);
    r->hello_due = calloc(count + 1, sizeof *r->hello_due);
    if (!r->hellos || !r->hellos_view || !r->hello_due) {
        run_out_of_memory(r);
        return;
    }
    pool_run(work_watch(), r->plan.lane_count, r->parallel, ask_lane, r);
}

const struct hello_facts *const *run_hellos_view(struct run *r)
{
    for (size_t i = 0; r->hellos_view && r->hellos && i < r->plan.request_count; i++)
        r->hellos_view[i] = atomic_load(&r->hellos[i]);
    return r->hellos_view;
}

void run_hellos_clear(struct run *r)
{
    free(r->hellos);
    free(r->hellos_view);
    free(r->hello_due);
}
