/* SPDX-License-Identifier: BSD-2-Clause */
/* array: arrays that grow by one element at a time.
 *
 * Hides how much room an array has: a growing array of `count` elements has room for the next power
 * of two, so nobody has to keep the room beside the count. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/* Returns the array `at` of `count` elements of `size` bytes, moved where it was full, with room
 * for one element more. NULL: out of memory, `at` is unchanged and still the caller's. An empty
 * array begins as NULL; only arrays that this function returned may be passed to it. free() frees
 * it. The element that is to be added is not initialised. */
void *array_grow(void *at, size_t count, size_t size);

/* Returns the array without the room that its `count` elements do not use. Never NULL unless `at`
 * is: where the memory cannot be given back, `at` is returned as it was. */
void *array_fit(void *at, size_t count, size_t size);

#endif
