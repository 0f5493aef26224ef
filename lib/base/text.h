/* SPDX-License-Identifier: BSD-2-Clause */
/* text: bounded strings, and the one sanitiser of remote text.
 *
 * Whatever came from the network, a certificate or a file passes text_clean before it is kept as a
 * fact, so that nothing later has to think of it again. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* A growing string. The owner calls text_free. After a failed allocation, or once `max` bytes are
 * reached, further additions are dropped and `failed` or `cut` says so. */
struct text {
    char *s; /* NUL-terminated, or NULL while empty */
    size_t len, cap, max;
    bool failed, cut;
};

void text_init(struct text *t, size_t max);
void text_free(struct text *t);
const char *text_str(const struct text *t); /* never NULL */
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t len); /* none of them NUL */
/* The words of `len` bytes as lines of at most 79 columns: the first line begins with `first`, the
 * others with as many blanks. */
void text_add_wrapped(struct text *t, const char *first, const char *s, size_t len);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies `len` bytes of remote text into dst of `cap` bytes (> 4): control bytes, '|', quotes that
 * end a perfdata label, the '<' of what a web page may take for a tag, invisible or
 * direction-changing characters and invalid UTF-8 become '?'; too long a text ends in "...". The
 * result is valid UTF-8. Returns its length. */
size_t text_clean(char *dst, size_t cap, const char *src, size_t len);

/* How many of the `len` bytes are valid UTF-8 (RFC 3629); `len` where all are. */
size_t text_utf8(const char *s, size_t len);

/* How many characters clean text has. */
size_t text_width(const char *s);

/* "2026-11-19 10:00:00 UTC" */
void text_time(char *dst, size_t cap, time_t t);

/* "2026-11-19", the day in UTC */
void text_date(char *dst, size_t cap, time_t t);

/* "3 days", "5 hours", "40 seconds": a duration in the largest unit that is in it at least twice.
 */
void text_duration(char *dst, size_t cap, double seconds);

/* For text that is clean already: what does not fit is cut, never inside a character. */
void text_copy(char *dst, size_t cap, const char *src);
void text_format(char *dst, size_t cap, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_append(char *dst, size_t cap, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text, or the other one where it is "". */
const char *text_or(const char *s, const char *otherwise);

/* Whether two texts are equal, case included. NULL equals NULL alone, not "". */
bool text_equal(const char *a, const char *b);

/* Appends an item of a list: ", " before it, unless `dst` is "". */
void text_join(char *dst, size_t cap, const char *item);

/* The end of a noun for that many: "" for 1, else "s". */
const char *text_plural(size_t n);

/* A decimal number with at most three places and no needless zeros, never with an exponent. */
void text_number(char *dst, size_t cap, double value);

/* "1 day", "22.6 days": days for people, with at most one place, or three below 0.1. */
void text_days(char *dst, size_t cap, double days);

#endif
