/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Whether `n` is a power of two; true for 0, too. */
static bool is_power_of_two(size_t n)
{
    return (n & (n - 1)) == 0;
}

void *array_grow(void *at, size_t count, size_t size)
{
    size_t room = count > 0 ? 2 * count : 1;

    if (at && !is_power_of_two(count))
        return at;
    if (count > SIZE_MAX / 2 / size)
        return NULL;
    return realloc(at, room * size);
}

void *array_fit(void *at, size_t count, size_t size)
{
    void *fit;

    if (!at || count == 0)
        return at;
    fit = realloc(at, count * size);
    return fit ? fit : at;
}
