/* SPDX-License-Identifier: BSD-2-Clause */
/* strings: texts that live as long as their owner.
 *
 * Hides the blocks that they are kept in. A copy never moves, so that other threads may read what
 * has been published while more is added. */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include <stdbool.h>

struct strings {
    struct strings_block *last;
    bool failed; /* memory ran out: a text is missing */
};

/* Returns a copy that lives until strings_clear. An empty text takes no memory. "" where memory ran
 * out; `failed` then says so. Begin with a zeroed struct. */
const char *strings_keep(struct strings *s, const char *text);

void strings_clear(struct strings *s);

#endif
