#include "pool.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit.h"

enum { MOST = 500 };

/* What the workers do, and what they were seen to do. */
struct work {
    atomic_int calls[MOST];
    atomic_int running, most;
    atomic_int ended;
    atomic_bool go; /* workers of blocking work wait for it */
    int threads;    /* before the run; a sanitizer may have one of its own */
};

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
} sizes[] = {{0, 1}, {0, 16}, {1, 1}, {1, 16}, {2, 16}, {7, 3}, {16, 16}, {100, 1}, {500, 16},
             {500, 400}, {3, 1000000}};

START_TEST(each_index_once)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_in_ms(30000)};
    size_t n = sizes[_i].n;

    unit_block_signals();
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
    struct pool_watch watch = {.deadline = deadline_in_ms(1000)};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 8, 8, wait_for_go, &w), POOL_DEADLINE);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), 1);
    let_go(&w, 8);
}
END_TEST

START_TEST(deadline_ends_it)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_in_ms(50)};
    instant start = deadline_now();
    int64_t ms;

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 4, 2, wait_for_go, &w), POOL_DEADLINE);
    ms = (deadline_now() - start) / 1000;
    ck_assert_msg(ms >= 50 && ms < 5000, "%d ms", (int)ms);
    ck_assert_int_eq(watch.end, POOL_DEADLINE);
    /* later calls start nothing */
    ck_assert_int_eq(pool_run(&watch, 1, 1, count, &w), POOL_DEADLINE);
    let_go(&w, 4);
}
END_TEST

START_TEST(deadline_has_passed)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_now() - 1};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 2, 2, wait_for_go, &w), POOL_DEADLINE);
    let_go(&w, 2);
}
END_TEST

static const int signals[] = {SIGTERM, SIGINT};

START_TEST(signal_ends_it)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_in_ms(30000)};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(kill(getpid(), signals[_i]), 0); /* pending, for it is blocked */
    ck_assert_int_eq(pool_run(&watch, 4, 2, wait_for_go, &w), POOL_SIGNAL);
    ck_assert_int_gt(deadline_left_ms(watch.deadline), 20000);
    ck_assert_int_eq(watch.end, POOL_SIGNAL);
    ck_assert_int_eq(pool_run(&watch, 1, 1, count, &w), POOL_SIGNAL);
    let_go(&w, 4);
}
END_TEST

static void kill_us(void *ctx, size_t i)
{
    if (i == 1)
        kill(getpid(), SIGTERM);
    wait_for_go(ctx, i);
}

START_TEST(signal_from_without)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_in_ms(30000)};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 2, 2, kill_us, &w), POOL_SIGNAL);
    let_go(&w, 2);
}
END_TEST

static void count_tick(void *arg)
{
    ++*(int *)arg;
}

START_TEST(ticks)
{
    static struct work w;
    int n = 0;
    struct pool_watch watch = {.deadline = deadline_in_ms(450), .tick = count_tick, .tick_arg = &n};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    ck_assert_int_eq(pool_run(&watch, 1, 1, wait_for_go, &w), POOL_DEADLINE);
    ck_assert_msg(n >= 1 && n <= 6, "%d ticks", n);
    let_go(&w, 1);
}
END_TEST

START_TEST(stray_signal_does_not_end_it)
{
    static struct work w;
    struct pool_watch watch = {.deadline = deadline_in_ms(30000)};

    unit_block_signals();
    w = (struct work){.threads = thread_count()};
    kill(getpid(), SIGUSR1);
    ck_assert_int_eq(pool_run(&watch, MOST, 8, count, &w), POOL_DONE);
    for (int i = 0; i < MOST; i++)
        ck_assert_int_eq(atomic_load(&w.calls[i]), 1);
}
END_TEST

START_TEST(open_files)
{
    struct rlimit before, after;

    getrlimit(RLIMIT_NOFILE, &before);
    before.rlim_cur = 64;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    pool_allow_files(32);
    getrlimit(RLIMIT_NOFILE, &after);
    ck_assert_uint_eq(after.rlim_cur, 64); /* never lowered */
    pool_allow_files(128);
    getrlimit(RLIMIT_NOFILE, &after);
    ck_assert_uint_eq(after.rlim_cur, 128);
    pool_allow_files((size_t)-1 / 2);
    getrlimit(RLIMIT_NOFILE, &after);
    ck_assert_uint_eq(after.rlim_cur, after.rlim_max);
}
END_TEST

UNIT_CASE(pool, {each_index_once, COUNT(sizes)}, {runs_side_by_side, 1}, {deadline_ends_it, 1},
          {deadline_has_passed, 1}, {signal_ends_it, COUNT(signals)}, {signal_from_without, 1},
          {ticks, 1}, {stray_signal_does_not_end_it, 1}, {open_files, 1})
