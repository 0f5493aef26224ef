/* asks: the targets of a command line: hosts, domains, mailboxes. */
#ifndef ASKS_H
#define ASKS_H

#include "err.h"
#include "resolve.h"

enum { ASKS_MAX = 4096 };

struct asks {
    struct resolve_ask at[ASKS_MAX];
    size_t count;
};

/* Each adds one value of -H, -d, -a. False with `e` filled. */
bool asks_add_host(struct asks *a, const char *value, struct err *e);
bool asks_add_domain(struct asks *a, const char *value, struct err *e);
bool asks_add_mailbox(struct asks *a, const char *value, struct err *e);

/* What goes for all of them: the port, the terms, and the family that -4 or -6 asks for, which
 * addresses among them must be of. */
bool asks_complete(struct asks *a, unsigned port, const struct terms *terms, int family,
                   struct err *e);

#endif
