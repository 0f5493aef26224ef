/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_key.h"

#include <string.h>

/* The upper and the lower half of the product, combined by exclusive or. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes as they are in memory. */
static uint64_t word_at(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* Less than eight bytes, two texts of the same length differ. */
static uint64_t short_word(struct span s)
{
    uint64_t word = 0;

    for (size_t i = 0; i < s.len; i++)
        word = word << 8 | (unsigned char)s.at[i];
    return word;
}

/* The key of a text whose words have the bits of `set` set. The last eight bytes may be in two
 * words: that is quicker than what is left over. */
static inline uint64_t key_of(uint64_t seed, struct span s, uint64_t set)
{
    uint64_t code = seed ^ s.len;
    size_t i;

    if (s.len < sizeof(uint64_t))
        return fold(code ^ (short_word(s) | set), seed | 1) | 1;
    for (i = 0; i + sizeof(uint64_t) < s.len; i += sizeof(uint64_t))
        code = fold(code ^ (word_at(s.at + i) | set), seed | 1);
    return fold(code ^ (word_at(s.at + s.len - sizeof(uint64_t)) | set), seed | 1) | 1;
}

uint64_t maillog_key_text(uint64_t seed, struct span s)
{
    return key_of(seed, s, 0);
}

uint64_t maillog_key_name(uint64_t seed, struct span s)
{
    return key_of(seed, s, UINT64_C(0x2020202020202020)); /* the bit by which 'a' is not 'A' */
}

uint64_t maillog_key_process(size_t service, uint32_t pid)
{
    uint64_t key = ((uint64_t)service << 32 | pid) + 1;

    key *= UINT64_C(0x9e3779b97f4a7c15); /* odd: no two keys become one */
    return key ^ key >> 32;
}

uint64_t maillog_key_pair(uint64_t a, uint64_t b)
{
    return fold(a ^ UINT64_C(0x9e3779b97f4a7c15), b) | 1;
}
