/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/limiter.h"

#include <time.h>

void limiter_init(struct limiter *s, unsigned count)
{
    sem_init(&s->free, 0, count);
}

bool limiter_acquire(struct limiter *s, instant until)
{
    struct timespec t = {until / 1000000, until % 1000000 * 1000};

    return sem_clockwait(&s->free, CLOCK_MONOTONIC, &t) == 0;
}

void limiter_release(struct limiter *s)
{
    sem_post(&s->free);
}
