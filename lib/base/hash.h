/* SPDX-License-Identifier: BSD-2-Clause */
/* hash: a table from hash codes to numbers, usually the indices of an array.
 *
 * Hides the seed, which is drawn once a process: names come from DNS and from certificates, and
 * whoever chooses them must not be able to choose what collides. The table keeps no keys. Whoever
 * looks something up walks over the few numbers that have its code, and compares:
 *
 *     struct hash_walk walk;
 *     uint64_t code = hash_text(name);
 *
 *     for (size_t i = hash_first(&table, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
 *         if (strcmp(hosts[i].name, name) == 0)
 *             return &hosts[i];
 *     }
 *
 * One thread at a time may add; several may look up while nobody adds. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_NONE ((size_t)-1)

struct hash_slot {
    uint64_t code;
    size_t value; /* HASH_NONE: free */
};

/* Begins zeroed. */
struct hash {
    struct hash_slot *slots;
    size_t count, room; /* room: 0, or a power of two */
};

struct hash_walk {
    const struct hash *table;
    uint64_t code;
    size_t at, seen;
};

/* The code of `len` bytes, of a string, and of two codes taken together, in this order. Another one
 * in every process (SipHash-2-4). */
uint64_t hash_bytes(const void *bytes, size_t len);
uint64_t hash_text(const char *s);
uint64_t hash_pair(uint64_t a, uint64_t b);

/* SipHash-2-4 with a key of one's own, for known answers. */
uint64_t hash_keyed(const uint64_t key[2], const void *bytes, size_t len);

/* Adds a number (not HASH_NONE) under a code, whatever else is there. False: out of memory, the
 * table is as it was. hash_clear frees. */
bool hash_add(struct hash *h, uint64_t code, size_t value);

/* The numbers that were added under a code, each once, in no order; HASH_NONE after the last. */
size_t hash_first(const struct hash *h, uint64_t code, struct hash_walk *walk);
size_t hash_next(struct hash_walk *walk);

void hash_clear(struct hash *h);

#endif
