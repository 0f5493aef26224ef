/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/pool.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/unit.h"

enum { MOST = 500 };

/* The work of the workers, and the traces of it. */
struct work {
    atomic_int calls[MOST];
    atomic_int running, most;
    atomic_int ended;
    atomic_bool go; /* workers of blocking work wait for it */
    int threads;    /* before the run; a sanitizer may have one of its own */
};

enum { LIMIT_MS = 2000 }; /* a busy machine takes its time to begin two jobs */

static int thread_count(void)
{
    DIR *d = opendir("/proc/self/task");
    int n = -2;

    ck_assert_ptr_nonnull(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void count(void *ctx, size_t i)
{
    struct work *w = ctx;
    int now = atomic_fetch_add(&w->running, 1) + 1, most = atomic_load(&w->most);

    while (now > most && !atomic_compare_exchange_weak(&w->most, &most, now))
        continue;
    atomic_fetch_add(&w->calls[i], 1);
    atomic_fetch_sub(&w->running, 1);
}

static void wait_for_go(void *ctx, size_t i)
{
    struct work *w = ctx;

    atomic_fetch_add(&w->calls[i], 1);
    while (!atomic_load(&w->go))
        poll(NULL, 0, 1);
    atomic_fetch_add(&w->ended, 1);
}

/* Lets the workers of a run that was ended early go, and waits until they are no more. */
static void let_go(struct work *w, int n)
{
    atomic_store(&w->go, true);
    while (atomic_load(&w->ended) < n || thread_count() > w->threads)
        poll(NULL, 0, 1);
}

static const struct {
    size_t n, width;
} sizes[] = {{0, 1},   {0, 16},  {1, 1},    {1, 16},    {2, 16},     {7, 3},
             {16, 16}, {100, 1}, {500, 16}, {500, 400}, {3, 1000000}};

START_TEST(each_index_once)
{
    static struct work w;
    struct pool_watch watch;
    size_t n = sizes[_i].n;

    pool_watch_init(&watch, deadline_in_ms(30000));
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, n, sizes[_i].width, count, &w), POOL_DONE);
    for (size_t i = 0; i < MOST; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), i < n);
    ck_assert_uint_le((size_t)atomic_load(&w.most), sizes[_i].width);
    /* and again, with the same watch */
    ck_assert_int_eq(pool_run(&watch, n, sizes[_i].width, count, &w), POOL_DONE);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), 2);
}
END_TEST

START_TEST(runs_side_by_side)
{
    static struct work w;
    static struct pool_watch watch;

    pool_watch_init(&watch, deadline_in_ms(1000));
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 8, 8, wait_for_go, &w), POOL_DEADLINE);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), 1);
    let_go(&w, 8);
}
END_TEST

/* A job that was begun runs on; no other is begun. */
START_TEST(deadline_ends_it)
{
    static struct work w;
    static struct pool_watch watch;
    instant start = deadline_now();
    int64_t ms;

    pool_watch_init(&watch, deadline_in_ms(LIMIT_MS));
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 4, 2, wait_for_go, &w), POOL_DEADLINE);
    ms = (deadline_now() - start) / 1000;
    ck_assert_msg(ms >= LIMIT_MS && ms < LIMIT_MS + 5000, "%d ms", (int)ms);
    ck_assert_int_eq(atomic_load(&watch.end), POOL_DEADLINE);
    /* later calls start nothing */
    ck_assert_int_eq(pool_run(&watch, 1, 1, count, &w), POOL_DEADLINE);
    let_go(&w, 2);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), i < 2);
}
END_TEST

START_TEST(deadline_has_passed)
{
    static struct work w;
    static struct pool_watch watch;

    pool_watch_init(&watch, deadline_now() - 1);
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 2, 2, wait_for_go, &w), POOL_DEADLINE);
    atomic_store(&w.go, true);
    while (thread_count() > w.threads)
        poll(NULL, 0, 1);
}
END_TEST

/* --- ended from another thread --- */

static void *end_soon(void *arg)
{
    struct pool_watch *watch = arg;

    poll(NULL, 0, LIMIT_MS);
    pool_watch_end(watch, POOL_SIGNAL);
    pool_watch_end(watch, POOL_DEADLINE); /* the first end stays */
    return NULL;
}

static void *end_at_once(void *arg)
{
    pool_watch_end(arg, POOL_SIGNAL);
    return NULL;
}

START_TEST(ended)
{
    static struct work w;
    static struct pool_watch watch;
    instant due = deadline_in_ms(30000);
    pthread_t thread;

    pool_watch_init(&watch, due);
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pthread_create(&thread, NULL, end_soon, &watch), 0);
    ck_assert_int_eq(pool_run(&watch, 4, 2, wait_for_go, &w), POOL_SIGNAL);
    ck_assert_int_gt(deadline_left_ms(due), 20000);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(pool_run(&watch, 1, 1, count, &w), POOL_SIGNAL);
    let_go(&w, 2);
}
END_TEST

START_TEST(ended_before)
{
    static struct work w;
    struct pool_watch watch;

    pool_watch_init(&watch, deadline_in_ms(30000));
    w = (struct work){0};
    pool_watch_end(&watch, POOL_SIGNAL);
    ck_assert_int_eq(pool_run(&watch, MOST, 8, count, &w), POOL_SIGNAL);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), 0);
}
END_TEST

/* The end may come in any moment of a run, and after it. */
START_TEST(ended_in_between)
{
    static struct work works[300]; /* one for each run: a worker may outlast its run */

    for (int i = 0; i < 300; i++) {
        struct pool_watch *watch = malloc(sizeof *watch); /* workers do not use it */
        struct work *w = &works[i];
        pthread_t thread;

        pool_watch_init(watch, deadline_in_ms(30000));
        w->threads = thread_count();
        ck_assert_int_eq(pthread_create(&thread, NULL, end_at_once, watch), 0);
        pool_run(watch, 20, 4, count, w);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        ck_assert_int_eq(atomic_load(&watch->end), POOL_SIGNAL);
        free(watch);
        while (thread_count() > w->threads)
            poll(NULL, 0, 1);
    }
}
END_TEST

/* After a checkpoint a worker goes on while the run does, and no longer. */
static void pass_checkpoint(void *ctx, size_t i)
{
    struct pool_watch *watch = ctx;

    (void)i;
    pool_checkpoint(watch);
    pool_checkpoint(NULL);
    pool_watch_end(watch, POOL_SIGNAL);
    pool_checkpoint(watch);
    atomic_store(&watch->end, -1);
}

/* Whether a worker stops at the checkpoint. It stays there until the process ends. */
static bool is_stopped(void)
{
    static struct pool_watch watch;

    pool_watch_init(&watch, deadline_in_ms(60000));
    if (pool_run(&watch, 1, 1, pass_checkpoint, &watch) != POOL_SIGNAL)
        return false;
    poll(NULL, 0, 50);
    return atomic_load(&watch.end) == POOL_SIGNAL;
}

START_TEST(checkpoint)
{
    pid_t child = fork();
    int status;

    if (child == 0) { /* a worker that waits has memory, so no tool is to look at the end */
        raise(is_stopped() ? SIGKILL : SIGTERM);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

/* 16 for the process, two for each worker. */
static const struct {
    rlim_t soft, hard;
    size_t width, allowed;
    rlim_t after;
} files[] = {
    {64, 200, 10, 10, 64}, /* never lowered */
    {64, 200, 50, 50, 116},     {64, 200, 92, 92, 200}, {64, 200, 93, 92, 200},
    {64, 200, 100000, 92, 200}, {19, 19, 2, 1, 19},     {4, 4, 256, 1, 4},
};

START_TEST(open_files)
{
    struct rlimit limit = {files[_i].soft, files[_i].hard};

    ck_assert_uint_eq(pool_raise_limit(&limit, files[_i].width), files[_i].allowed);
    ck_assert_uint_eq(limit.rlim_cur, files[_i].after);
    ck_assert_uint_eq(limit.rlim_max, files[_i].hard);
}
END_TEST

UNIT_CASE(pool, {each_index_once, COUNT(sizes)}, {runs_side_by_side, 1}, {deadline_ends_it, 1},
          {deadline_has_passed, 1}, {ended, 1}, {ended_before, 1}, {ended_in_between, 1},
          {checkpoint, 1}, {open_files, COUNT(files)})
