/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/closest.h"

#include <ctype.h>
#include <string.h>

/* Returns the byte as it is compared: in lower case, and '_' as '-'. */
static int folded(char c)
{
    return c == '_' ? '-' : tolower((unsigned char)c);
}

/* Returns the smaller of two. */
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the table of distances between beginnings of two words, and the two rows before. */
struct rows {
    size_t now[CLOSEST_WORD_MAX + 1], last[CLOSEST_WORD_MAX + 1], before[CLOSEST_WORD_MAX + 1];
};

/* Sets r->now[k] to the distance between the first `i` letters of `a`, 1 or more, and the first k
 * letters of `b`, for each k from 0 to the length of `b`, at most CLOSEST_WORD_MAX. r->last must be
 * the row for i - 1, and r->before that for i - 2 where i is above 1. */
static void fill_row(struct rows *r, const char *a, const char *b, size_t i)
{
    r->now[0] = i;
    for (size_t k = 1; b[k - 1]; k++) {
        bool same = folded(a[i - 1]) == folded(b[k - 1]);
        bool exchanged = i > 1 && k > 1 && folded(a[i - 1]) == folded(b[k - 2]) &&
                         folded(a[i - 2]) == folded(b[k - 1]);

        r->now[k] = least(least(r->last[k], r->now[k - 1]) + 1, r->last[k - 1] + !same);
        if (exchanged)
            r->now[k] = least(r->now[k], r->before[k - 2] + 1);
    }
}

/* Returns how many letters must be inserted, removed, changed, or exchanged with the next one to
 * turn `a` into `b`, neither longer than CLOSEST_WORD_MAX. 0: they are the same, for case does not
 * count, and "_" is the same as "-". */
static size_t distance_of(const char *a, const char *b)
{
    struct rows r = {0};
    size_t len = strlen(b);

    for (size_t k = 0; k <= len; k++)
        r.last[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        fill_row(&r, a, b, i);
        memcpy(r.before, r.last, sizeof r.before);
        memcpy(r.last, r.now, sizeof r.last);
    }
    return r.last[len];
}

void closest_offer(struct closest *c, const char *name)
{
    size_t len = strlen(c->word), distance;

    if (len > CLOSEST_WORD_MAX || strlen(name) > CLOSEST_WORD_MAX)
        return;
    distance = distance_of(c->word, name);
    if (3 * distance > len || (c->name && distance >= c->distance))
        return;
    c->name = name;
    c->distance = distance;
}

bool closest_is_same(const char *a, const char *b)
{
    for (; *a && folded(*a) == folded(*b); a++)
        b++;
    return !*a && !*b;
}
