#include "address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

static const struct sockaddr_in *v4(const struct address *a)
{
    return (const struct sockaddr_in *)&a->sockaddr;
}

static const struct sockaddr_in6 *v6(const struct address *a)
{
    return (const struct sockaddr_in6 *)&a->sockaddr;
}

bool address_parse(const char *literal, unsigned port, struct address *out)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&out->sockaddr;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->sockaddr;

    *out = (struct address){0};
    if (inet_pton(AF_INET, literal, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
        out->length = sizeof *in;
        inet_ntop(AF_INET, &in->sin_addr, out->text, sizeof out->text);
        return true;
    }
    if (inet_pton(AF_INET6, literal, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
        out->length = sizeof *in6;
        inet_ntop(AF_INET6, &in6->sin6_addr, out->text, sizeof out->text);
        return true;
    }
    return false;
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
