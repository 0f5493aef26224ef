/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 9 };

/* The span without its first `skip` bytes, at most s.len. */
static struct span span_from(struct span s, size_t skip)
{
    return (struct span){s.at + skip, s.len - skip};
}

struct span span_of(const char *s)
{
    return (struct span){s, strlen(s)};
}

bool span_is_folded(struct span s, const char *text)
{
    return strlen(text) == s.len && strncasecmp(s.at, text, s.len) == 0;
}

size_t span_find(struct span s, const char *text)
{
    const char *found = s.len > 0 ? memmem(s.at, s.len, text, strlen(text)) : NULL;

    return found ? (size_t)(found - s.at) : s.len;
}

struct span span_word(struct span *s, const char *separators)
{
    struct span word;

    while (s->len > 0 && strchr(separators, *s->at) && *s->at)
        *s = span_from(*s, 1);
    word = (struct span){s->at, 0};
    while (word.len < s->len && (!word.at[word.len] || !strchr(separators, word.at[word.len])))
        word.len++;
    *s = span_from(*s, word.len);
    return word;
}

/* Whether it is a space or a tab; CR and LF are no blanks. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
    while (s.len > 0 && is_blank(*s.at))
        s = span_from(s, 1);
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool span_number(struct span s, unsigned *out)
{
    unsigned n = 0;

    if (s.len == 0 || s.len > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s.at[i] - '0');
    }
    *out = n;
    return true;
}

bool span_copy(struct span s, char *dst, size_t cap)
{
    *dst = '\0';
    if (s.len >= cap)
        return false;
    memcpy(dst, s.at, s.len);
    dst[s.len] = '\0';
    return true;
}
