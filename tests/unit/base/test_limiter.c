/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/limiter.h"

#include <pthread.h>
#include <stdatomic.h>

#include "unit/unit.h"

enum { WAIT_MS = 60, LONG_MS = 10000 };

START_TEST(taken)
{
    struct limiter s;
    instant before;

    limiter_init(&s, 2);
    ck_assert(limiter_acquire(&s, deadline_now()) && limiter_acquire(&s, deadline_now()));
    before = deadline_now();
    ck_assert(!limiter_acquire(&s, deadline_in_ms(WAIT_MS)));
    ck_assert_int_ge(deadline_now() - before, WAIT_MS * 1000);
    limiter_release(&s);
    ck_assert(limiter_acquire(&s, deadline_now()));
    ck_assert(!limiter_acquire(&s, deadline_now()));
}
END_TEST

struct waiter {
    struct limiter limiter;
    atomic_bool seated;
};

static void *wait_long(void *arg)
{
    struct waiter *w = arg;

    atomic_store(&w->seated, limiter_acquire(&w->limiter, deadline_in_ms(LONG_MS)));
    return NULL;
}

START_TEST(passed_on)
{
    struct waiter w = {.seated = false};
    instant before = deadline_now();
    pthread_t thread;

    limiter_init(&w.limiter, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_long, &w), 0);
    limiter_release(&w.limiter);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(w.seated && deadline_now() - before < LONG_MS * 1000);
}
END_TEST

UNIT_CASE(limiter, {taken, 1}, {passed_on, 1})
