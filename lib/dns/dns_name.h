/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_name: domain names, as text and as in a message (RFC 1035 3.1, 4.1.4, 5.1).
 *
 * Allocates nothing: libldns, which has the same functions, asserts where memory is short. */
#ifndef DNS_DNS_NAME_H
#define DNS_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct dns_name {
    unsigned char wire[255]; /* not compressed, with the root's label */
    size_t len;
};

/* Reads a name without or with last dot; "\." and "\046" stand for a dot inside a label. False: no
 * name, as "a..b" or a label of more than 63 bytes. */
bool dns_name_from_text(const char *text, struct dns_name *out);

/* Reads the name at `at` of a message that dns_scan_message takes. */
void dns_name_at(const unsigned char *m, size_t at, struct dns_name *out);

/* Whether two names are the same; case does not count. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* Writes a name in lower case, without the last dot ("" is the root), with escapes. False: `cap`
 * bytes are too few. */
bool dns_name_text(const struct dns_name *name, char *out, size_t cap);

#endif
