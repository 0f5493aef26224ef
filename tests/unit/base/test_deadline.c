/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/deadline.h"

#include <limits.h>

#include "unit/unit.h"

static const struct {
    const char *name;
    instant from_now; /* microseconds */
    int least, most;  /* the clock runs on between the two calls */
} lefts[] = {
    {"now", 0, 0, 0},
    {"past", -1, 0, 0},
    {"long past", -3600000000LL, 0, 0},
    {"a second", 1000000, 1, 1000},
    {"rounded up", 60000001, 1, 60001},
    {"an hour", 3600000000LL, 3540000, 3600000},
    {"beyond an int", (instant)INT_MAX * 1000 + 3600000000LL, INT_MAX, INT_MAX},
    {"a century", 3153600000000000LL, INT_MAX, INT_MAX},
};

START_TEST(left)
{
    int ms = deadline_left_ms(deadline_now() + lefts[_i].from_now);

    ck_assert_msg(ms >= lefts[_i].least && ms <= lefts[_i].most, "%s: %d", lefts[_i].name, ms);
}
END_TEST

START_TEST(epoch_is_past)
{
    ck_assert_int_eq(deadline_left_ms(0), 0);
    ck_assert_int_eq(deadline_left_ms(-1), 0);
}
END_TEST

START_TEST(clock_never_goes_back)
{
    instant last = deadline_now();

    for (int i = 0; i < 1000; i++) {
        instant now = deadline_now();

        ck_assert(now >= last);
        last = now;
    }
}
END_TEST

static const struct {
    int64_t ms;
} spans[] = {{0}, {1}, {250}, {45000}, {-5}};

START_TEST(in_ms)
{
    instant before = deadline_now(), d = deadline_in_ms(spans[_i].ms), after = deadline_now();

    ck_assert(d >= before + spans[_i].ms * 1000);
    ck_assert(d <= after + spans[_i].ms * 1000);
}
END_TEST

/* Microseconds from now until the outer deadline, and milliseconds of our own. */
static const struct {
    instant outer;
    int64_t ms;
    bool ours;
} pairs[] = {{10000000, 20, true},
             {10000000, 0, true},
             {10000000, 20000, false},
             {-1, 0, false},
             {-10000000, 20, false}};

START_TEST(within)
{
    instant before = deadline_now(), outer = before + pairs[_i].outer;
    instant d = deadline_within(outer, pairs[_i].ms), after = deadline_now();

    if (!pairs[_i].ours)
        ck_assert_int_eq(d, outer);
    else
        ck_assert(d >= before + pairs[_i].ms * 1000 && d <= after + pairs[_i].ms * 1000);
}
END_TEST

/* The clock is looked at for every 1,024th item, but not for the first. */
START_TEST(over)
{
    struct deadline_limit none = {0}, passed = {.at = deadline_now() - 1},
                          ahead = {.at = deadline_in_ms(60000)};

    for (size_t i = 0; i < 3000; i++) {
        ck_assert(!deadline_over(NULL, i) && !deadline_over(&none, i) && !deadline_over(&ahead, i));
        ck_assert(deadline_over(&passed, i) == (i == 1024 || i == 2048));
    }
    atomic_store(&ahead.at, deadline_now());
    ck_assert(deadline_over(&ahead, 1024));
}
END_TEST

UNIT_CASE(deadline, {left, COUNT(lefts)}, {epoch_is_past, 1}, {clock_never_goes_back, 1},
          {in_ms, COUNT(spans)}, {within, COUNT(pairs)}, {over, 1})
