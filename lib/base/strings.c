/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

/* The usual block with its header; a longer text has a block of its own. */
enum { BLOCK = 232 };

struct strings_block {
    struct strings_block *before;
    size_t used, room;
    char bytes[];
};

/* Adds a block with room for `needed` bytes or more, which is then s->last; strings_clear frees it.
 * NULL: out of memory; the caller sets s->failed. */
static struct strings_block *add_block(struct strings *s, size_t needed)
{
    size_t room = BLOCK - sizeof(struct strings_block);
    struct strings_block *b;

    if (needed > room)
        room = needed;
    b = malloc(sizeof *b + room);
    if (!b)
        return NULL;
    *b = (struct strings_block){.before = s->last, .room = room};
    s->last = b;
    return b;
}

const char *strings_keep(struct strings *s, const char *text)
{
    size_t size = strlen(text) + 1;
    struct strings_block *b = s->last;
    char *copy;

    if (size == 1)
        return "";
    if (!b || b->room - b->used < size)
        b = add_block(s, size);
    if (!b) {
        s->failed = true;
        return "";
    }
    copy = b->bytes + b->used;
    memcpy(copy, text, size);
    b->used += size;
    return copy;
}

void strings_clear(struct strings *s)
{
    while (s->last) {
        struct strings_block *before = s->last->before;

        free(s->last);
        s->last = before;
    }
    s->failed = false;
}
