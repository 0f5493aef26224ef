#include "seats.h"

#include <pthread.h>
#include <stdatomic.h>

#include "unit.h"

enum { WAIT_MS = 60, LONG_MS = 10000 };

START_TEST(taken)
{
    struct seats s;
    instant before;

    seats_init(&s, 2);
    ck_assert(seats_take(&s, deadline_now()) && seats_take(&s, deadline_now()));
    before = deadline_now();
    ck_assert(!seats_take(&s, deadline_in_ms(WAIT_MS)));
    ck_assert_int_ge(deadline_now() - before, WAIT_MS * 1000);
    seats_leave(&s);
    ck_assert(seats_take(&s, deadline_now()));
    ck_assert(!seats_take(&s, deadline_now()));
}
END_TEST

struct waiter {
    struct seats seats;
    atomic_bool seated;
};

static void *wait_long(void *arg)
{
    struct waiter *w = arg;

    atomic_store(&w->seated, seats_take(&w->seats, deadline_in_ms(LONG_MS)));
    return NULL;
}

START_TEST(passed_on)
{
    struct waiter w = {.seated = false};
    instant before = deadline_now();
    pthread_t thread;

    seats_init(&w.seats, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_long, &w), 0);
    seats_leave(&w.seats);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert(w.seated && deadline_now() - before < LONG_MS * 1000);
}
END_TEST

UNIT_CASE(seats, {taken, 1}, {passed_on, 1})
