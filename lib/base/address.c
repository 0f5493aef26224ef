/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The address as IPv4, a part of *a. a->sockaddr.ss_family must be AF_INET. */
static const struct sockaddr_in *v4(const struct address *a)
{
    return (const struct sockaddr_in *)&a->sockaddr;
}

/* The address as IPv6, a part of *a. a->sockaddr.ss_family must be AF_INET6. */
static const struct sockaddr_in6 *v6(const struct address *a)
{
    return (const struct sockaddr_in6 *)&a->sockaddr;
}

bool address_from(const unsigned char *rdata, size_t len, unsigned port, struct address *out)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&out->sockaddr;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sockaddr;

    *out = (struct address){0};
    if (len == sizeof in->sin_addr) {
        memcpy(&in->sin_addr, rdata, len);
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
        out->length = sizeof *in;
    } else if (len == sizeof in6->sin6_addr) {
        memcpy(&in6->sin6_addr, rdata, len);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
        out->length = sizeof *in6;
    } else {
        return false;
    }
    inet_ntop(out->sockaddr.ss_family, rdata, out->text, sizeof out->text);
    return true;
}

bool address_parse(const char *literal, unsigned port, struct address *out)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t len = 0;

    if (inet_pton(AF_INET, literal, bytes) == 1)
        len = sizeof(struct in_addr);
    else if (inet_pton(AF_INET6, literal, bytes) == 1)
        len = sizeof(struct in6_addr);
    return address_from(bytes, len, port, out);
}

unsigned address_port(const struct address *a)
{
    if (a->sockaddr.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&a->sockaddr)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&a->sockaddr)->sin_port);
}

void address_literal(const struct sockaddr_storage *a, char *out, size_t cap)
{
    char host[INET6_ADDRSTRLEN] = "127.0.0.1";

    if (a->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, host, sizeof host);
        snprintf(out, cap, "[IPv6:%s]", host);
        return;
    }
    if (a->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, host, sizeof host);
    snprintf(out, cap, "[%s]", host);
}

bool address_pair_add(struct address_pair *pair, const char *literal)
{
    struct address a, *at;

    if (!address_parse(literal, 0, &a))
        return false;
    at = a.sockaddr.ss_family == AF_INET6 ? &pair->v6 : &pair->v4;
    if (at->length > 0)
        return false;
    *at = a;
    return true;
}

const struct address *address_pair_of(const struct address_pair *pair, int family)
{
    const struct address *a = family == AF_INET6 ? &pair->v6 : &pair->v4;

    return a->length > 0 ? a : NULL;
}

int address_order(const void *a, const void *b)
{
    const struct address *x = a, *y = b;

    if (x->sockaddr.ss_family != y->sockaddr.ss_family)
        return x->sockaddr.ss_family == AF_INET ? -1 : 1;
    if (x->sockaddr.ss_family == AF_INET)
        return memcmp(&v4(x)->sin_addr, &v4(y)->sin_addr, sizeof(struct in_addr));
    return memcmp(&v6(x)->sin6_addr, &v6(y)->sin6_addr, sizeof(struct in6_addr));
}

bool address_is_loopback(const struct address *a)
{
    if (a->sockaddr.ss_family == AF_INET)
        return ntohl(v4(a)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6(a)->sin6_addr);
}

/* Returns why no mail server can be at an IPv4 address, in host byte order: "a loopback address",
 * ..., static. NULL: one can be there. */
static const char *unusable_v4(uint32_t number)
{
    uint32_t net = number >> 24;

    if (net == 127)
        return "a loopback address";
    if (net == 0)
        return "the unspecified address";
    if (net >= 224 && net < 240)
        return "a multicast address";
    if (number == INADDR_BROADCAST)
        return "the broadcast address";
    return number >> 16 == 0xa9fe ? "a link-local address" : NULL;
}

/* Returns why no mail server can be at an IPv6 address: "a loopback address", ..., static. NULL:
 * one can be there. */
static const char *unusable_v6(const struct in6_addr *a)
{
    if (IN6_IS_ADDR_LOOPBACK(a))
        return "a loopback address";
    if (IN6_IS_ADDR_UNSPECIFIED(a))
        return "the unspecified address";
    if (IN6_IS_ADDR_MULTICAST(a))
        return "a multicast address";
    if (IN6_IS_ADDR_V4MAPPED(a))
        return "an IPv4-mapped address";
    return IN6_IS_ADDR_LINKLOCAL(a) ? "a link-local address" : NULL;
}

const char *address_unusable(const struct address *a)
{
    if (a->sockaddr.ss_family == AF_INET)
        return unusable_v4(ntohl(v4(a)->sin_addr.s_addr));
    return unusable_v6(&v6(a)->sin6_addr);
}
