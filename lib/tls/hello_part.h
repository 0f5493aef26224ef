/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_part: takes the bytes of a TLS message apart: numbers, and vectors that begin with their
 * length (RFC 8446 3).
 *
 * Nothing is allocated: a part borrows the bytes of the message. */
#ifndef TLS_HELLO_PART_H
#define TLS_HELLO_PART_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a part of a message. Once something is missing in it, `broken` stays set, and
 * everything that is taken is 0 or empty. */
struct hello_part {
    const unsigned char *at;
    size_t len;
    bool broken;
};

/* Takes `len` bytes off a part. A part that is empty and broken where they are missing. */
struct hello_part hello_part_take(struct hello_part *p, size_t len);

/* Takes a number of `bytes` bytes, 4 at most, the highest first; 0 where they are missing. */
unsigned hello_part_number(struct hello_part *p, size_t bytes);

/* Takes the content of a vector whose length has `bytes` bytes. A part that is empty and broken
 * where the length or some of the content is missing. */
struct hello_part hello_part_vector(struct hello_part *p, size_t bytes);

#endif
