/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing byte strings and checked allocation.
 *
 * The lab plays a scenario in a process of its own that ends with it, so what is made here is never
 * freed: the process owns it. Running out of memory ends the process with a message. */
#ifndef LAB_BUF_H
#define LAB_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *p; /* always followed by a NUL once something was added */
    size_t len;
    size_t cap;
};

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Zeroed memory for n things; never NULL. */
void *need(size_t n, size_t size);
/* The array grown by one zeroed element, of which the caller takes the last; counts it in *n. */
void *grow(void *array, size_t *n, size_t size);
char *copy_of(const char *text, size_t len);
char *text_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *text_of_list(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

#endif
