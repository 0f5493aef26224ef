/* SPDX-License-Identifier: BSD-2-Clause */
/* deadline: instants of the monotonic clock.
 *
 * Hides the clock. Every call of this library that can block takes such an instant, never a
 * time-out, so that progress does not recharge it. It does not wait by itself. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC. */
typedef int64_t instant;

instant deadline_now(void);

/* The instant `ms` milliseconds from now. */
instant deadline_in_ms(int64_t ms);

/* The instant `ms` milliseconds from now, but no later than `d`. */
instant deadline_within(instant d, int64_t ms);

/* Milliseconds until `d`, rounded up, for poll(2); 0 where it has passed, never negative. */
int deadline_left_ms(instant d);

/* Until when work on many items may go on; another thread may bring it forward. */
struct deadline_limit {
    _Atomic instant at; /* 0: without end */
};

enum { DEADLINE_ITEMS = 1024 };

/* Whether the limit has passed, for the `item`th pass (from 0) of a loop: the clock is looked at
 * every DEADLINE_ITEMS items, not before the first: so many are done however late it is. `limit`
 * may be NULL: without end. */
bool deadline_over(const struct deadline_limit *limit, size_t item);

#endif
