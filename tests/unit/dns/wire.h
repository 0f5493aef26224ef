/* SPDX-License-Identifier: BSD-2-Clause */
/* wire: a DNS message, put together byte by byte, and read by dns_message. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

#include "dns/dns_message.h"

enum {
    WIRE_ID = 0x1234,
    WIRE_QR = 0x8000,
    WIRE_TC = 0x0200,
    WIRE_RD = 0x0100,
    WIRE_RA = 0x0080,
    WIRE_AD = 0x0020,
    WIRE_CNAME = 5,
    WIRE_SOA = 6,
    WIRE_OPT = 41,
    WIRE_RRSIG = 46,
    WIRE_HEADER = 12,
    WIRE_QNAME = 12, /* where the question's name stands */
    WIRE_TWO_MX = 91 /* bytes that wire_two_mx makes */
};

enum wire_section { WIRE_ANSWER, WIRE_AUTHORITY, WIRE_ADDITIONAL };

struct wire {
    unsigned char b[70000];
    size_t n;
};

struct wire_got {
    enum dns_verdict verdict;
    struct dns_answer a; /* the caller's to clear */
    struct dns_rcode rcode;
};

extern const struct dns_question wire_question; /* MX of example.com */

void wire_bytes(struct wire *w, const void *data, size_t len);
void wire_8(struct wire *w, unsigned v);
void wire_16(struct wire *w, unsigned v);
void wire_name(struct wire *w, const char *name);
void wire_pointer(struct wire *w, size_t to);

/* A response's header, with those flags and RCODE, and its question. */
void wire_begin(struct wire *w, unsigned flags, const char *name, unsigned type);
/* So many records more, or fewer, announced. */
void wire_count(struct wire *w, enum wire_section section, int by);
/* A record as far as its RDATA, which follows, up to wire_end. Owner NULL: the question's name. */
size_t wire_record(struct wire *w, enum wire_section section, const char *owner, unsigned type);
void wire_end(struct wire *w, size_t rdata);

void wire_rdata(struct wire *w, unsigned type, const void *data, size_t len);
void wire_mx(struct wire *w, const char *owner, unsigned preference, const char *host);
void wire_alias(struct wire *w, const char *owner, const char *target);
/* OPT: extended RCODE in the TTL's first byte (RFC 6891 6.1.3), options behind. */
void wire_opt(struct wire *w, unsigned extended, const void *options, size_t len);

/* A secure answer: two MX of example.com, one with a pointer in it, and OPT. */
void wire_two_mx(struct wire *w);

struct wire_got wire_read(const struct wire *w, const struct dns_question *q);

#endif
