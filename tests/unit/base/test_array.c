/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/array.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "unit/unit.h"

enum { MANY = 1000 };

/* The elements stay as they were, wherever the array is moved to. */
START_TEST(grown)
{
    unsigned *list = NULL;

    for (unsigned i = 0; i < MANY; i++) {
        list = array_grow(list, i, sizeof *list);
        ck_assert_ptr_nonnull(list);
        list[i] = i * i;
    }
    for (unsigned i = 0; i < MANY; i++)
        ck_assert_uint_eq(list[i], i * i);
    free(list);
}
END_TEST

/* Between two powers of two there is room already. */
START_TEST(kept)
{
    char(*list)[64] = NULL, (*before)[64];

    for (size_t i = 0; i <= 256; i++)
        list = array_grow(list, i, sizeof *list);
    for (size_t i = 257; i < 512; i++) {
        before = list;
        list = array_grow(list, i, sizeof *list);
        ck_assert_ptr_eq(list, before);
    }
    ck_assert_uint_ge(malloc_usable_size(list), 512 * sizeof *list);
    free(list);
}
END_TEST

/* A size that no address space has is refused, and the array is still there. */
START_TEST(too_large)
{
    uint64_t *list = array_grow(NULL, 0, sizeof *list);

    ck_assert_ptr_nonnull(list);
    *list = 42;
    ck_assert_ptr_null(array_grow(list, SIZE_MAX / 16 + 1, sizeof *list));
    ck_assert_uint_eq(*list, 42);
    free(list);
}
END_TEST

START_TEST(fitted)
{
    uint64_t *list = NULL;

    ck_assert_ptr_null(array_fit(NULL, 0, sizeof *list));
    for (size_t i = 0; i < 1025; i++) {
        list = array_grow(list, i, sizeof *list);
        ck_assert_ptr_nonnull(list);
        list[i] = i;
    }
    list = array_fit(list, 1025, sizeof *list);
    ck_assert_uint_lt(malloc_usable_size(list), 1100 * sizeof *list);
    ck_assert_uint_eq(list[1024], 1024);
    free(list);
}
END_TEST

UNIT_CASE(array, {grown, 1}, {kept, 1}, {too_large, 1}, {fitted, 1})
