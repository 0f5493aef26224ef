/* SPDX-License-Identifier: BSD-2-Clause */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
    if (p == NULL) {
        fputs("lab: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

void *need(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size));
}

void *grow(void *array, size_t *n, size_t size)
{
    char *p = array;

    /* Powers of two: the array is full exactly when its count is one. */
    if (*n == 0 || (*n & (*n - 1)) == 0)
        p = checked(realloc(p, (*n ? 2 * *n : 1) * size));
    memset(p + *n * size, 0, size);
    (*n)++;
    return p;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (b->len + len + 1 > b->cap) {
        b->cap = 2 * (b->len + len + 32);
        b->p = checked(realloc(b->p, b->cap));
    }
    if (len > 0)
        memcpy(b->p + b->len, bytes, len);
    b->len += len;
    b->p[b->len] = '\0';
}

void buf_str(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

char *text_of_list(const char *fmt, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    return checked(text);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_of_list(fmt, args);
    va_end(args);
    buf_str(b, text);
    free(text);
}

char *copy_of(const char *text, size_t len)
{
    char *p = need(len + 1, 1);

    memcpy(p, text, len);
    return p;
}

char *text_of(const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_of_list(fmt, args);
    va_end(args);
    return text;
}
