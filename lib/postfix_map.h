/* postfix_map: the text of a Postfix table (texthash, or what postmap makes one of) to its entries.
 *
 * Hides the lines: comments, continuations, quoted keys, and which lines Postfix passes over with
 * no more than a warning in its log. It keeps a copy; postfix_map_clear frees it. Pure. */
#ifndef POSTFIX_MAP_H
#define POSTFIX_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum { POSTFIX_MAP_SIZE_MAX = 16 * 1024 * 1024 };

struct postfix_entry {
    const char *key;   /* in lower case, as Postfix compares it */
    const char *value; /* raw, not empty; NULL: Postfix ignores the line */
    const char *why;   /* where it does: "no value"; else NULL */
    int line;          /* where it begins */
};

struct postfix_map {
    struct postfix_entry *at; /* ascending by key, then by line */
    size_t count;
    /* The second line of a key, or NULL. Postfix's daemons refuse a whole texthash with one, and
     * defer what would need it; postmap warns and keeps the first. */
    const struct postfix_entry *duplicate;
    char *text;
};

/* Reads `len` bytes; `name` is the file's, for messages. False with `e` filled: too large, a NUL
 * byte, or no memory. */
bool postfix_map_read(const char *name, const char *data, size_t len, struct postfix_map *out,
                      struct err *e);
void postfix_map_clear(struct postfix_map *m);

/* The entry of a key, in lower case: the first that counts, else one that Postfix ignores, or NULL.
 */
const struct postfix_entry *postfix_map_find(const struct postfix_map *m, const char *key);

#endif
