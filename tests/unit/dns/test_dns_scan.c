/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_message.h"

#include <string.h>

#include "unit/unit.h"
#include "unit/dns/wire.h"

#define BYTES(literal) literal, sizeof literal - 1

/* A valid answer that ends too early is never an answer. */
START_TEST(truncated)
{
    static struct wire w;
    struct wire_got g;

    wire_two_mx(&w);
    w.n = (size_t)_i;
    g = wire_read(&w, &wire_question);
    ck_assert_int_eq(g.verdict, _i < WIRE_HEADER ? DNS_MESSAGE_OTHER : DNS_MESSAGE_BROKEN);
    ck_assert_uint_eq(g.a.count, 0);
    dns_message_clear(&g.a);
}
END_TEST

/* Nor does a valid answer with one byte changed crash anything. */
START_TEST(spoiled)
{
    static const unsigned char values[] = {0,  1,    2,    3,    5,    6,    12,   15,   41,
                                           46, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xff};
    static struct wire w;

    for (int i = 0; i < COUNT(values); i++) {
        struct wire_got g;

        wire_two_mx(&w);
        w.b[_i] = values[i];
        g = wire_read(&w, &wire_question);
        ck_assert(is_utf8(g.a.why));
        dns_message_clear(&g.a);
    }
}
END_TEST

static void question_is_pointer(struct wire *w)
{
    w->n = WIRE_HEADER;
    wire_pointer(w, WIRE_HEADER);
    wire_16(w, DNS_MX);
    wire_16(w, 1);
}

static void pointer_outside(struct wire *w)
{
    wire_count(w, WIRE_ANSWER, 1);
    wire_pointer(w, 0x3fff);
    wire_16(w, DNS_MX);
}

static void pointer_forward(struct wire *w)
{
    size_t at = wire_record(w, WIRE_ANSWER, NULL, DNS_MX);

    wire_16(w, 10);
    wire_pointer(w, w->n + 2);
    wire_end(w, at);
    wire_mx(w, NULL, 10, "mx.example.com");
}

/* A name that hops over `n` pointers, which are in the RDATA of a record of no interest; of the
 * record that it is in, `before` stands before it. */
static void hops(struct wire *w, int n, unsigned type, const char *before, size_t len)
{
    size_t at = wire_record(w, WIRE_ANSWER, NULL, 65280); /* of no known form */
    size_t last = WIRE_QNAME;

    for (int i = 1; i < n; i++) {
        size_t here = w->n;

        wire_pointer(w, last);
        last = here;
    }
    wire_end(w, at);
    at = wire_record(w, WIRE_ANSWER, NULL, type);
    wire_bytes(w, before, len);
    wire_pointer(w, last);
    wire_end(w, at);
}

static void hops_16(struct wire *w) /* RFC 1035 knows no limit; nobody needs more than one or two */
{
    hops(w, 16, DNS_MX, "\0\n", 2);
}

static void hops_17(struct wire *w)
{
    hops(w, 17, DNS_MX, "\0\n", 2);
}

/* A name in the RDATA of a type that is read. */
static void hops_17_in_cname(struct wire *w)
{
    hops(w, 17, WIRE_CNAME, NULL, 0);
}

static void more_records_announced(struct wire *w)
{
    wire_two_mx(w);
    wire_count(w, WIRE_ANSWER, 1);
}

static void opt_past_end(struct wire *w)
{
    wire_two_mx(w);
    w->b[w->n - 2] = 0xff;
}

static void trailing_bytes(struct wire *w)
{
    wire_two_mx(w);
    wire_bytes(w, "junk", 4);
}

static const struct {
    const char *name;
    void (*build)(struct wire *w);
    size_t count;      /* 0: refused */
    const char *first; /* its name */
} messages[] = {
    {"question is a pointer", question_is_pointer, 0, NULL},
    {"pointer outside", pointer_outside, 0, NULL},
    {"forward pointer", pointer_forward, 0, NULL},
    {"16 pointers", hops_16, 1, "example.com"},
    {"17 pointers", hops_17, 0, NULL},
    {"17 pointers in CNAME", hops_17_in_cname, 0, NULL},
    {"more records announced", more_records_announced, 0, NULL},
    {"OPT past the end", opt_past_end, 0, NULL},
    {"trailing bytes", trailing_bytes, 2, "mx2.example.com"},
};

START_TEST(message)
{
    static struct wire w;
    struct wire_got g;

    wire_begin(&w, 0, "example.com", DNS_MX);
    messages[_i].build(&w);
    g = wire_read(&w, &wire_question);
    ck_assert_msg(g.verdict == (messages[_i].count ? DNS_MESSAGE_ANSWER : DNS_MESSAGE_BROKEN),
                  "%s: verdict %d", messages[_i].name, (int)g.verdict);
    ck_assert_uint_eq(g.a.count, messages[_i].count);
    if (messages[_i].count) {
        ck_assert_int_eq(g.a.status, DNS_OK);
        ck_assert_str_eq(g.a.canonical, "example.com");
        ck_assert_str_eq(g.a.records[0].name, messages[_i].first);
    }
    ck_assert(g.rcode.code == 0 && !g.rcode.bogus);
    dns_message_clear(&g.a);
}
END_TEST

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL63 "\77" A63

/* The RDATA of one record, which begins 41 bytes into the message; \300\14 is example.com. */
static const struct {
    enum dns_type type;
    const char *name, *data;
    size_t len;
    int more; /* than there is, says RDLENGTH */
    bool ok;
    const char *want; /* an MX's host */
} rdatas[] = {
    {DNS_A, "A", BYTES("\300\0\2\1"), 0, true, NULL},
    {DNS_A, "short A", BYTES("\300\0\2"), 0, false, NULL},
    {DNS_AAAA, "AAAA", BYTES("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"), 0, true, NULL},
    {DNS_AAAA, "short AAAA", BYTES("\40\1\15\270"), 0, false, NULL},
    {DNS_TLSA, "TLSA", BYTES("\3\1\1abcdefghijklmnopqrstuvwxyz012345"), 0, true, NULL},
    {DNS_TLSA, "TLSA of no meaning", BYTES("\377\377\377a"), 0, true, NULL},
    {DNS_TXT, "TXT", BYTES("\5v=TLS\3one"), 0, true, NULL},
    /* bytes that are no host's keep libldns's escapes, and the last dot goes */
    {DNS_MX, "blank", BYTES("\0\12\3a b\300\14"), 0, true, "a\\032b.example.com"},
    {DNS_MX, "new line", BYTES("\0\12\2a\n\300\14"), 0, true, "a\\010.example.com"},
    {DNS_MX, "pipe", BYTES("\0\12\3a|b\300\14"), 0, true, "a|b.example.com"},
    {DNS_MX, "no ASCII", BYTES("\0\12\1\377\300\14"), 0, true, "\\255.example.com"},
    {DNS_MX, "upper case", BYTES("\0\12\5UPPER\300\14"), 0, true, "upper.example.com"},
    {DNS_MX, "underscore", BYTES("\0\12\13under_score\300\14"), 0, true, "under_score.example.com"},
    {DNS_MX, "backslash at the end", BYTES("\0\12\3mx\\\0"), 0, true, "mx\\\\"},
    {DNS_MX, "null MX", BYTES("\0\0\0"), 0, true, ""},
    {DNS_MX, "empty", BYTES(""), 0, false, NULL},
    {DNS_MX, "without name", BYTES("\0\12"), 0, false, NULL},
    {DNS_MX, "pointer to itself", BYTES("\0\12\300\53"), 0, false, NULL},
    {DNS_MX, "pointer loop", BYTES("\0\12\1a\300\53"), 0, false, NULL},
    {DNS_MX, "label of 64", BYTES("\0\12\100a" A63 "\0"), 0, false, NULL}, /* 0x40: of no type */
    {DNS_MX, "name of 257 bytes", BYTES("\0\12" LABEL63 LABEL63 LABEL63 LABEL63 "\0"), 0, false,
     NULL},
    {DNS_MX, "past the end", BYTES("\0\12\2mx\300\14"), 1, false, NULL},
    {DNS_MX, "name past its RDATA", BYTES("\0\12\2mx\7example\3com\0"), -13, false, NULL},
};

START_TEST(rdata)
{
    static struct wire w;
    struct dns_question q = {.name = "example.com", .type = rdatas[_i].type};
    struct wire_got g;

    wire_begin(&w, 0, "example.com", rdatas[_i].type);
    wire_rdata(&w, rdatas[_i].type, rdatas[_i].data, rdatas[_i].len);
    w.b[40] = (unsigned char)(w.b[40] + rdatas[_i].more);
    g = wire_read(&w, &q);
    ck_assert_msg(g.verdict == (rdatas[_i].ok ? DNS_MESSAGE_ANSWER : DNS_MESSAGE_BROKEN),
                  "%s: verdict %d", rdatas[_i].name, (int)g.verdict);
    ck_assert_uint_eq(g.a.count, rdatas[_i].ok);
    ck_assert(g.rcode.code == 0 && !g.rcode.bogus);
    if (rdatas[_i].want) {
        ck_assert_str_eq(g.a.records[0].name, rdatas[_i].want);
        ck_assert_uint_eq(g.a.records[0].preference, (unsigned char)rdatas[_i].data[1]);
    } else if (rdatas[_i].ok) {
        ck_assert_uint_eq(g.a.records[0].len, rdatas[_i].len);
        ck_assert_mem_eq(g.a.records[0].data, rdatas[_i].data, rdatas[_i].len);
    }
    dns_message_clear(&g.a);
}
END_TEST

UNIT_CASE(dns_scan, {truncated, WIRE_TWO_MX}, {spoiled, WIRE_TWO_MX}, {message, COUNT(messages)},
          {rdata, COUNT(rdatas)})
