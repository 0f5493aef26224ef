#include "dns_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { ID = 0x1234, QR = 0x8000, AA = 0x0400, TC = 0x0200, RD = 0x0100, RA = 0x0080, AD = 0x0020,
       CNAME = 5, SOA = 6, OPT = 41, RRSIG = 46, HEADER = 12, QNAME = 12 };

/* --- a message, byte by byte --- */

struct wire {
    unsigned char b[70000];
    size_t n;
};

static void put(struct wire *w, const void *data, size_t len)
{
    ck_assert_uint_le(w->n + len, sizeof w->b);
    if (len > 0)
        memcpy(w->b + w->n, data, len);
    w->n += len;
}

static void put8(struct wire *w, unsigned v)
{
    put(w, &(unsigned char){(unsigned char)v}, 1);
}

static void put16(struct wire *w, unsigned v)
{
    put8(w, v >> 8);
    put8(w, v & 0xff);
}

static void put_name(struct wire *w, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");

        put8(w, (unsigned)len);
        put(w, name, len);
        name += len + (name[len] == '.');
    }
    put8(w, 0);
}

static void put_pointer(struct wire *w, size_t to)
{
    put16(w, 0xc000 | (unsigned)to);
}

/* Header and question; counts of the sections stand at fixed places. */
static void begin(struct wire *w, unsigned flags, const char *name, unsigned type)
{
    w->n = 0;
    put16(w, ID);
    put16(w, QR | RD | RA | flags);
    put16(w, 1);
    put16(w, 0);
    put16(w, 0);
    put16(w, 0);
    put_name(w, name);
    put16(w, type);
    put16(w, 1);
}

static void count(struct wire *w, int section, int by)
{
    w->b[7 + 2 * section] = (unsigned char)(w->b[7 + 2 * section] + by);
}

/* Owner, type, class, TTL and a length to be set by end(); returns where the RDATA starts. */
static size_t record(struct wire *w, int section, const char *owner, unsigned type)
{
    count(w, section, 1);
    if (owner)
        put_name(w, owner);
    else
        put_pointer(w, QNAME);
    put16(w, type);
    put16(w, 1);
    put16(w, 0);
    put16(w, 300);
    put16(w, 0);
    return w->n;
}

static void end(struct wire *w, size_t rdata)
{
    size_t len = w->n - rdata;

    w->b[rdata - 2] = (unsigned char)(len >> 8);
    w->b[rdata - 1] = (unsigned char)len;
}

static void put_mx(struct wire *w, const char *owner, unsigned preference, const char *host)
{
    size_t at = record(w, 0, owner, DNS_MX);

    put16(w, preference);
    put_name(w, host);
    end(w, at);
}

static void put_alias(struct wire *w, const char *owner, const char *target)
{
    size_t at = record(w, 0, owner, CNAME);

    put_name(w, target);
    end(w, at);
}

/* OPT: extended RCODE in the TTL's first byte (RFC 6891 6.1.3), options behind. */
static void put_opt(struct wire *w, unsigned extended, const void *options, size_t len)
{
    count(w, 2, 1);
    put8(w, 0);
    put16(w, OPT);
    put16(w, 1232);
    put8(w, extended);
    put8(w, 0);
    put16(w, 0x8000);
    put16(w, (unsigned)len);
    put(w, options, len);
}

static const struct dns_question mx_question = {"example.com", DNS_MX};

static enum dns_verdict read_wire(const struct wire *w, const struct dns_question *q,
                                  struct dns_answer *a, struct dns_rcode *rcode)
{
    unsigned char *exact = malloc(w->n ? w->n : 1); /* for the sanitisers */
    enum dns_verdict v;

    memcpy(exact, w->b, w->n);
    *a = (struct dns_answer){0};
    v = dns_message_read(exact, w->n, q, ID, a, rcode);
    free(exact);
    return v;
}

/* --- queries --- */

static const struct {
    const char *name;
    enum dns_type type;
    bool cd, ok;
} queries[] = {
    {"example.com", DNS_MX, false, true},     {"example.com.", DNS_MX, true, true},
    {"a.example.com", DNS_AAAA, false, true}, {"_25._tcp.mx.example.com", DNS_TLSA, false, true},
    {"xn--bcher-kva.example", DNS_A, false, true},
    {"a..example.com", DNS_A, false, false},
    {"0123456789012345678901234567890123456789012345678901234567890123.com", DNS_A, false, false},
    {".example.com", DNS_A, false, false},
};

START_TEST(query)
{
    struct dns_question q = {queries[_i].name, queries[_i].type};
    unsigned char buf[512];
    struct wire want = {.n = 0};
    char bare[128];
    size_t len = dns_message_query(buf, sizeof buf, &q, 0xbeef, queries[_i].cd);

    ck_assert_msg((len > 0) == queries[_i].ok, "\"%s\"", queries[_i].name);
    if (!queries[_i].ok)
        return;
    snprintf(bare, sizeof bare, "%s", queries[_i].name);
    if (bare[strlen(bare) - 1] == '.')
        bare[strlen(bare) - 1] = '\0';
    put16(&want, 0xbeef);
    put16(&want, RD | AD | (queries[_i].cd ? 0x10 : 0));
    put16(&want, 1);
    put16(&want, 0);
    put16(&want, 0);
    put16(&want, 1);
    put_name(&want, bare);
    put16(&want, queries[_i].type);
    put16(&want, 1);
    put8(&want, 0); /* OPT: root, type, size, extended RCODE, version, DO, no options */
    put16(&want, OPT);
    put16(&want, DNS_UDP_SIZE);
    put16(&want, 0);
    put16(&want, 0x8000);
    put16(&want, 0);
    ck_assert_uint_eq(len, want.n);
    ck_assert_mem_eq(buf, want.b, len);
}
END_TEST

START_TEST(query_needs_room)
{
    unsigned char buf[512];

    ck_assert_uint_eq(dns_message_query(buf, 20, &mx_question, ID, false), 0);
}
END_TEST

/* --- answers --- */

static void build_two_mx(struct wire *w)
{
    size_t at;

    begin(w, AD, "example.com", DNS_MX);
    put_mx(w, NULL, 20, "MX2.Example.com");
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put(w, "\3mx1", 4);
    put_pointer(w, QNAME);
    end(w, at);
    put_opt(w, 0, NULL, 0);
}

START_TEST(two_mx)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;

    build_two_mx(&w);
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ANSWER);
    ck_assert_int_eq(a.status, DNS_OK);
    ck_assert(a.secure && !a.alias && rcode.code == 0 && !rcode.bogus);
    ck_assert_str_eq(a.canonical, "example.com");
    ck_assert_uint_eq(a.count, 2);
    ck_assert_str_eq(a.records[0].name, "mx2.example.com");
    ck_assert_str_eq(a.records[1].name, "mx1.example.com");
    ck_assert(a.records[0].preference == 20 && a.records[1].preference == 10);
    dns_answer_clear(&a);
    ck_assert(a.records == NULL && a.count == 0);
}
END_TEST

/* A valid answer that ends too early is never an answer. */
START_TEST(truncated)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;
    enum dns_verdict v;

    build_two_mx(&w);
    if ((size_t)_i >= w.n)
        return;
    w.n = (size_t)_i;
    v = read_wire(&w, &mx_question, &a, &rcode);
    ck_assert_int_eq(v, _i < HEADER ? DNS_MESSAGE_OTHER : DNS_MESSAGE_BROKEN);
    ck_assert_uint_eq(a.count, 0);
    dns_answer_clear(&a);
}
END_TEST

/* Nor does a valid answer with one byte changed crash anything. */
START_TEST(spoiled)
{
    static const int values[] = {0,    1,    2,    3,    5,    6,    12,   15,   41,   46,
                                 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xff};
    static struct wire w;

    for (int i = 0; i < COUNT(values); i++) {
        struct dns_answer a;
        struct dns_rcode rcode;

        build_two_mx(&w);
        if ((size_t)_i >= w.n)
            return;
        w.b[_i] = (unsigned char)values[i];
        read_wire(&w, &mx_question, &a, &rcode);
        ck_assert(unit_is_utf8(a.why));
        dns_answer_clear(&a);
    }
}
END_TEST

static void null_mx(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_mx(w, NULL, 0, "");
}

static void no_data(struct wire *w)
{
    begin(w, AD, "example.com", DNS_MX);
}

static void soa_in_authority(struct wire *w)
{
    size_t at;

    begin(w, AD, "example.com", DNS_MX);
    at = record(w, 1, NULL, SOA);
    put_name(w, "ns.example.com");
    put_name(w, "hostmaster.example.com");
    for (int i = 0; i < 10; i++)
        put16(w, 1);
    end(w, at);
}

static void nxdomain(struct wire *w)
{
    begin(w, 3, "example.com", DNS_MX);
}

static void servfail(struct wire *w)
{
    begin(w, 2, "example.com", DNS_MX);
}

static void refused(struct wire *w)
{
    begin(w, 5, "example.com", DNS_MX);
}

static void bad_version(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_opt(w, 1, NULL, 0);
}

static void extended_nxdomain(struct wire *w) /* 0x13: not 3 */
{
    begin(w, 3, "example.com", DNS_MX);
    put_opt(w, 1, NULL, 0);
}

static void with_tc(struct wire *w)
{
    begin(w, TC, "example.com", DNS_MX);
}

static void wrong_id(struct wire *w)
{
    build_two_mx(w);
    w->b[1] ^= 1;
}

static void wrong_name(struct wire *w)
{
    begin(w, 0, "example.org", DNS_MX);
    put_mx(w, NULL, 10, "mx.example.org");
}

static void wrong_type(struct wire *w)
{
    begin(w, 0, "example.com", DNS_A);
}

static void wrong_class(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    w->b[w->n - 1] = 3;
}

static void a_query(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    w->b[2] &= 0x7f;
}

static void wrong_opcode(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    w->b[2] |= 0x20;
}

static void other_case(struct wire *w)
{
    begin(w, 0, "eXaMpLe.CoM", DNS_MX);
    put_mx(w, "EXAMPLE.com", 10, "mx.example.com");
}

static void two_questions(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_name(w, "example.org");
    put16(w, DNS_MX);
    put16(w, 1);
    w->b[5] = 2;
}

static void no_question(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    w->n = HEADER;
    w->b[5] = 0;
}

static void others_records(struct wire *w) /* out of bailiwick, and of another type */
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    put_mx(w, "example.org", 10, "mx.evil.org");
    at = record(w, 0, NULL, DNS_A);
    put(w, "\xc0\0\2\1", 4);
    end(w, at);
}

static void aliased(struct wire *w)
{
    begin(w, AD, "example.com", DNS_MX);
    put_alias(w, NULL, "A.example.net");
    put_alias(w, "a.example.net", "b.example.net");
    put_mx(w, "b.example.net", 10, "mx.example.net");
}

static void aliased_backward(struct wire *w) /* in any order */
{
    begin(w, 0, "example.com", DNS_MX);
    put_mx(w, "b.example.net", 10, "mx.example.net");
    put_alias(w, "a.example.net", "b.example.net");
    put_alias(w, "example.com", "a.example.net");
}

static void alias_without_end(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_alias(w, NULL, "a.example.net");
}

static void alias_to_nothing(struct wire *w)
{
    begin(w, 3, "example.com", DNS_MX);
    put_alias(w, NULL, "a.example.net");
}

static void alias_to_itself(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_alias(w, NULL, "example.com");
}

static void alias_loop(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    put_alias(w, NULL, "a.example.net");
    put_alias(w, "a.example.net", "example.com");
}

static void chain_of(struct wire *w, int links)
{
    char from[32] = "example.com", to[32];

    begin(w, 0, "example.com", DNS_MX);
    for (int i = 0; i < links; i++) {
        snprintf(to, sizeof to, "c%d.example.net", i);
        put_alias(w, from, to);
        memcpy(from, to, sizeof to);
    }
    put_mx(w, from, 10, "mx.example.net");
}

static void longest_chain(struct wire *w)
{
    chain_of(w, DNS_ALIASES_MAX);
}

static void chain_too_long(struct wire *w)
{
    chain_of(w, DNS_ALIASES_MAX + 1);
}

static void pointer_to_itself(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put_pointer(w, w->n);
    end(w, at);
}

static void pointer_loop(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put(w, "\1a", 2);
    put_pointer(w, w->n - 2);
    end(w, at);
}

static void pointer_forward(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put_pointer(w, w->n + 2);
    end(w, at);
    put_mx(w, NULL, 10, "mx.example.com");
}

static void pointer_outside(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    count(w, 0, 1);
    put_pointer(w, 0x3fff);
    put16(w, DNS_MX);
}

static void question_is_pointer(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    w->n = HEADER;
    put_pointer(w, HEADER);
    put16(w, DNS_MX);
    put16(w, 1);
}

/* A name that hops over `n` pointers, which stand in the RDATA of a record of no interest. */
static void hops(struct wire *w, int n)
{
    size_t at, last = QNAME;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, 65280); /* of no known form */
    for (int i = 1; i < n; i++) {
        size_t here = w->n;

        put_pointer(w, last);
        last = here;
    }
    end(w, at);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put_pointer(w, last);
    end(w, at);
}

static void hops_17(struct wire *w)
{
    hops(w, 17);
}

static void label_of_64(struct wire *w) /* 0x40: a label type that is none */
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put8(w, 64);
    for (int i = 0; i < 64; i++)
        put8(w, 'a');
    put8(w, 0);
    end(w, at);
}

static void name_of_256(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    for (int label = 0; label < 4; label++) {
        put8(w, 63);
        for (int i = 0; i < 63; i++)
            put8(w, 'a');
    }
    put8(w, 0);
    end(w, at);
}

static void rdata_past_end(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put_name(w, "mx.example.com");
    end(w, at);
    w->b[at - 1]++;
}

static void name_past_rdata(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    put_name(w, "mx.example.com");
    end(w, at);
    w->b[at - 1] = 5;
}

static void empty_mx(struct wire *w)
{
    begin(w, 0, "example.com", DNS_MX);
    record(w, 0, NULL, DNS_MX);
}

static void mx_without_name(struct wire *w)
{
    size_t at;

    begin(w, 0, "example.com", DNS_MX);
    at = record(w, 0, NULL, DNS_MX);
    put16(w, 10);
    end(w, at);
}

static void more_records_announced(struct wire *w)
{
    build_two_mx(w);
    count(w, 0, 1);
}

static void opt_past_end(struct wire *w)
{
    build_two_mx(w);
    w->b[w->n - 2] = 0xff;
}

static void trailing_bytes(struct wire *w)
{
    build_two_mx(w);
    put(w, "junk", 4);
}

static const struct {
    const char *name;
    void (*build)(struct wire *w);
    enum dns_verdict verdict;
    enum dns_status status; /* where it is an answer */
    size_t count;
    const char *canonical; /* NULL: whatever */
    int rcode;
} messages[] = {
    {"null MX", null_mx, DNS_MESSAGE_ANSWER, DNS_OK, 1, "example.com", 0},
    {"no data", no_data, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com", 0},
    {"no data, SOA", soa_in_authority, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com", 0},
    {"NXDOMAIN", nxdomain, DNS_MESSAGE_ANSWER, DNS_NXDOMAIN, 0, "example.com", 3},
    {"SERVFAIL", servfail, DNS_MESSAGE_ERROR, 0, 0, NULL, 2},
    {"REFUSED", refused, DNS_MESSAGE_ERROR, 0, 0, NULL, 5},
    {"BADVERS", bad_version, DNS_MESSAGE_ERROR, 0, 0, NULL, 16},
    {"extended, low bits of NXDOMAIN", extended_nxdomain, DNS_MESSAGE_ERROR, 0, 0, NULL, 19},
    {"TC", with_tc, DNS_MESSAGE_TRUNCATED, 0, 0, NULL, 0},
    {"wrong ID", wrong_id, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong name", wrong_name, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong type", wrong_type, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong class", wrong_class, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"a query", a_query, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"wrong opcode", wrong_opcode, DNS_MESSAGE_OTHER, 0, 0, NULL, 0},
    {"case does not count", other_case, DNS_MESSAGE_ANSWER, DNS_OK, 1, "example.com", 0},
    {"two questions", two_questions, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"no question", no_question, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"records of others", others_records, DNS_MESSAGE_ANSWER, DNS_NODATA, 0, "example.com", 0},
    {"CNAME chain", aliased, DNS_MESSAGE_ANSWER, DNS_OK, 1, "b.example.net", 0},
    {"CNAME chain backward", aliased_backward, DNS_MESSAGE_ANSWER, DNS_OK, 1, "b.example.net", 0},
    {"CNAME without its end", alias_without_end, DNS_MESSAGE_ALIAS, 0, 0, "a.example.net", 0},
    {"CNAME to NXDOMAIN", alias_to_nothing, DNS_MESSAGE_ANSWER, DNS_NXDOMAIN, 0, "a.example.net",
     3},
    {"CNAME to itself", alias_to_itself, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
    {"CNAME loop", alias_loop, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
    {"longest CNAME chain", longest_chain, DNS_MESSAGE_ANSWER, DNS_OK, 1, "c11.example.net", 0},
    {"CNAME chain too long", chain_too_long, DNS_MESSAGE_ANSWER, DNS_FAILURE, 0, NULL, 0},
    {"pointer to itself", pointer_to_itself, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"pointer loop", pointer_loop, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"forward pointer", pointer_forward, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"pointer outside", pointer_outside, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"question is a pointer", question_is_pointer, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"17 pointers", hops_17, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"label of 64", label_of_64, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"name of 257 bytes", name_of_256, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"RDLENGTH past the end", rdata_past_end, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"name past its RDATA", name_past_rdata, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"empty MX", empty_mx, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"MX without name", mx_without_name, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"more records announced", more_records_announced, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"OPT past the end", opt_past_end, DNS_MESSAGE_BROKEN, 0, 0, NULL, 0},
    {"trailing bytes", trailing_bytes, DNS_MESSAGE_ANSWER, DNS_OK, 2, "example.com", 0},
};

START_TEST(message)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;
    enum dns_verdict v;

    messages[_i].build(&w);
    v = read_wire(&w, &mx_question, &a, &rcode);
    ck_assert_msg(v == messages[_i].verdict, "%s: verdict %d", messages[_i].name, (int)v);
    if (v == DNS_MESSAGE_ANSWER)
        ck_assert_msg(a.status == messages[_i].status, "%s: status %d, %s", messages[_i].name,
                      (int)a.status, a.why);
    ck_assert_uint_eq(a.count, messages[_i].count);
    if (messages[_i].canonical)
        ck_assert_str_eq(a.canonical, messages[_i].canonical);
    ck_assert_int_eq(rcode.code, messages[_i].rcode);
    ck_assert(!rcode.bogus);
    if (v == DNS_MESSAGE_ERROR || (v == DNS_MESSAGE_ANSWER && a.status == DNS_FAILURE))
        ck_assert_msg(a.why[0] != '\0', "%s: no reason", messages[_i].name);
    dns_answer_clear(&a);
}
END_TEST

/* 16 pointers are allowed (RFC 1035 knows no limit; nobody needs more than one or two). */
START_TEST(hops_16)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;

    hops(&w, 16);
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ANSWER);
    ck_assert_uint_eq(a.count, 1);
    ck_assert_str_eq(a.records[0].name, "example.com");
    dns_answer_clear(&a);
}
END_TEST

START_TEST(null_mx_name)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;

    null_mx(&w);
    read_wire(&w, &mx_question, &a, &rcode);
    ck_assert_str_eq(a.records[0].name, "");
    ck_assert_uint_eq(a.records[0].preference, 0);
    dns_answer_clear(&a);
}
END_TEST

/* Bytes that are no host's keep libldns's escapes, and the last dot goes. */
static const struct {
    const char *label, *want;
} labels[] = {
    {"a b", "a\\032b.example.com"},
    {"a\n", "a\\010.example.com"},
    {"a|b", "a|b.example.com"},
    {"\xff", "\\255.example.com"},
    {"UPPER", "upper.example.com"},
    {"under_score", "under_score.example.com"},
};

START_TEST(odd_label)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;
    size_t at;

    begin(&w, 0, "example.com", DNS_MX);
    at = record(&w, 0, NULL, DNS_MX);
    put16(&w, 10);
    put8(&w, (unsigned)strlen(labels[_i].label));
    put(&w, labels[_i].label, strlen(labels[_i].label));
    put_pointer(&w, QNAME);
    end(&w, at);
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ANSWER);
    ck_assert_str_eq(a.records[0].name, labels[_i].want);
    dns_answer_clear(&a);
}
END_TEST

START_TEST(label_ends_in_backslash)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;

    begin(&w, 0, "example.com", DNS_MX);
    put_mx(&w, NULL, 10, "mx\\");
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ANSWER);
    ck_assert_str_eq(a.records[0].name, "mx\\\\");
    dns_answer_clear(&a);
}
END_TEST

static const struct {
    enum dns_type type;
    const char *data;
    size_t len;
    bool ok;
} rdatas[] = {
    {DNS_A, "\300\0\2\1", 4, true},
    {DNS_A, "\300\0\2", 3, false},
    {DNS_AAAA, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1", 16, true},
    {DNS_AAAA, "\40\1\15\270", 4, false},
    {DNS_TLSA, "\3\1\1abcdefghijklmnopqrstuvwxyz012345", 35, true},
    {DNS_TLSA, "\377\377\377a", 4, true},
    {DNS_TXT, "\5v=TLS\3one", 10, true},
};

START_TEST(rdata)
{
    static struct wire w;
    struct dns_question q = {"example.com", rdatas[_i].type};
    struct dns_answer a;
    struct dns_rcode rcode;
    enum dns_verdict v;
    size_t at;

    begin(&w, 0, "example.com", rdatas[_i].type);
    at = record(&w, 0, NULL, rdatas[_i].type);
    put(&w, rdatas[_i].data, rdatas[_i].len);
    end(&w, at);
    v = read_wire(&w, &q, &a, &rcode);
    if (rdatas[_i].ok) {
        ck_assert_int_eq(v, DNS_MESSAGE_ANSWER);
        ck_assert_uint_eq(a.count, 1);
        ck_assert_uint_eq(a.records[0].len, rdatas[_i].len);
        ck_assert_mem_eq(a.records[0].data, rdatas[_i].data, rdatas[_i].len);
    } else {
        ck_assert(v == DNS_MESSAGE_BROKEN || (v == DNS_MESSAGE_ANSWER && a.status != DNS_OK));
    }
    dns_answer_clear(&a);
}
END_TEST

START_TEST(signatures_are_no_records)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;
    size_t at;

    build_two_mx(&w);
    w.n -= 11; /* the OPT */
    w.b[11]--;
    at = record(&w, 0, NULL, RRSIG);
    put16(&w, DNS_MX);
    for (int i = 0; i < 8; i++)
        put16(&w, 0x0801);
    put_name(&w, "example.com");
    put(&w, "signature", 9);
    end(&w, at);
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ANSWER);
    ck_assert_uint_eq(a.count, 2);
    dns_answer_clear(&a);
}
END_TEST

/* --- extended DNS errors (RFC 8914) --- */

#define OPTION(literal) literal, sizeof literal - 1

static const struct {
    const char *name, *options;
    size_t len;
    bool bogus;
    const char *why; /* that it must hold */
} errors[] = {
    {"none", OPTION(""), false, "SERVFAIL"},
    {"unsupported algorithm: not bogus", OPTION("\0\17\0\2\0\1"), false, "EDE 1"},
    {"stale answer", OPTION("\0\17\0\2\0\3"), false, "EDE 3"},
    {"indeterminate", OPTION("\0\17\0\2\0\5"), true, "EDE 5"},
    {"bogus", OPTION("\0\17\0\2\0\6"), true, "EDE 6"},
    {"expired", OPTION("\0\17\0\2\0\7"), true, "EDE 7"},
    {"not yet valid", OPTION("\0\17\0\2\0\10"), true, "EDE 8"},
    {"DNSKEY missing", OPTION("\0\17\0\2\0\11"), true, "EDE 9"},
    {"RRSIGs missing", OPTION("\0\17\0\2\0\12"), true, "EDE 10"},
    {"no zone key bit", OPTION("\0\17\0\2\0\13"), true, "EDE 11"},
    {"NSEC missing", OPTION("\0\17\0\2\0\14"), true, "EDE 12"},
    {"cached error", OPTION("\0\17\0\2\0\15"), false, "EDE 13"},
    {"network error", OPTION("\0\17\0\2\0\27"), false, "EDE 23"},
    {"with words", OPTION("\0\17\0\12\0\6no|t\ngood"), true, "EDE 6 no?t?go"},
    {"two", OPTION("\0\17\0\2\0\27\0\17\0\2\0\6"), true, "EDE 23, EDE 6"},
    {"behind another option", OPTION("\0\12\0\4abcd\0\17\0\2\0\6"), true, "EDE 6"},
    {"code of two bytes", OPTION("\0\17\0\2\1\6"), false, "EDE 262"},
    {"too short for a code", OPTION("\0\17\0\1\6"), false, "SERVFAIL"},
    {"empty", OPTION("\0\17\0\0"), false, "SERVFAIL"},
    {"hostile length", OPTION("\0\17\377\377\0\6"), false, "SERVFAIL"},
    {"one byte too long", OPTION("\0\17\0\3\0\6"), false, "SERVFAIL"},
    {"cut in its head", OPTION("\0\17\0"), false, "SERVFAIL"},
    {"hostile length in front", OPTION("\0\12\377\377\0\17\0\2\0\6"), false, "SERVFAIL"},
};

START_TEST(extended_error)
{
    static struct wire w;
    struct dns_answer a;
    struct dns_rcode rcode;
    enum dns_verdict v;

    begin(&w, 2, "example.com", DNS_MX);
    put_opt(&w, 0, errors[_i].options, errors[_i].len);
    v = read_wire(&w, &mx_question, &a, &rcode);
    if (v == DNS_MESSAGE_BROKEN && !errors[_i].bogus) { /* may be refused as a whole */
        dns_answer_clear(&a);
        return;
    }
    ck_assert_msg(v == DNS_MESSAGE_ERROR, "%s: verdict %d", errors[_i].name, (int)v);
    ck_assert_int_eq(rcode.code, 2);
    ck_assert_msg(rcode.bogus == errors[_i].bogus, "%s", errors[_i].name);
    ck_assert_msg(strstr(a.why, errors[_i].why) != NULL, "%s: \"%s\"", errors[_i].name, a.why);
    ck_assert_ptr_null(strpbrk(a.why, "|\n"));
    dns_answer_clear(&a);
}
END_TEST

START_TEST(many_extended_errors)
{
    static struct wire w;
    static unsigned char options[3000];
    struct dns_answer a;
    struct dns_rcode rcode;

    for (size_t i = 0; i < sizeof options; i += 10)
        memcpy(options + i, "\0\17\0\6\0\27\xe2\x82\xac" "x", 10);
    begin(&w, 2, "example.com", DNS_MX);
    put_opt(&w, 0, options, sizeof options);
    ck_assert_int_eq(read_wire(&w, &mx_question, &a, &rcode), DNS_MESSAGE_ERROR);
    ck_assert_uint_lt(strlen(a.why), sizeof a.why);
    ck_assert(unit_is_utf8(a.why));
    dns_answer_clear(&a);
}
END_TEST

UNIT_CASE(dns_message, {query, COUNT(queries)}, {query_needs_room, 1}, {two_mx, 1},
          {truncated, 110}, {spoiled, 110}, {message, COUNT(messages)}, {hops_16, 1},
          {null_mx_name, 1}, {odd_label, COUNT(labels)}, {label_ends_in_backslash, 1},
          {rdata, COUNT(rdatas)}, {signatures_are_no_records, 1}, {extended_error, COUNT(errors)},
          {many_extended_errors, 1})
