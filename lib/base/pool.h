/* SPDX-License-Identifier: BSD-2-Clause */
/* pool: fn(i) for i < n on w threads, until all is done or the run ends early.
 *
 * Hides the threads. The caller waits; another thread may end its wait with pool_watch_end. Whoever
 * gets anything but POOL_DONE must neither free what the workers use nor let it go out of scope:
 * they run on. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "base/deadline.h"

enum pool_end { POOL_DONE, POOL_DEADLINE, POOL_SIGNAL };

struct pool;

/* How long pools may be waited for. */
struct pool_watch {
    instant deadline; /* of the caller's waits */
    atomic_int end; /* enum pool_end; once not POOL_DONE, later calls start nothing and return it */
    pthread_mutex_t lock;
    struct pool *running; /* the one that is waited for, or NULL */
};

void pool_watch_init(struct pool_watch *watch, instant deadline);

/* Ends the wait for the pool that runs, and those for later ones. For any thread; the first end
 * stays. */
void pool_watch_end(struct pool_watch *watch, enum pool_end end);

/* Runs fn(ctx, i) once for each i < n, at most `width` (>= 1) at the same time. Where no thread can
 * be made, the caller's own does the work. */
enum pool_end pool_run(struct pool_watch *watch, size_t n, size_t width,
                       void (*fn)(void *ctx, size_t i), void *ctx);

/* For workers, between two steps: does not return once the run has ended. What they would still do
 * is of no use then, and would keep the processor from whoever judges. They must hold no lock.
 * `watch` may be NULL. */
void pool_checkpoint(const struct pool_watch *watch);

/* Raises the soft limit of open files for that many workers, as far as the hard one allows. Returns
 * how many workers the limit then has files for: at most `width`, at least 1. */
size_t pool_allow_files(size_t width);

/* The same, with the process's limits as *limit, where the soft one is raised. */
size_t pool_raise_limit(struct rlimit *limit, size_t width);

#endif
