/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

enum { MANY = 20000 };

/* The reference implementation's vectors: key 00..0f, input 00, 00 01, ... of 0, 1, 8 and 15 bytes.
 */
START_TEST(known_answers)
{
    static const struct {
        size_t len;
        uint64_t code;
    } vectors[] = {{0, 0x726fdb47dd0e0e31},
                   {1, 0x74f839c593dc67fd},
                   {8, 0x93f5f5799a932462},
                   {15, 0xa129ca6149be45e5}};
    static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    unsigned char bytes[16];

    for (unsigned char i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    ck_assert_uint_eq(hash_keyed(key, bytes, vectors[_i].len), vectors[_i].code);
}
END_TEST

START_TEST(distinct)
{
    ck_assert_uint_eq(hash_text("mx1.example.test"), hash_bytes("mx1.example.test", 16));
    ck_assert_uint_ne(hash_text("mx1.example.test"), hash_text("mx2.example.test"));
    ck_assert_uint_ne(hash_bytes("a\0b", 3), hash_bytes("a\0c", 3));
    ck_assert_uint_ne(hash_pair(1, 2), hash_pair(2, 1));
}
END_TEST

static size_t find(const struct hash *h, char (*names)[24], const char *name)
{
    struct hash_walk walk;

    for (size_t i = hash_first(h, hash_text(name), &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return HASH_NONE;
}

START_TEST(found)
{
    static char names[MANY][24];
    struct hash h = {0};

    ck_assert_uint_eq(find(&h, names, "mx0.example.test"), HASH_NONE);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "mx%zu.example.test", i);
        ck_assert(hash_add(&h, hash_text(names[i]), i));
    }
    for (size_t i = 0; i < MANY; i++)
        ck_assert_uint_eq(find(&h, names, names[i]), i);
    ck_assert_uint_eq(find(&h, names, "mx.example.test"), HASH_NONE);
    hash_clear(&h);
    ck_assert_uint_eq(find(&h, names, "mx0.example.test"), HASH_NONE);
}
END_TEST

/* All that share a code are walked over, each once, though their slots go around the table's end.
 */
START_TEST(walked)
{
    static const uint64_t codes[] = {5, UINT64_MAX, 0};
    struct hash h = {0};
    struct hash_walk walk;
    unsigned seen[3 * 20] = {0};

    for (size_t i = 0; i < 3 * 20; i++)
        ck_assert(hash_add(&h, codes[i % 3], i));
    for (size_t c = 0; c < 3; c++) {
        for (size_t i = hash_first(&h, codes[c], &walk); i != HASH_NONE; i = hash_next(&walk)) {
            ck_assert_uint_eq(i % 3, c);
            seen[i]++;
        }
    }
    for (size_t i = 0; i < 3 * 20; i++)
        ck_assert_uint_eq(seen[i], 1);
    hash_clear(&h);
}
END_TEST

/* Names that differ in little do not meet: the longest run of taken slots stays short. */
START_TEST(spread)
{
    struct hash h = {0};
    size_t run = 0, longest = 0;
    char name[24];

    for (size_t i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "mx%zu.example.test", i);
        ck_assert(hash_add(&h, hash_text(name), i));
    }
    ck_assert_uint_ge(h.room, 2 * (size_t)MANY);
    for (size_t i = 0; i < h.room; i++) {
        run = h.slots[i].value == HASH_NONE ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    ck_assert_uint_lt(longest, 200);
    hash_clear(&h);
}
END_TEST

UNIT_CASE(hash, {known_answers, 4}, {distinct, 1}, {found, 1}, {walked, 1}, {spread, 1})
