/* SPDX-License-Identifier: BSD-2-Clause */
/* names: a name server in a thread of its own, that answers from a table and counts what it is
 * asked. */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#include "probe/resolve.h"

/* AD, where all records of an answer have it. */
enum { NAMES_SECURE = 1 };

/* The data: MX preference and host, an alias's target, TLSA (any: 3 1 1, zeros), or an
 * IPv4 address. */
struct names_record {
    const char *name;
    enum dns_type type;
    unsigned preference; /* MX; otherwise 0 or NAMES_SECURE */
    const char *value;   /* NULL: the server fails (RCODE 2) for that name and type */
};

struct names;

/* Resolves by the table, which ends with a zeroed record: names that are not in it do not exist.
 * Looks up IPv4 addresses alone. Blocks the signals that pool asks for. */
struct names *names_begin(const struct names_record *table);
void names_resolve(struct names *n, const struct target *targets, size_t count,
                   struct resolution *out);
/* Adds the server to those that are asked, at an address that reaches it. */
void names_serve(const struct names *n, const char *host, struct dns_config *out);
size_t names_asked(struct names *n, const char *name, enum dns_type type);
void names_end(struct names *n);

#endif
