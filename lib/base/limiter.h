/* SPDX-License-Identifier: BSD-2-Clause */
/* limiter: limits how many sessions are inside TLS.
 *
 * Hides the semaphore. A seat is a courtesy, not a lock: who waits too long goes on without one, so
 * that those who stay for ever delay nobody for long. */
#ifndef BASE_LIMITER_H
#define BASE_LIMITER_H

#include <semaphore.h>
#include <stdbool.h>

#include "base/deadline.h"

struct limiter {
    sem_t free;
};

void limiter_init(struct limiter *s, unsigned count);

/* Waits for a free seat until `until`. False: there was none; then limiter_release is not due. */
bool limiter_acquire(struct limiter *s, instant until);
void limiter_release(struct limiter *s);

#endif
