/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_message.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"
#include "unit/dns/wire.h"

/* --- queries --- */

static const struct {
    const char *name;
    enum dns_type type;
    bool cd, ok;
} queries[] = {
    {"example.com", DNS_MX, false, true},
    {"example.com.", DNS_MX, true, true},
    {"a.example.com", DNS_AAAA, false, true},
    {"_25._tcp.mx.example.com", DNS_TLSA, false, true},
    {"xn--bcher-kva.example", DNS_A, false, true},
    {"a..example.com", DNS_A, false, false},
    {"0123456789012345678901234567890123456789012345678901234567890123.com", DNS_A, false, false},
    {".example.com", DNS_A, false, false},
};

START_TEST(query)
{
    struct dns_question q = {.name = queries[_i].name, .type = queries[_i].type};
    unsigned char buf[512];
    struct wire want = {.n = 0};
    char bare[128];
    size_t len = dns_message_query(buf, sizeof buf, &q, 0xbeef, queries[_i].cd ? DNS_QUERY_CD : 0);

    ck_assert_msg((len > 0) == queries[_i].ok, "\"%s\"", queries[_i].name);
    if (!queries[_i].ok)
        return;
    snprintf(bare, sizeof bare, "%s", queries[_i].name);
    if (bare[strlen(bare) - 1] == '.')
        bare[strlen(bare) - 1] = '\0';
    wire_16(&want, 0xbeef);
    wire_16(&want, WIRE_RD | WIRE_AD | (queries[_i].cd ? 0x10 : 0));
    wire_16(&want, 1);
    wire_16(&want, 0);
    wire_16(&want, 0);
    wire_16(&want, 1);
    wire_name(&want, bare);
    wire_16(&want, queries[_i].type);
    wire_16(&want, 1);
    wire_8(&want, 0); /* OPT: root, type, size, extended RCODE, version, DO, no options */
    wire_16(&want, WIRE_OPT);
    wire_16(&want, DNS_UDP_SIZE);
    wire_16(&want, 0);
    wire_16(&want, 0x8000);
    wire_16(&want, 0);
    ck_assert_uint_eq(len, want.n);
    ck_assert_mem_eq(buf, want.b, len);
}
END_TEST

START_TEST(query_needs_room)
{
    unsigned char buf[512];

    ck_assert_uint_eq(dns_message_query(buf, 20, &wire_question, WIRE_ID, 0), 0);
}
END_TEST

/* --- answers --- */

START_TEST(two_mx)
{
    static struct wire w;
    struct wire_got g;

    wire_two_mx(&w);
    g = wire_read(&w, &wire_question);
    ck_assert_int_eq(g.verdict, DNS_MESSAGE_ANSWER);
    ck_assert_int_eq(g.a.status, DNS_OK);
    ck_assert(g.a.secure && !g.a.alias && g.rcode.code == 0 && !g.rcode.bogus);
    ck_assert_str_eq(g.a.canonical, "example.com");
    ck_assert_uint_eq(g.a.count, 2);
    ck_assert_str_eq(g.a.records[0].name, "mx2.example.com");
    ck_assert_str_eq(g.a.records[1].name, "mx1.example.com");
    ck_assert(g.a.records[0].preference == 20 && g.a.records[1].preference == 10);
    dns_message_clear(&g.a);
    ck_assert(g.a.records == NULL && g.a.count == 0);
}
END_TEST

/* The message after the header and the question. */
static void null_mx(struct wire *w)
{
    wire_mx(w, NULL, 0, "");
}

static void soa_in_authority(struct wire *w)
{
    size_t at = wire_record(w, WIRE_AUTHORITY, NULL, WIRE_SOA);

    wire_name(w, "ns.example.com");
    wire_name(w, "hostmaster.example.com");
    for (int i = 0; i < 10; i++)
        wire_16(w, 1);
    wire_end(w, at);
}

static void extended_rcode(struct wire *w)
{
    wire_opt(w, 1, NULL, 0);
}

static void wrong_id(struct wire *w)
{
    wire_two_mx(w);
    w->b[1] ^= 1;
}

static void wrong_name(struct wire *w)
{
    wire_begin(w, 0, "example.org", DNS_MX);
    wire_mx(w, NULL, 10, "mx.example.org");
}

static void wrong_type(struct wire *w)
{
    wire_begin(w, 0, "example.com", DNS_A);
}

static void wrong_class(struct wire *w)
{
    w->b[w->n - 1] = 3;
}

static void a_query(struct wire *w)
{
    w->b[2] &= 0x7f;
}

static void wrong_opcode(struct wire *w)
{
    w->b[2] |= 0x20;
}

static void other_case(struct wire *w)
{
    wire_begin(w, 0, "eXaMpLe.CoM", DNS_MX);
    wire_mx(w, "EXAMPLE.com", 10, "mx.example.com");
}

static void two_questions(struct wire *w)
{
    wire_name(w, "example.org");
    wire_16(w, DNS_MX);
    wire_16(w, 1);
    w->b[5] = 2;
}

static void no_question(struct wire *w)
{
    w->n = WIRE_HEADER;
    w->b[5] = 0;
}

static void others_records(struct wire *w) /* out of bailiwick, and of another type */
{
    wire_mx(w, "example.org", 10, "mx.evil.org");
    wire_rdata(w, DNS_A, "\xc0\0\2\1", 4);
}

static void aliased(struct wire *w)
{
    wire_alias(w, NULL, "A.example.net");
    wire_alias(w, "a.example.net", "b.example.net");
    wire_mx(w, "b.example.net", 10, "mx.example.net");
}

static void aliased_backward(struct wire *w) /* in any order */
{
    wire_mx(w, "b.example.net", 10, "mx.example.net");
    wire_alias(w, "a.example.net", "b.example.net");
    wire_alias(w, "example.com", "a.example.net");
}

static void alias_without_end(struct wire *w)
{
    wire_alias(w, NULL, "a.example.net");
}

static void alias_to_itself(struct wire *w)
{
    wire_alias(w, NULL, "example.com");
}

static void alias_loop(struct wire *w)
{
    wire_alias(w, NULL, "a.example.net");
    wire_alias(w, "a.example.net", "example.com");
}

static void chain_of(struct wire *w, int links)
{
    char from[32] = "example.com", to[32];

    for (int i = 0; i < links; i++) {
        snprintf(to, sizeof to, "c%d.example.net", i);
        wire_alias(w, from, to);
        memcpy(from, to, sizeof to);
    }
    wire_mx(w, from, 10, "mx.example.net");
}

static void longest_chain(struct wire *w)
{
    chain_of(w, DNS_ALIASES_MAX);
}

static void chain_too_long(struct wire *w)
{
    chain_of(w, DNS_ALIASES_MAX + 1);
}

static const struct {
    const char *name;
    unsigned flags;
    void (*build)(struct wire *w); /* NULL: nothing */
    enum dns_verdict verdict;
    enum dns_status status; /* where it is an answer */
    size_t count;
    const char *canonical; /* NULL: whatever */
    int rcode;
} messages[] = {
    {"null MX", 0, null_mx, DNS_MESSAGE_ANSWER, DNS_OK, 1, "example.com", 0},
    {"no data", WIRE_AD, NULL, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com", 0},
    {"no data, SOA", WIRE_AD, soa_in_authority, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com",
     0},
    {"NXDOMAIN", 3, NULL, DNS_MESSAGE_ANSWER, DNS_NXDOMAIN, 0, "example.com", 3},
    {"SERVFAIL", 2, NULL, DNS_MESSAGE_ERROR, 0, 0, NULL, 2},
    {"REFUSED", 5, NULL, DNS_MESSAGE_ERROR, 0, 0, NULL, 5},
    {"BADVERS", 0, extended_rcode, DNS_MESSAGE_ERROR, 0, 0, NULL, 16},
    {"extended, low bits of NXDOMAIN", 3, extended_rcode, DNS_MESSAGE_ERROR, 0, 0, NULL, 19},
    {"TC", WIRE_TC, NULL, DNS_MESSAGE_TRUNCATED, 0, 0, NULL, 0},
    {"wrong ID", 0, wrong_id, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong name", 0, wrong_name, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong type", 0, wrong_type, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong class", 0, wrong_class, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"a query", 0, a_query, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong opcode", 0, wrong_opcode, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"case does not count", 0, other_case, DNS_MESSAGE_ANSWER, DNS_OK, 1, "example.com", 0},
    {"two questions", 0, two_questions, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"no question", 0, no_question, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"records of others", 0, others_records, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com", 0},
    {"CNAME chain", WIRE_AD, aliased, DNS_MESSAGE_ANSWER, DNS_OK, 1, "b.example.net", 0},
    {"CNAME chain backward", 0, aliased_backward, DNS_MESSAGE_ANSWER, DNS_OK, 1, "b.example.net",
     0},
    {"CNAME without its end", 0, alias_without_end, DNS_MESSAGE_ALIAS, 0, 0, "a.example.net", 0},
    {"CNAME to NXDOMAIN", 3, alias_without_end, DNS_MESSAGE_ANSWER, DNS_NXDOMAIN, 0,
     "a.example.net", 3},
    {"CNAME to itself", 0, alias_to_itself, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
    {"CNAME loop", 0, alias_loop, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
    {"longest CNAME chain", 0, longest_chain, DNS_MESSAGE_ANSWER, DNS_OK, 1, "c11.example.net", 0},
    {"CNAME chain too long", 0, chain_too_long, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
};

START_TEST(message)
{
    static struct wire w;
    struct wire_got g;

    wire_begin(&w, messages[_i].flags, "example.com", DNS_MX);
    if (messages[_i].build)
        messages[_i].build(&w);
    g = wire_read(&w, &wire_question);
    ck_assert_msg(g.verdict == messages[_i].verdict, "%s: verdict %d", messages[_i].name,
                  (int)g.verdict);
    if (g.verdict == DNS_MESSAGE_ANSWER)
        ck_assert_msg(g.a.status == messages[_i].status, "%s: status %d, %s", messages[_i].name,
                      (int)g.a.status, g.a.why);
    ck_assert_uint_eq(g.a.count, messages[_i].count);
    if (messages[_i].canonical)
        ck_assert_str_eq(g.a.canonical, messages[_i].canonical);
    ck_assert_int_eq(g.rcode.code, messages[_i].rcode);
    ck_assert(!g.rcode.bogus);
    if (g.verdict == DNS_MESSAGE_ERROR ||
        (g.verdict == DNS_MESSAGE_ANSWER && g.a.status == DNS_FAILURE))
        ck_assert_msg(g.a.why[0] != '\0', "%s: no reason", messages[_i].name);
    dns_message_clear(&g.a);
}
END_TEST

/* As many records as are read, and one more, which is not. */
static const struct {
    enum dns_type type;
    size_t max, len; /* of the RDATA */
} limits[] = {
    {DNS_MX, DNS_MX_MAX, 3},         {DNS_A, DNS_RECORDS_MAX, 4},   {DNS_AAAA, DNS_RECORDS_MAX, 16},
    {DNS_TLSA, DNS_RECORDS_MAX, 35}, {DNS_TXT, DNS_RECORDS_MAX, 2},
};

START_TEST(limit)
{
    static const unsigned char rdata[35];
    static struct wire w;
    const struct dns_question q = {.name = "example.com", .type = limits[_i].type};

    wire_begin(&w, WIRE_AD, "example.com", q.type);
    for (size_t n = 1; n <= limits[_i].max + 1; n++) {
        struct wire_got g;

        wire_rdata(&w, q.type, rdata, limits[_i].len);
        if (n < limits[_i].max)
            continue;
        g = wire_read(&w, &q);
        ck_assert_int_eq(g.verdict, DNS_MESSAGE_ANSWER);
        ck_assert_int_eq(g.a.status, DNS_OK);
        ck_assert_uint_eq(g.a.count, limits[_i].max);
        ck_assert(g.a.cut == (n > limits[_i].max));
        dns_message_clear(&g.a);
    }
}
END_TEST

/* Records of other names do not count. */
START_TEST(limit_of_one_name)
{
    static struct wire w;
    struct wire_got g;

    wire_begin(&w, 0, "example.com", DNS_MX);
    for (int i = 0; i <= DNS_MX_MAX; i++)
        wire_mx(&w, "example.net", 10, "");
    wire_mx(&w, NULL, 10, "mx.example.com");
    g = wire_read(&w, &wire_question);
    ck_assert_uint_eq(g.a.count, 1);
    ck_assert(!g.a.cut);
    dns_message_clear(&g.a);
}
END_TEST

/* Asked for, an alias is the answer, and not followed. */
static const struct {
    void (*build)(struct wire *w);
    enum dns_status status;
} cnames[] = {
    {alias_without_end, DNS_OK},
    {aliased, DNS_OK},
    {alias_loop, DNS_OK},
    {others_records, DNS_NODATA},
};

START_TEST(cname)
{
    static struct wire w;
    const struct dns_question q = {.name = "example.com", .type = DNS_CNAME};
    struct wire_got g;

    wire_begin(&w, WIRE_AD, "example.com", DNS_CNAME);
    cnames[_i].build(&w);
    g = wire_read(&w, &q);
    ck_assert_int_eq(g.verdict, DNS_MESSAGE_ANSWER);
    ck_assert_int_eq(g.a.status, cnames[_i].status);
    ck_assert_uint_eq(g.a.count, g.a.status == DNS_OK);
    ck_assert(g.a.secure && !g.a.alias);
    ck_assert_str_eq(g.a.canonical, "example.com");
    dns_message_clear(&g.a);
}
END_TEST

START_TEST(signatures_are_no_records)
{
    static struct wire w;
    struct wire_got g;
    size_t at;

    wire_two_mx(&w);
    w.n -= 11; /* the OPT */
    wire_count(&w, WIRE_ADDITIONAL, -1);
    at = wire_record(&w, WIRE_ANSWER, NULL, WIRE_RRSIG);
    wire_16(&w, DNS_MX);
    for (int i = 0; i < 8; i++)
        wire_16(&w, 0x0801);
    wire_name(&w, "example.com");
    wire_bytes(&w, "signature", 9);
    wire_end(&w, at);
    g = wire_read(&w, &wire_question);
    ck_assert_int_eq(g.verdict, DNS_MESSAGE_ANSWER);
    ck_assert_uint_eq(g.a.count, 2);
    dns_message_clear(&g.a);
}
END_TEST

/* --- extended DNS errors (RFC 8914) --- */

#define OPTION(literal) literal, sizeof literal - 1

static const struct {
    const char *name, *options;
    size_t len;
    bool bogus;
    const char *why; /* behind the RCODE */
} errors[] = {
    {"none", OPTION(""), false, ""},
    {"unsupported algorithm: not bogus", OPTION("\0\17\0\2\0\1"), false, ", EDE 1"},
    {"stale answer", OPTION("\0\17\0\2\0\3"), false, ", EDE 3"},
    {"indeterminate", OPTION("\0\17\0\2\0\5"), true, ", EDE 5"},
    {"bogus", OPTION("\0\17\0\2\0\6"), true, ", EDE 6"},
    {"expired", OPTION("\0\17\0\2\0\7"), true, ", EDE 7"},
    {"not yet valid", OPTION("\0\17\0\2\0\10"), true, ", EDE 8"},
    {"DNSKEY missing", OPTION("\0\17\0\2\0\11"), true, ", EDE 9"},
    {"RRSIGs missing", OPTION("\0\17\0\2\0\12"), true, ", EDE 10"},
    {"no zone key bit", OPTION("\0\17\0\2\0\13"), true, ", EDE 11"},
    {"NSEC missing", OPTION("\0\17\0\2\0\14"), true, ", EDE 12"},
    {"cached error", OPTION("\0\17\0\2\0\15"), false, ", EDE 13"},
    {"network error", OPTION("\0\17\0\2\0\27"), false, ", EDE 23"},
    {"with words", OPTION("\0\17\0\12\0\6no|t\ngood"), true, ", EDE 6 no?t?goo"},
    {"two", OPTION("\0\17\0\2\0\27\0\17\0\2\0\6"), true, ", EDE 23, EDE 6"},
    {"behind another option", OPTION("\0\12\0\4abcd\0\17\0\2\0\6"), true, ", EDE 6"},
    {"code of two bytes", OPTION("\0\17\0\2\1\6"), false, ", EDE 262"},
    {"too short for a code", OPTION("\0\17\0\1\6"), false, ""},
    {"empty", OPTION("\0\17\0\0"), false, ""},
    {"hostile length", OPTION("\0\17\377\377\0\6"), false, ""},
    {"one byte too long", OPTION("\0\17\0\3\0\6"), false, ""},
    {"cut in its head", OPTION("\0\17\0"), false, ""},
    {"hostile length in front", OPTION("\0\12\377\377\0\17\0\2\0\6"), false, ""},
};

START_TEST(extended_error)
{
    static struct wire w;
    struct wire_got g;

    wire_begin(&w, 2, "example.com", DNS_MX);
    wire_opt(&w, 0, errors[_i].options, errors[_i].len);
    g = wire_read(&w, &wire_question);
    ck_assert_msg(g.verdict == DNS_MESSAGE_ERROR, "%s: verdict %d", errors[_i].name,
                  (int)g.verdict);
    ck_assert_int_eq(g.rcode.code, 2);
    ck_assert_msg(g.rcode.bogus == errors[_i].bogus, "%s", errors[_i].name);
    ck_assert_msg(strncmp(g.a.why, "SERVFAIL", 8) == 0, "%s: %s", errors[_i].name, g.a.why);
    ck_assert_str_eq(g.a.why + 8, errors[_i].why);
    dns_message_clear(&g.a);
}
END_TEST

START_TEST(many_extended_errors)
{
    static struct wire w;
    static unsigned char options[3000];
    struct wire_got g;

    for (size_t i = 0; i < sizeof options; i += 10)
        memcpy(options + i,
               "\0\17\0\6\0\27\xe2\x82\xac"
               "x",
               10);
    wire_begin(&w, 2, "example.com", DNS_MX);
    wire_opt(&w, 0, options, sizeof options);
    g = wire_read(&w, &wire_question);
    ck_assert_int_eq(g.verdict, DNS_MESSAGE_ERROR);
    ck_assert_uint_lt(strlen(g.a.why), sizeof g.a.why);
    ck_assert(is_utf8(g.a.why));
    dns_message_clear(&g.a);
}
END_TEST

UNIT_CASE(dns_message, {query, COUNT(queries)}, {query_needs_room, 1}, {two_mx, 1},
          {message, COUNT(messages)}, {limit, COUNT(limits)}, {limit_of_one_name, 1},
          {cname, COUNT(cnames)}, {signatures_are_no_records, 1}, {extended_error, COUNT(errors)},
          {many_extended_errors, 1})
