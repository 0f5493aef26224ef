/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/deadline.h"

#include <limits.h>
#include <time.h>

instant deadline_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

instant deadline_in_ms(int64_t ms)
{
    return deadline_now() + ms * 1000;
}

instant deadline_within(instant d, int64_t ms)
{
    instant mine = deadline_in_ms(ms);

    return mine < d ? mine : d;
}

int deadline_left_ms(instant d)
{
    instant left = d - deadline_now();

    if (left <= 0)
        return 0;
    left = (left + 999) / 1000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool deadline_over(const struct deadline_limit *limit, size_t item)
{
    instant at;

    if (!limit || item == 0 || item % DEADLINE_ITEMS != 0)
        return false;
    at = atomic_load(&limit->at);
    return at != 0 && deadline_now() >= at;
}
