/* postfix_master: Postfix's master.cf: which parameters services set in place of main.cf.
 *
 * Hides comments, and the services for our own users and programs, which hand in mail at the ports
 * of submission or on loopback: what those set, partners' mail does not meet. It keeps a copy;
 * postfix_master_clear frees it. Pure. */
#ifndef POSTFIX_MASTER_H
#define POSTFIX_MASTER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct postfix_master {
    char *text;      /* the lines of all other services, each NUL-terminated */
    const char **at; /* the lines */
    size_t count;
};

/* Reads `len` bytes of the file `path`. False with `e` filled, and nothing to free: a NUL byte, or
 * no memory. */
bool postfix_master_read(const char *path, const char *data, size_t len, struct postfix_master *out,
                         struct err *e);
void postfix_master_clear(struct postfix_master *m);

/* Whether a service's line has the name: nothing is missed, however it is set there. */
bool postfix_master_mentions(const struct postfix_master *m, const char *name);

#endif
