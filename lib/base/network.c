/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAPPED_BITS = 96, ADDRESS_BITS = 128 };

static const unsigned char mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

/* Returns the span without brackets around it, and without "IPv6:", in this case, at its beginning;
 * neither need be there. Whether an address is left is not checked. */
static struct span bare(struct span s)
{
    if (s.len >= 2 && s.at[0] == '[' && s.at[s.len - 1] == ']')
        s = (struct span){s.at + 1, s.len - 2};
    span_skip(&s, "IPv6:");
    return s;
}

/* Reads an address, also in brackets or with "IPv6:", to `bytes` as IPv6 has it; an IPv4 address is
 * mapped (::ffff:192.0.2.1). Returns how many bits are in front of those of the address's own
 * family: 96 for IPv4, 0 for IPv6. -1: no address; `bytes` may have changed. */
static int read_address(struct span s, unsigned char bytes[16])
{
    char literal[INET6_ADDRSTRLEN];

    if (!span_copy(bare(s), literal, sizeof literal))
        return -1;
    memcpy(bytes, mapped, sizeof mapped);
    if (inet_pton(AF_INET, literal, bytes + sizeof mapped) == 1)
        return MAPPED_BITS;
    return inet_pton(AF_INET6, literal, bytes) == 1 ? 0 : -1;
}

bool network_parse(struct span s, struct network *out)
{
    struct span address = span_until(&s, '/');
    bool whole = address.at + address.len == s.at;
    int before = read_address(address, out->bytes);
    unsigned bits;

    if (before < 0)
        return false;
    out->bits = ADDRESS_BITS;
    if (whole)
        return true;
    if (!span_number(s, &bits) || bits > ADDRESS_BITS - (unsigned)before)
        return false;
    out->bits = (unsigned)before + bits;
    return true;
}

bool network_contains(const struct network *outer, const struct network *inner)
{
    unsigned whole = outer->bits / 8, rest = outer->bits % 8;
    unsigned char mask = (unsigned char)(0xff00U >> rest);

    if (inner->bits < outer->bits || memcmp(outer->bytes, inner->bytes, whole) != 0)
        return false;
    return rest == 0 || (outer->bytes[whole] & mask) == (inner->bytes[whole] & mask);
}

bool network_is_loopback(const struct network *n)
{
    static const struct network v4 = {{[10] = 0xff, [11] = 0xff, [12] = 127}, MAPPED_BITS + 8},
                                v6 = {{[15] = 1}, ADDRESS_BITS};

    return network_contains(&v4, n) || network_contains(&v6, n);
}
