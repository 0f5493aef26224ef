/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/hello_part.h"

struct hello_part hello_part_take(struct hello_part *p, size_t len)
{
    struct hello_part part = {.at = p->at, .len = len};

    if (p->broken || len > p->len) {
        p->broken = true;
        p->len = 0;
        return (struct hello_part){.at = p->at, .broken = true};
    }
    p->at += len;
    p->len -= len;
    return part;
}

unsigned hello_part_number(struct hello_part *p, size_t bytes)
{
    struct hello_part part = hello_part_take(p, bytes);
    unsigned value = 0;

    for (size_t i = 0; i < part.len; i++)
        value = value << 8 | part.at[i];
    return value;
}

struct hello_part hello_part_vector(struct hello_part *p, size_t bytes)
{
    return hello_part_take(p, hello_part_number(p, bytes));
}
