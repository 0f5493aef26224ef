/* SPDX-License-Identifier: BSD-2-Clause */
/* closest: which of several names somebody meant who mistyped one.
 *
 * Hides how names are compared: by the letters that have to be inserted, removed, changed or
 * exchanged with their neighbour. Case does not count, and "_" is "-". Pure; it allocates nothing.
 */
#ifndef BASE_CLOSEST_H
#define BASE_CLOSEST_H

#include <stdbool.h>
#include <stddef.h>

enum { CLOSEST_WORD_MAX = 40 }; /* bytes; a longer word or name is close to none */

/* Begins as {.word = WORD}. `name` is the closest of those that were offered so far, NULL where
 * none is close: at most a third of the word's letters differ. The strings are the caller's. */
struct closest {
    const char *word, *name;
    size_t distance; /* of `name` */
};

void closest_offer(struct closest *c, const char *name);

/* Whether two names are the same: case does not count, and "_" is "-". */
bool closest_is_same(const char *a, const char *b);

#endif
