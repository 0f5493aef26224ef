/* SPDX-License-Identifier: BSD-2-Clause */
/* cert_list: the certificates of a report, each once, with the places where it was seen.
 *
 * Hides how a certificate that is there already is found. Certificates are the same where their
 * SHA-256 is. Pure. */
#ifndef REPORT_CERT_LIST_H
#define REPORT_CERT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "tls/cert.h"

#define CERT_LIST_NONE ((size_t)-1)

/* Where a certificate was seen: at an address of a host, both as in the resolution. */
struct cert_place {
    size_t host, address;
    const char *note; /* "without SNI", "other machine", a type of key; "": in the usual handshake.
                         Static */
    const struct cert_facts *cert; /* as it was seen there */
    size_t next;                   /* the next place of the same certificate; CERT_LIST_NONE */
};

struct cert_entry {
    const struct cert_facts *cert; /* as it was seen first */
    size_t first, last;            /* its places */
};

/* Begins zeroed. The facts are the caller's and must outlive it. */
struct cert_list {
    struct cert_entry *entries; /* in the order in which they were added */
    size_t count;
    struct cert_place *places;
    size_t place_count;
    struct hash by_digest;
};

/* Adds a place, and the certificate where it is new, which *known then denies. Returns the entry's
 * index; CERT_LIST_NONE: out of memory. The list's part of `place`, `cert` and `next`, is filled
 * in. */
size_t cert_list_add(struct cert_list *l, const struct cert_facts *c, struct cert_place place,
                     bool *known);

/* Frees everything and begins anew. */
void cert_list_clear(struct cert_list *l);

/* Where a certificate came from, in words: "served", "from the store", "not on the path". Static.
 */
const char *cert_list_origin(const struct cert_facts *c);

#endif
