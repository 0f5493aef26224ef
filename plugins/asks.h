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

/* Whether the addresses among them are of the family that -4 or -6 asks for. */
bool asks_suit(const struct asks *a, int family, struct err *e);

#endif
