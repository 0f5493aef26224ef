/* address: an IP address and port, as the kernel takes it and as people read it. Pure. */
#ifndef ADDRESS_H
#define ADDRESS_H

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

/* For qsort(3): IPv4 first, then by number. */
int address_order(const void *a, const void *b);

/* Whether it is this machine's own loopback (127.0.0.0/8 or ::1). */
bool address_is_loopback(const struct address *a);

#endif
