/* SPDX-License-Identifier: BSD-2-Clause */
/* address: an IP address and port, as the kernel takes it and as people read it. Pure. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage sockaddr;
    socklen_t length;
    char text[INET6_ADDRSTRLEN]; /* without the port */
};

/* The address of an A or AAAA RDATA. False where the length is neither's. */
bool address_from(const unsigned char *rdata, size_t len, unsigned port, struct address *out);

/* Reads "192.0.2.1" or "2001:db8::1". False: no address. */
bool address_parse(const char *literal, unsigned port, struct address *out);

unsigned address_port(const struct address *a);

/* At most one address of each family, such as those that we connect from. */
struct address_pair {
    struct address v4, v6; /* length 0: none */
};

/* Adds "192.0.2.1" or "2001:db8::1" with port 0. False: it is no address, or the second of its
 * family. */
bool address_pair_add(struct address_pair *pair, const char *literal);

/* The one of that family (AF_INET, AF_INET6); NULL: none. */
const struct address *address_pair_of(const struct address_pair *pair, int family);

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]", as RFC 5321 4.1.3 writes it; any other family is
 * "[127.0.0.1]". */
void address_literal(const struct sockaddr_storage *a, char *out, size_t cap);

/* For qsort(3): IPv4 first, then by number. */
int address_order(const void *a, const void *b);

/* Why nobody's mail server can be reached there by others: "a loopback address", "a multicast
 * address", ...; NULL where one can. */
const char *address_unusable(const struct address *a);

/* Whether it is this machine's own loopback (127.0.0.0/8 or ::1). */
bool address_is_loopback(const struct address *a);

#endif
