#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#ifndef POOL_STACK
#define POOL_STACK (256 * 1024)
#endif

enum { TICK_MS = 100, DONE_SIGNAL = SIGUSR1 };

struct pool {
    void (*fn)(void *ctx, size_t i);
    void *ctx;
    size_t n;
    atomic_size_t next, done;
    atomic_size_t users; /* workers and the main thread: the last one frees it */
    pthread_t main;
};

static void release(struct pool *p)
{
    if (atomic_fetch_sub(&p->users, 1) == 1)
        free(p);
}

static void *work(void *arg)
{
    struct pool *p = arg;
    size_t i;

    while ((i = atomic_fetch_add(&p->next, 1)) < p->n) {
        p->fn(p->ctx, i);
        if (atomic_fetch_add(&p->done, 1) + 1 == p->n)
            pthread_kill(p->main, DONE_SIGNAL);
    }
    release(p);
    return NULL;
}

/* Starts up to `width` workers; with fewer the work goes on all the same. */
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

static enum pool_end watch_signals(struct pool *p, struct pool_watch *w)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, DONE_SIGNAL);
    while (atomic_load(&p->done) < p->n) {
        int left = deadline_left_ms(w->deadline), ms = w->tick && left > TICK_MS ? TICK_MS : left;
        struct timespec wait = {ms / 1000, ms % 1000 * 1000000L};
        int got;

        if (left == 0)
            return POOL_DEADLINE;
        got = sigtimedwait(&set, NULL, &wait);
        if (got == SIGTERM || got == SIGINT)
            return POOL_SIGNAL;
        if (w->tick)
            w->tick(w->tick_arg);
    }
    return POOL_DONE;
}

enum pool_end pool_run(struct pool_watch *watch, size_t n, size_t width,
                       void (*fn)(void *ctx, size_t i), void *ctx)
{
    struct pool *p;
    pthread_t *threads;
    size_t made;

    if (watch->end != POOL_DONE || n == 0)
        return watch->end;
    width = width > n ? n : width;
    p = malloc(sizeof *p);
    threads = calloc(width, sizeof *threads);
    made = 0;
    if (p && threads) {
        *p = (struct pool){.fn = fn, .ctx = ctx, .n = n, .users = 1, .main = pthread_self()};
        made = start(p, threads, width);
    }
    watch->end = made > 0 ? watch_signals(p, watch) : POOL_DEADLINE;
    for (size_t i = 0; i < made; i++) {
        if (watch->end == POOL_DONE)
            pthread_join(threads[i], NULL);
        else
            pthread_detach(threads[i]);
    }
    if (p && threads)
        release(p);
    else
        free(p);
    free(threads);
    return watch->end;
}

void pool_allow_files(size_t n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= n)
        return;
    limit.rlim_cur = limit.rlim_max < n ? limit.rlim_max : n;
    setrlimit(RLIMIT_NOFILE, &limit);
}
