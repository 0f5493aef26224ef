/* SPDX-License-Identifier: BSD-2-Clause */
/* run: the steps of a run between options and exit: resolve, plan, probe, judge, report.
 *
 * Hides the threads' lanes, the view that is judged of a run that was cut short, and the clean-up.
 * A plugin calls the steps in this order, and does what is its own between them. */
#ifndef PLUGINS_RUN_H
#define PLUGINS_RUN_H

#include "base/pool.h"
#include "judge/judge.h"
#include "plugins/options.h"
#include "probe/hello_facts.h"
#include "probe/plan.h"
#include "probe/probe.h"
#include "probe/profile_facts.h"

struct run;

/* The work of a plugin beside the sessions: fn(ctx, r, i) for each i < count, in worker threads. */
struct run_beside {
    size_t count;
    void (*fn)(void *ctx, const struct run *r, size_t i);
    void *ctx;
};

/* Its workers may still run when it is reported: static. */
struct run {
    const struct options *o;
    size_t parallel;  /* --parallel, or as many as there are descriptors for */
    instant deadline; /* of look-ups and sessions */
    struct resolve_config resolve;
    struct resolution resolution;
    struct plan plan;
    struct probe_config probe;
    struct limiter limiter;
    struct run_beside beside;
    struct observation *observations; /* of the plan's requests; look only at those that are done */
    struct observation_view view;     /* those that are judged */
    struct profile_facts **profile_due; /* by request: room for what is asked there; NULL: nothing.
                                           Owned, written to by the workers */
    _Atomic(struct profile_facts *) *profiles;  /* those that are whole, NULL where not asked;
                                                   NULL: nobody asks for any */
    const struct profile_facts **profiles_view; /* those that are judged */
    struct hello_facts *hello_due; /* by request: room for what is answered there; NULL: nothing
                                      is sent. Owned, written to by the workers */
    _Atomic(struct hello_facts *) *hellos;  /* those that are whole, NULL where nothing was sent */
    const struct hello_facts **hellos_view; /* those that are judged */
    atomic_size_t done;
    struct facts facts;
    struct judge_config judge;
    struct verdict verdict;
    struct report_config config;
    struct report_input input;
    char helo[256];
};

/* Begins the run and resolves all targets. The options and the targets must outlive it. */
void run_resolve(struct run *r, const struct options *o, const struct target *targets,
                 size_t target_count);

/* Plans the sessions, at most `per_address` at the same time to one IP address. */
void run_plan(struct run *r, unsigned per_address);

/* Runs the sessions, and what is beside them. `own` is the plugin's part of the configuration; what
 * the shared options say is filled in. */
void run_probe(struct run *r, const struct probe_config *own, const struct run_beside *beside);

/* Asks the gateways whose policy has a TLS profile what they accept, after the sessions, in the
 * same lanes. Does nothing where no policy has one. */
void run_profiles(struct run *r);

/* Sends the ClientHello of our mail server to each address whose session came to the
 * handshake, in the same lanes. Does nothing without --hello. */
void run_hellos(struct run *r);

/* The answers as far as they are known now, by request, for struct facts, borrowed from *r. NULL
 * without --hello; a member is NULL where nothing was sent. */
const struct hello_facts *const *run_hellos_view(struct run *r);

/* Frees them. No worker may run any more. */
void run_hellos_clear(struct run *r);

/* Runs fn(ctx, i) for each i < count in worker threads, after the sessions. */
void run_fetch(struct run *r, size_t count, void (*fn)(void *ctx, size_t i), void *ctx);

/* Out of memory: what follows does nothing, and the report says so. */
void run_out_of_memory(struct run *r);
bool run_has_memory(const struct run *r);

/* Judges what is known: r->facts, to which `more` adds what the plugin found out (the fields that
 * run knows are not looked at). The verdict is not finished: a plugin may add to it. */
void run_judge(struct run *r, const struct facts *more);

/* The parts of the end that differ between plugins. */
struct run_end {
    void *own;
    /* Writes the report; NULL: report_render does. */
    void (*render)(void *own, const struct report_config *c, const struct report_input *in,
                   struct text *out);
    bool is_form; /* the report is a form: the state is OK, or UNKNOWN without gateways */
    void (*clear)(void *own); /* frees, where the process exits in order; NULL: nothing */
};

/* Finishes the verdict, writes the report, and ends the process. */
_Noreturn void run_report(struct run *r, const struct run_end *end);

#endif
