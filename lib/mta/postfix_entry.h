/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_entry: what an entry of smtp_tls_policy_maps says, and the lists in parameters that stand
 * in for it (postconf(5), TLS_README).
 *
 * Hides the syntax as the versions of Postfix have it: 3.9 added enable_rpk, 3.10 the attributes
 * about MTA-STS and values in braces. Pure; it judges nothing. */
#ifndef MTA_POSTFIX_ENTRY_H
#define MTA_POSTFIX_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/mta_facts.h"

enum { POSTFIX_ENTRY_MAX = 8192, POSTFIX_ENTRY_NAMES = 128 };

/* An entry; its strings are in `text`, so that it is not to be copied. */
struct postfix_entry {
    int level;                              /* enum tls_level, or MTA_LEVEL_NONE */
    const char *match[POSTFIX_ENTRY_NAMES]; /* names, or at level fingerprint digests */
    size_t match_count;
    const char *tafiles[POSTFIX_ENTRY_NAMES];
    size_t tafile_count;
    const char *protocols, *ciphers, *exclude, *servername; /* NULL: not given */
    char text[POSTFIX_ENTRY_MAX];
};

/* Reads an entry as Postfix of that version (307 is 3.7) does. False where that Postfix cannot use
 * it, and then defers mail: `why`, of `cap` bytes, has the part that is wrong, raw. */
bool postfix_entry_read(const char *value, int version, struct postfix_entry *out, char *why,
                        size_t cap);

/* The level of a name such as "dane-only", in any case. False: there is no such level. */
bool postfix_entry_read_level(const char *name, int *level);

/* Whether a name of cipher suites is one of high, medium, low, export, null. */
bool postfix_entry_grade_known(const char *grade);

/* Whether a text is a host name as Postfix understands it, so that parents of a next hop are looked
 * up too. */
bool postfix_entry_is_hostname(const char *name);

/* Divides "[mx.example.com]:587" into name (lower case, `cap` bytes) and port, "" where there is
 * none. `by_mx`: its MX records are looked up. False: it is malformed. */
bool postfix_entry_read_hop(const char *next_hop, char *name, size_t cap, char port[32],
                            bool *by_mx);

/* The port of a number or name such as "587" or "submission", in any case; 0: it is neither a port
 * nor a name that is known here. */
unsigned postfix_entry_port(const char *text);

#endif
