/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/hello_writer.h"

#include <string.h>

enum { EXT_SERVER_NAME = 0 };

void hello_writer_put(struct hello_writer *w, unsigned number, size_t bytes)
{
    while (bytes-- > 0) {
        if (w->len == w->cap) {
            w->full = true;
            return;
        }
        w->at[w->len++] = (unsigned char)(number >> (8 * bytes));
    }
}

void hello_writer_bytes(struct hello_writer *w, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hello_writer_put(w, ((const unsigned char *)bytes)[i], 1);
}

void hello_writer_begin(struct hello_writer *w, size_t bytes)
{
    hello_writer_put(w, 0, bytes);
    w->open[w->depth++] = (struct hello_vector){.start = w->len, .bytes = bytes};
}

void hello_writer_end(struct hello_writer *w)
{
    struct hello_vector v = w->open[--w->depth];
    struct hello_writer length = {.at = w->at, .len = v.start - v.bytes, .cap = v.start};

    if (!w->full)
        hello_writer_put(&length, (unsigned)(w->len - v.start), v.bytes);
}

void hello_writer_extension(struct hello_writer *w, unsigned type)
{
    hello_writer_put(w, type, 2);
    hello_writer_begin(w, 2);
}

void hello_writer_name(struct hello_writer *w, const char *name)
{
    hello_writer_extension(w, EXT_SERVER_NAME);
    hello_writer_begin(w, 2);
    hello_writer_put(w, 0, 1); /* host_name */
    hello_writer_begin(w, 2);
    hello_writer_bytes(w, name, strlen(name));
    hello_writer_end(w);
    hello_writer_end(w);
    hello_writer_end(w);
}
