/* pool: fn(i) for i < n on w threads, while the main thread watches the clock and the signals.
 *
 * Hides the threads. Must be called from the main thread with SIGTERM, SIGINT and SIGUSR1 blocked.
 * Whoever gets anything but POOL_DONE must neither free what the workers use nor return from main:
 * they run on. */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "deadline.h"

enum pool_end { POOL_DONE, POOL_DEADLINE, POOL_SIGNAL };

struct pool_watch {
    instant deadline;
    enum pool_end end;       /* once not POOL_DONE, later calls start nothing and return it */
    void (*tick)(void *arg); /* or NULL; called from the main thread about ten times a second */
    void *tick_arg;
};

/* Runs fn(ctx, i) once for each i < n, at most `width` (>= 1) at once. Where no thread at all can
 * be made it returns POOL_DEADLINE. */
enum pool_end pool_run(struct pool_watch *watch, size_t n, size_t width,
                       void (*fn)(void *ctx, size_t i), void *ctx);

/* Raises the soft limit of open files, as far as the hard one allows. */
void pool_allow_files(size_t n);

#endif
