/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_writer: the bytes of a TLS message, whose vectors begin with a length that is known when
 * they end (RFC 8446 3.4).
 *
 * Nothing is allocated: the bytes are the caller's. */
#ifndef TLS_HELLO_WRITER_H
#define TLS_HELLO_WRITER_H

#include <stdbool.h>
#include <stddef.h>

enum { HELLO_WRITER_DEPTH = 8 };

/* A vector that has begun: where its content starts, and how many bytes its length takes. */
struct hello_vector {
    size_t start, bytes;
};

/* Output under way; past the end nothing is written and `full` is set. Begins zeroed, apart from
 * `at` and `cap`. */
struct hello_writer {
    unsigned char *at;
    size_t len, cap;
    bool full;
    struct hello_vector open[HELLO_WRITER_DEPTH]; /* the innermost last */
    size_t depth;
};

/* Appends the lowest `bytes` bytes of a number, the highest first. */
void hello_writer_put(struct hello_writer *w, unsigned number, size_t bytes);

/* Appends bytes as they are, without a length before them. */
void hello_writer_bytes(struct hello_writer *w, const void *bytes, size_t len);

/* Begins a vector whose length takes `bytes` bytes, and leaves room for that length. Vectors nest
 * at most HELLO_WRITER_DEPTH deep. */
void hello_writer_begin(struct hello_writer *w, size_t bytes);

/* Ends the innermost vector: writes the length of what follows its beginning. */
void hello_writer_end(struct hello_writer *w);

/* Begins an extension of that type, which hello_writer_end ends. */
void hello_writer_extension(struct hello_writer *w, unsigned type);

/* Appends the extension server_name (RFC 6066 3). `name` has at most 255 bytes. */
void hello_writer_name(struct hello_writer *w, const char *name);

#endif
