/* SPDX-License-Identifier: BSD-2-Clause */
/* span: a part of a text that somebody else owns, and its tokens. Pure; it allocates nothing.
 *
 * Comparisons with a constant are made in place: a gigabyte of log is compared with a few words. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `len` bytes, which need not end in NUL and may hold any byte. `at` may be NULL where there are
 * none. */
struct span {
    const char *at;
    size_t len;
};

/* The span of a whole string, without its NUL. */
struct span span_of(const char *s);

/* Whether a span has exactly the bytes of `text`; span_is_folded without regard to the case of
 * ASCII letters. */
static inline bool span_is(struct span s, const char *text)
{
    return strlen(text) == s.len && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

bool span_is_folded(struct span s, const char *text);

/* Whether a span begins with the bytes of `text`; case counts. */
static inline bool span_begins(struct span s, const char *text)
{
    return strlen(text) <= s.len && memcmp(s.at, text, strlen(text)) == 0;
}

/* Takes `text` off the beginning of *s. False: *s does not begin with it and is unchanged. */
static inline bool span_skip(struct span *s, const char *text)
{
    if (!span_begins(*s, text))
        return false;
    s->at += strlen(text);
    s->len -= strlen(text);
    return true;
}

/* Sixteen bytes, of which a processor compares all at the same time. */
typedef uint8_t span_bytes __attribute__((vector_size(16)));

/* Where the byte `a` or the byte `b` first is in a span; `s.len` where neither is. In a log most
 * words are too short to be worth a call of memchr. */
static inline size_t span_index(struct span s, char a, char b)
{
    size_t i = 0;

    for (; s.len - i >= sizeof(span_bytes); i += sizeof(span_bytes)) {
        span_bytes bytes;
        uint64_t half[2];

        memcpy(&bytes, s.at + i, sizeof bytes);
        bytes = (span_bytes)((bytes == (uint8_t)a) | (bytes == (uint8_t)b));
        memcpy(half, &bytes, sizeof half);
        if (half[0])
            return i + (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
        if (half[1])
            return i + 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8;
    }
    while (i < s.len && s.at[i] != a && s.at[i] != b)
        i++;
    return i;
}

/* Where `text`, which is not empty, first occurs in a span; `s.len` where it does not. */
size_t span_find(struct span s, const char *text);

/* Takes everything before the first byte `c` off the beginning of *s, and that byte. Without such a
 * byte the whole span is returned and *s is empty afterwards. */
static inline struct span span_until(struct span *s, char c)
{
    struct span head = {s->at, span_index(*s, c, c)};
    size_t taken = head.len < s->len ? head.len + 1 : s->len;

    s->at += taken;
    s->len -= taken;
    return head;
}

/* Takes the next word off the beginning of *s; any of the bytes in `separators` separates words. At
 * the end of *s the word is empty. */
struct span span_word(struct span *s, const char *separators);

/* The span without spaces and tabs at either end. */
struct span span_trim(struct span s);

/* Reads a decimal number of up to 9 digits that is the whole span. False: the span is anything
 * else. */
bool span_number(struct span s, unsigned *out);

/* Copies a span into `dst` of `cap` bytes and ends it with NUL. False: it does not fit, *dst is
 * empty. */
bool span_copy(struct span s, char *dst, size_t cap);

#endif
