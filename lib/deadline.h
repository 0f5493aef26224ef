/* deadline: instants of the monotonic clock.
 *
 * Hides the clock. Every call of this library that can block takes such an instant, never a
 * time-out, so that progress does not recharge it. It does not wait by itself. */
#ifndef DEADLINE_H
#define DEADLINE_H

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

#endif
