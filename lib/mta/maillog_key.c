/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/maillog_key.h"

#include <string.h>

/* The upper and the lower half of the product, combined by exclusive or. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t maillog_key_text(uint64_t seed, struct span s)
{
    uint64_t code = seed ^ s.len, word = 0;

    while (s.len >= sizeof word) {
        memcpy(&word, s.at, sizeof word);
        code = fold(code ^ word, seed | 1);
        s = (struct span){s.at + sizeof word, s.len - sizeof word};
    }
    word = 0;
    if (s.len > 0)
        memcpy(&word, s.at, s.len);
    return fold(code ^ word, seed | 1) | 1;
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
