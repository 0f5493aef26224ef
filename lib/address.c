#include "address.h"

#include <arpa/inet.h>
#include <string.h>

static const struct sockaddr_in *v4(const struct address *a)
{
    return (const struct sockaddr_in *)&a->sockaddr;
}

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
