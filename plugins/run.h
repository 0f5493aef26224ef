/* run: what every plugin does between its options and its exit: resolve, probe, judge, print.
 *
 * Hides the threads' lanes, the snapshot of a run that was cut short, and the clean-up. A plugin
 * says what is its own by the fields of a task. */
#ifndef RUN_H
#define RUN_H

#include "judge.h"
#include "options.h"
#include "plan.h"
#include "pool.h"
#include "probe.h"

struct run;

struct run_task {
    const struct options *o;
    const struct resolve_ask *asks;
    size_t ask_count;
    unsigned per_address;      /* sessions at once to one IP address */
    struct probe_config probe; /* its own part; what the shared options say is filled in */
    instant start;

    /* Further work, or NULL. `resolved` may leave targets out. `beside` is called `beside_count`
     * times from worker threads, while the sessions run; `after` once from the main thread behind
     * them. `complete` adds to what is judged. */
    void *own;
    void (*resolved)(void *own, struct resolution *r);
    size_t beside_count;
    void (*beside)(void *own, const struct run *r, size_t i);
    void (*after)(void *own, struct run *r);
    void (*complete)(void *own, struct judge_input *in);
    void (*clear)(void *own);
};

struct run {
    struct run_task task;
    struct pool_watch watch;
    instant targets_end;           /* of all that is done for targets, a little before the run's */
    struct resolve_config resolve; /* workers of a run that was cut short still read it */
    struct resolution resolution;
    struct plan plan;
    struct probe_config probe;
    struct seats seats;
    struct observation *observations; /* of the plan's requests; look only at those that are done */
    atomic_size_t done;
    char helo[256];
};

/* Does all of it, prints and exits. `r` must outlive main's return: static. */
_Noreturn void run_task(struct run *r, const char *service, const struct run_task *task);

#endif
