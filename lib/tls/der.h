/* SPDX-License-Identifier: BSD-2-Clause */
/* der: reads DER (X.690) element by element, in place, where OpenSSL would make an object of each.
 *
 * Hides lengths and their limits. Pure: takes any bytes, reads none beyond them, copies nothing. */
#ifndef TLS_DER_H
#define TLS_DER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that are still to be read. */
struct der {
    const unsigned char *at;
    size_t len;
};

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT_0 = 0xa0, /* [0], constructed */
    DER_CONTEXT_1 = 0xa1
};

/* The tag of the next element, or -1: nothing is left. */
int der_peek(const struct der *d);

/* Takes the next element, which must have that tag and a definite length within what is left.
 * `whole` gets the element with its header, `content` without; either may be NULL, or `d`. False:
 * it has not, and nothing was taken. */
bool der_take(struct der *d, enum der_tag tag, struct der *whole, struct der *content);

bool der_is(const struct der *d, const void *bytes, size_t len);

/* Extensions of X.509 (RFC 5280 4.2), one at a time. */
struct der_extension {
    struct der oid, value; /* contents of the OBJECT IDENTIFIER and of the OCTET STRING */
    bool critical;
};

/* Takes the next of a SEQUENCE OF Extension. False: the element is none. */
bool der_take_extension(struct der *d, struct der_extension *out);

#endif
