/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef POOL_STACK
#define POOL_STACK (256 * 1024)
#endif

enum { FILES_OF_PROCESS = 16, FILES_OF_WORKER = 2 }; /* descriptors that are open together */

struct pool {
    void (*fn)(void *ctx, size_t i);
    void *ctx;
    size_t n;
    atomic_size_t next, done;
    atomic_size_t users; /* workers and the caller: the last one frees it */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* all is done, or the watch was ended */
};

void pool_watch_init(struct pool_watch *watch, instant deadline)
{
    *watch = (struct pool_watch){.deadline = deadline};
    pthread_mutex_init(&watch->lock, NULL);
}

/* Wakes the caller that waits in wait_for; does nothing where none waits. p->lock must not be
 * held. */
static void wake(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

/* Sets the watch's end, unless it has one already. `end` must not be POOL_DONE. Wakes nobody. */
static void end_with(struct pool_watch *watch, enum pool_end end)
{
    int none = POOL_DONE;

    atomic_compare_exchange_strong(&watch->end, &none, (int)end);
}

void pool_watch_end(struct pool_watch *watch, enum pool_end end)
{
    end_with(watch, end);
    pthread_mutex_lock(&watch->lock);
    if (watch->running)
        wake(watch->running);
    pthread_mutex_unlock(&watch->lock);
}

/* Returns why the run of the watch was ended. POOL_DONE: nobody has ended it. */
static enum pool_end end_of(struct pool_watch *watch)
{
    return (enum pool_end)atomic_load(&watch->end);
}

/* --- workers --- */

/* Returns a pool without workers and with nothing done, with the caller as its one user, who calls
 * release(pool) once. `ctx` is borrowed and must outlive all users. NULL: out of memory. */
static struct pool *new_pool(size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
    struct pool *p = malloc(sizeof *p);

    if (!p)
        return NULL;
    *p = (struct pool){.fn = fn, .ctx = ctx, .n = n, .users = 1};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    return p;
}

/* Takes one user off; the last one frees the pool. The user may not touch the pool afterwards. */
static void release(struct pool *p)
{
    if (atomic_fetch_sub(&p->users, 1) != 1)
        return;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* A worker's thread, which is one of the pool's users: takes work until none is left, then releases
 * the pool, which is `arg`. Always NULL. */
static void *work(void *arg)
{
    struct pool *p = arg;
    size_t i;

    while ((i = atomic_fetch_add(&p->next, 1)) < p->n) {
        p->fn(p->ctx, i);
        if (atomic_fetch_add(&p->done, 1) + 1 == p->n)
            wake(p);
    }
    release(p);
    return NULL;
}

/* Starts up to `width` workers, each a user of the pool. Their threads go to the front of
 * `threads`, which has room for `width`, and are joined or detached by `leave`. Returns how many
 * were started, perhaps none; fewer do the same work. */
static size_t start(struct pool *p, pthread_t *threads, size_t width)
{
    pthread_attr_t attr;
    size_t made = 0;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, POOL_STACK);
    for (; made < width; made++) {
        atomic_fetch_add(&p->users, 1);
        if (pthread_create(&threads[made], &attr, work, p) != 0) {
            release(p);
            break;
        }
    }
    pthread_attr_destroy(&attr);
    return made;
}

/* --- the caller --- */

/* Does all the work in the caller's thread, until somebody ends the watch, because no worker could
 * be started. Returns the watch's end; POOL_DONE: all is done. */
static enum pool_end run_alone(struct pool_watch *watch, size_t n, void (*fn)(void *ctx, size_t i),
                               void *ctx)
{
    for (size_t i = 0; i < n && end_of(watch) == POOL_DONE; i++)
        fn(ctx, i);
    return end_of(watch);
}

/* Sets the pool that pool_watch_end wakes; NULL: none. watch->lock must not be held. */
static void set_running(struct pool_watch *watch, struct pool *p)
{
    pthread_mutex_lock(&watch->lock);
    watch->running = p;
    pthread_mutex_unlock(&watch->lock);
}

/* Waits until all is done, or for the watch's deadline or end. Unless all is done, no more work is
 * begun, work that was begun runs on, and the watch has an end afterwards. There must be a
 * worker. */
static void wait_for(struct pool_watch *watch, struct pool *p)
{
    const struct timespec until = {watch->deadline / 1000000, watch->deadline % 1000000 * 1000};
    int result = 0;

    set_running(watch, p);
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->done) < p->n && end_of(watch) == POOL_DONE && result != ETIMEDOUT)
        result = pthread_cond_clockwait(&p->changed, &p->lock, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&p->lock);
    set_running(watch, NULL);
    if (atomic_load(&p->done) == p->n)
        return;
    atomic_store(&p->next, p->n); /* nothing more is begun */
    end_with(watch, POOL_DEADLINE);
}

/* Joins the threads where `end` is POOL_DONE, for then all work is done; else detaches them, so
 * that they run on. The array remains the caller's. */
static void leave(pthread_t *threads, size_t count, enum pool_end end)
{
    for (size_t i = 0; i < count; i++) {
        if (end == POOL_DONE)
            pthread_join(threads[i], NULL);
        else
            pthread_detach(threads[i]);
    }
}

enum pool_end pool_run(struct pool_watch *watch, size_t n, size_t width,
                       void (*fn)(void *ctx, size_t i), void *ctx)
{
    pthread_t *threads = NULL;
    struct pool *p;
    size_t made = 0;

    if (end_of(watch) != POOL_DONE || n == 0)
        return end_of(watch);
    if (width > n)
        width = n;
    p = new_pool(n, fn, ctx);
    if (p)
        threads = calloc(width, sizeof *threads);
    if (threads)
        made = start(p, threads, width);
    if (made > 0) {
        wait_for(watch, p);
        leave(threads, made, end_of(watch));
    }
    free(threads);
    if (p)
        release(p);
    if (made == 0)
        return run_alone(watch, n, fn, ctx);
    return end_of(watch);
}

void pool_checkpoint(const struct pool_watch *watch)
{
    while (watch && atomic_load(&watch->end) != POOL_DONE)
        pause();
}

size_t pool_raise_limit(struct rlimit *limit, size_t width)
{
    rlim_t due = FILES_OF_PROCESS + FILES_OF_WORKER * (rlim_t)width;

    if (limit->rlim_cur < due)
        limit->rlim_cur = limit->rlim_max < due ? limit->rlim_max : due;
    if (limit->rlim_cur >= due)
        return width;
    if (limit->rlim_cur < FILES_OF_PROCESS + 2 * FILES_OF_WORKER)
        return 1;
    return (size_t)(limit->rlim_cur - FILES_OF_PROCESS) / FILES_OF_WORKER;
}

size_t pool_allow_files(size_t width)
{
    struct rlimit limit;
    size_t allowed;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return width;
    allowed = pool_raise_limit(&limit, width);
    setrlimit(RLIMIT_NOFILE, &limit);
    return allowed;
}
