/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { FIRST_ROOM = 16 };

static uint64_t seed[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

/* Fills `seed`; called once. A kernel that has no randomness yet, or a sandbox without the call,
 * must not keep a check from running: the clock and an address of this process are then the
 * seed. */
static void draw_seed(void)
{
    struct timespec now;

    if (getrandom(seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seed[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
    seed[1] = (uint64_t)(uintptr_t)&now;
}

/* --- SipHash-2-4 (Aumasson, Bernstein 2012) --- */

/* Returns `x` rotated to the left by 1 to 63 bits. */
static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* One round of SipHash on the state. */
static inline void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* Takes eight bytes of the message, the first of them the lowest, into the state, with two
 * rounds. */
static inline void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

/* Returns up to eight bytes as a number, the first of them the lowest; 0 where `len` is 0. */
static inline uint64_t word_at(const unsigned char *bytes, size_t len)
{
    uint64_t word = 0;

    if (len > 0)
        memcpy(&word, bytes, len);
    return le64toh(word);
}

uint64_t hash_keyed(const uint64_t key[2], const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                     key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    size_t whole = len / 8 * 8;

    for (size_t i = 0; i < whole; i += 8)
        take_word(v, word_at(bytes + i, 8));
    take_word(v, word_at(bytes + whole, len - whole) | (uint64_t)len << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_bytes(const void *bytes, size_t len)
{
    pthread_once(&seeded, draw_seed);
    return hash_keyed(seed, bytes, len);
}

uint64_t hash_text(const char *s)
{
    return hash_bytes(s, strlen(s));
}

uint64_t hash_pair(uint64_t a, uint64_t b)
{
    const uint64_t both[2] = {a, b};

    return hash_bytes(both, sizeof both);
}

/* --- the table --- */

/* Adds a number, not HASH_NONE, under a code that may be there already, and counts it. The table
 * must have a free slot. */
static void place(struct hash *h, uint64_t code, size_t value)
{
    size_t at = (size_t)code & (h->room - 1);

    while (h->slots[at].value != HASH_NONE)
        at = (at + 1) & (h->room - 1);
    h->slots[at] = (struct hash_slot){code, value};
    h->count++;
}

/* Doubles the room; a table without any gets FIRST_ROOM. False: out of memory, the table is as it
 * was. */
static bool grow(struct hash *h)
{
    struct hash bigger = {.room = h->room ? 2 * h->room : FIRST_ROOM};

    if (bigger.room > SIZE_MAX / 2 / sizeof *bigger.slots)
        return false;
    bigger.slots = malloc(bigger.room * sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < bigger.room; i++)
        bigger.slots[i].value = HASH_NONE;
    for (size_t i = 0; i < h->room; i++) {
        if (h->slots[i].value != HASH_NONE)
            place(&bigger, h->slots[i].code, h->slots[i].value);
    }
    free(h->slots);
    *h = bigger;
    return true;
}

/* Half of the slots stay free, so that a walk is short. */
bool hash_add(struct hash *h, uint64_t code, size_t value)
{
    if (h->count >= h->room / 2 && !grow(h))
        return false;
    place(h, code, value);
    return true;
}

size_t hash_first(const struct hash *h, uint64_t code, struct hash_walk *walk)
{
    *walk = (struct hash_walk){
        .table = h, .code = code, .at = h->room ? (size_t)code & (h->room - 1) : 0};
    return hash_next(walk);
}

size_t hash_next(struct hash_walk *walk)
{
    const struct hash *h = walk->table;

    while (walk->seen < h->room) {
        const struct hash_slot *slot = &h->slots[walk->at];

        if (slot->value == HASH_NONE)
            return HASH_NONE;
        walk->at = (walk->at + 1) & (h->room - 1);
        walk->seen++;
        if (slot->code == walk->code)
            return slot->value;
    }
    return HASH_NONE;
}

void hash_clear(struct hash *h)
{
    free(h->slots);
    *h = (struct hash){0};
}
