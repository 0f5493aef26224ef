/* seats: how many at once may be where it is expensive.
 *
 * Hides the semaphore. A seat is a courtesy, not a lock: who waits too long goes on without one, so
 * that those who stay for ever delay nobody for long. */
#ifndef SEATS_H
#define SEATS_H

#include <semaphore.h>
#include <stdbool.h>

#include "deadline.h"

struct seats {
    sem_t free;
};

void seats_init(struct seats *s, unsigned count);

/* Waits for a free seat until `until`. False: there was none; then seats_leave is not due. */
bool seats_take(struct seats *s, instant until);
void seats_leave(struct seats *s);

#endif
