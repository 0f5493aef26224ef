/* SPDX-License-Identifier: BSD-2-Clause */
/* network: an address or a network of addresses, as "192.0.2.0/24", and what is inside. Pure. */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>

#include "base/span.h"

/* IPv4 is kept as IPv6 has it (RFC 4291 2.5.5.2), so that one comparison serves both. */
struct network {
    unsigned char bytes[16];
    unsigned bits; /* of the 128 that count */
};

/* Reads an address, or ADDRESS/BITS; an IPv6 address may be in brackets and may begin with "IPv6:".
 * False: it is neither. */
bool network_parse(struct span s, struct network *out);

/* Whether all addresses of `inner` are in `outer`. */
bool network_contains(const struct network *outer, const struct network *inner);

/* Whether it is in 127.0.0.0/8 or is ::1. */
bool network_is_loopback(const struct network *n);

#endif
