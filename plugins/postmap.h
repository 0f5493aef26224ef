/* postmap: tables that only Postfix can read, by postmap(1).
 *
 * Hides the child process: no shell, no environment, bounded output, one deadline. It is dead
 * before a call returns, and dies with us. A signal that would end us ends the call first, and
 * stays pending. */
#ifndef POSTMAP_H
#define POSTMAP_H

#include "deadline.h"
#include "own_problem.h"

struct postmap {
    const char *const
        *programs;   /* the first that can be run, up to NULL; NULL: where systems have it */
    const char *map; /* "hash:/etc/postfix/tls_policy" */
    instant deadline;
};

/* Whether tables of its type can be listed, so that one child does for all keys. */
bool postmap_can_list(const struct postmap *p);

/* Reads a whole table. False with `e` filled; else postfix_map_clear frees. Its lines are no lines
 * of a file. */
bool postmap_list(const struct postmap *p, struct postfix_map *out, struct err *e);

/* What the table has for a key: OWN_FOUND, OWN_NONE, or OWN_ERROR with `e` filled. */
enum own_answer postmap_look_up(const struct postmap *p, const char *key, struct own_value *out,
                                struct err *e);

#endif
