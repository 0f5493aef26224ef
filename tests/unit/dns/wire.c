/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/dns/wire.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

const struct dns_question wire_question = {.name = "example.com", .type = DNS_MX};

void wire_bytes(struct wire *w, const void *data, size_t len)
{
    ck_assert_uint_le(w->n + len, sizeof w->b);
    if (len > 0)
        memcpy(w->b + w->n, data, len);
    w->n += len;
}

void wire_8(struct wire *w, unsigned v)
{
    wire_bytes(w, &(unsigned char){(unsigned char)v}, 1);
}

void wire_16(struct wire *w, unsigned v)
{
    wire_8(w, v >> 8);
    wire_8(w, v & 0xff);
}

void wire_name(struct wire *w, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");

        wire_8(w, (unsigned)len);
        wire_bytes(w, name, len);
        name += len + (name[len] == '.');
    }
    wire_8(w, 0);
}

void wire_pointer(struct wire *w, size_t to)
{
    wire_16(w, 0xc000 | (unsigned)to);
}

void wire_begin(struct wire *w, unsigned flags, const char *name, unsigned type)
{
    w->n = 0;
    wire_16(w, WIRE_ID);
    wire_16(w, WIRE_QR | WIRE_RD | WIRE_RA | flags);
    wire_16(w, 1);
    wire_16(w, 0);
    wire_16(w, 0);
    wire_16(w, 0);
    wire_name(w, name);
    wire_16(w, type);
    wire_16(w, 1);
}

void wire_count(struct wire *w, enum wire_section section, int by)
{
    unsigned char *count = &w->b[6 + 2 * (int)section];
    int sum = (count[0] << 8 | count[1]) + by;

    count[0] = (unsigned char)(sum >> 8);
    count[1] = (unsigned char)sum;
}

size_t wire_record(struct wire *w, enum wire_section section, const char *owner, unsigned type)
{
    wire_count(w, section, 1);
    if (owner)
        wire_name(w, owner);
    else
        wire_pointer(w, WIRE_QNAME);
    wire_16(w, type);
    wire_16(w, 1);
    wire_16(w, 0);
    wire_16(w, 300);
    wire_16(w, 0);
    return w->n;
}

void wire_end(struct wire *w, size_t rdata)
{
    size_t len = w->n - rdata;

    w->b[rdata - 2] = (unsigned char)(len >> 8);
    w->b[rdata - 1] = (unsigned char)len;
}

void wire_rdata(struct wire *w, unsigned type, const void *data, size_t len)
{
    size_t at = wire_record(w, WIRE_ANSWER, NULL, type);

    wire_bytes(w, data, len);
    wire_end(w, at);
}

void wire_mx(struct wire *w, const char *owner, unsigned preference, const char *host)
{
    size_t at = wire_record(w, WIRE_ANSWER, owner, DNS_MX);

    wire_16(w, preference);
    wire_name(w, host);
    wire_end(w, at);
}

void wire_alias(struct wire *w, const char *owner, const char *target)
{
    size_t at = wire_record(w, WIRE_ANSWER, owner, WIRE_CNAME);

    wire_name(w, target);
    wire_end(w, at);
}

void wire_opt(struct wire *w, unsigned extended, const void *options, size_t len)
{
    wire_count(w, WIRE_ADDITIONAL, 1);
    wire_8(w, 0);
    wire_16(w, WIRE_OPT);
    wire_16(w, 1232);
    wire_8(w, extended);
    wire_8(w, 0);
    wire_16(w, 0x8000);
    wire_16(w, (unsigned)len);
    wire_bytes(w, options, len);
}

void wire_two_mx(struct wire *w)
{
    size_t at;

    wire_begin(w, WIRE_AD, "example.com", DNS_MX);
    wire_mx(w, NULL, 20, "MX2.Example.com");
    at = wire_record(w, WIRE_ANSWER, NULL, DNS_MX);
    wire_16(w, 10);
    wire_bytes(w, "\3mx1", 4);
    wire_pointer(w, WIRE_QNAME);
    wire_end(w, at);
    wire_opt(w, 0, NULL, 0);
    ck_assert_uint_eq(w->n, WIRE_TWO_MX);
}

struct wire_got wire_read(const struct wire *w, const struct dns_question *q)
{
    unsigned char *exact = malloc(w->n ? w->n : 1); /* for the sanitisers */
    struct wire_got g = {0};

    memcpy(exact, w->b, w->n);
    g.verdict = dns_message_read(exact, w->n, q, WIRE_ID, &g.a, &g.rcode);
    free(exact);
    return g;
}
