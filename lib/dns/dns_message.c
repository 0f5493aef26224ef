/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_message.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dns/dns_name.h"
#include "dns/dns_scan.h"

enum { HEADER = DNS_SCAN_HEADER, EDE_OPTION = 15, OPT = 11 /* our OPT record */ };

/* Bits of the header's flags. */
enum { QR = 0x8000, OPCODE = 0x7800, TC = 0x0200, RD = 0x0100, AD = 0x0020, CD = 0x0010 };

/* --- queries --- */

/* Writes the low 16 bits, in network byte order. Returns the place after the two bytes. */
static unsigned char *put16(unsigned char *p, unsigned value)
{
    p[0] = (unsigned char)(value >> 8);
    p[1] = (unsigned char)value;
    return p + 2;
}

/* Writes an OPT record (RFC 6891 6.1.2): the root, type, our size, extended RCODE and version, DO,
 * no options. Returns the place after its 11 bytes. */
static unsigned char *put_opt(unsigned char *p)
{
    *p++ = 0;
    p = put16(p, LDNS_RR_TYPE_OPT);
    p = put16(p, DNS_UDP_SIZE);
    p = put16(p, 0);
    p = put16(p, 0x8000);
    return put16(p, 0);
}

size_t dns_message_query(unsigned char *buf, size_t cap, const struct dns_question *q, uint16_t id,
                         unsigned flags)
{
    bool edns = !(flags & DNS_QUERY_PLAIN);
    struct dns_name name;
    unsigned char *p = buf;

    if (!dns_name_from_text(q->name, &name) || HEADER + name.len + 4 + OPT > cap)
        return 0;
    p = put16(p, id);
    p = put16(p, RD | AD | (flags & DNS_QUERY_CD ? CD : 0));
    p = put16(p, 1);
    p = put16(p, 0);
    p = put16(p, 0);
    p = put16(p, edns);
    memcpy(p, name.wire, name.len);
    p = put16(p + name.len, q->type);
    p = put16(p, LDNS_RR_CLASS_IN);
    if (edns)
        p = put_opt(p);
    return (size_t)(p - buf);
}

/* --- answers --- */

/* A message that dns_scan_message takes; all offsets below are from `m`. */
struct message {
    const unsigned char *m;
    size_t len;
    size_t answer; /* where its first record is */
};

/* Whether the message, whose `answer` is set, is a response to that question with that ID. Case of
 * names does not count. */
static bool is_for(const struct message *msg, const struct dns_question *q, uint16_t id)
{
    const unsigned char *m = msg->m, *question = m + msg->answer - 4;
    struct dns_name asked, name;

    dns_name_at(m, HEADER, &asked);
    return dns_name_from_text(q->name, &name) && (dns_scan_16(m + 2) & (QR | OPCODE)) == QR &&
           dns_scan_16(m) == id && dns_scan_16(question) == q->type &&
           dns_scan_16(question + 2) == LDNS_RR_CLASS_IN && dns_name_equal(&asked, &name);
}

/* Whether an extended error says that validation failed (RFC 8914 4.6 - 4.13; 25 came to IANA
 * later). */
static bool is_validation_ede(unsigned int code)
{
    return (code >= 5 && code <= 12) || code == 25;
}

/* Appends ", EDE CODE WORDS" to out->why for each extended error of an OPT record's RDATA. Sets
 * rcode->bogus where one says that validation failed; never clears it. */
static void read_ede(const unsigned char *p, size_t left, struct dns_answer *out,
                     struct dns_rcode *rcode)
{
    while (left >= 4) {
        size_t len = dns_scan_16(p + 2);

        if (len > left - 4)
            return;
        if (dns_scan_16(p) == EDE_OPTION && len >= 2) {
            unsigned int code = dns_scan_16(p + 4);
            char words[80];

            text_clean(words, sizeof words, (const char *)p + 6, len - 2);
            text_append(out->why, sizeof out->why, ", EDE %u%s%s", code, *words ? " " : "", words);
            rcode->bogus = rcode->bogus || is_validation_ede(code);
        }
        p += 4 + len;
        left -= 4 + len;
    }
}

/* Finds the last OPT record of the additional section. False: none, and *opt is unchanged. */
static bool find_opt(const struct message *msg, struct dns_scan_record *opt)
{
    size_t others = (size_t)dns_scan_16(msg->m + 6) + dns_scan_16(msg->m + 8), at = msg->answer;
    size_t all = others + dns_scan_16(msg->m + 10);
    bool found = false;

    for (size_t i = 0; i < all; i++) {
        struct dns_scan_record r;

        at = dns_scan_record(msg->m, msg->len, at, &r);
        if (i < others || r.type != LDNS_RR_TYPE_OPT)
            continue;
        *opt = r;
        found = true;
    }
    return found;
}

/* The name of an RCODE, such as "SERVFAIL"; static, never NULL. */
static const char *rcode_name(int code)
{
    const ldns_lookup_table *entry = ldns_lookup_by_id(ldns_rcodes, code);

    return entry ? entry->name : "an unknown RCODE";
}

/* Fills rcode->code, with the OPT record's bits; *rcode begins zeroed. out->why gets its name,
 * NOERROR too, and the extended errors, of which one may set rcode->bogus. */
static void read_rcode(const struct message *msg, struct dns_answer *out, struct dns_rcode *rcode)
{
    struct dns_scan_record opt;
    bool edns = find_opt(msg, &opt);

    rcode->code = msg->m[3] & 0x0f;
    if (edns)
        rcode->code |= msg->m[opt.rdata - 6] << 4; /* the first byte of what is a TTL elsewhere */
    if (rcode->code > 15)
        snprintf(out->why, sizeof out->why, "RCODE %d", rcode->code);
    else
        text_copy(out->why, sizeof out->why, rcode_name(rcode->code));
    if (edns)
        read_ede(msg->m + opt.rdata, opt.len, out, rcode);
}

/* How many records of a type are read of an answer. */
static size_t records_max(enum dns_type type)
{
    return type == DNS_MX ? DNS_MX_MAX : DNS_RECORDS_MAX;
}

/* A copy of the name at offset `at`, in lower case, with escapes, without last dot; to be freed.
 * NULL: out of memory, or too long. */
static char *copy_name(const struct message *msg, size_t at)
{
    struct dns_name name;
    char text[DNS_NAME];

    dns_name_at(msg->m, at, &name);
    if (!dns_name_text(&name, text, sizeof text))
        return NULL;
    return strdup(text);
}

/* Appends a copy of the record to out->records, which has room: of MX the preference and the name,
 * of other types the RDATA. False: out of memory, or the name is too long; the record counts all
 * the same, and dns_message_clear frees it. */
static bool add_record(const struct message *msg, const struct dns_scan_record *r,
                       struct dns_answer *out)
{
    struct dns_record *new = &out->records[out->count++];

    if (r->type == LDNS_RR_TYPE_MX) {
        new->preference = dns_scan_16(msg->m + r->rdata);
        new->name = copy_name(msg, r->rdata + 2);
        return new->name != NULL;
    }
    new->len = r->len;
    new->data = malloc(r->len + 1);
    if (new->data)
        memcpy(new->data, msg->m + r->rdata, r->len);
    return new->data != NULL;
}

/* Whether the name at offset `at` is `name`; case does not count. */
static bool is_name(const struct message *msg, size_t at, const struct dns_name *name)
{
    struct dns_name here;

    dns_name_at(msg->m, at, &here);
    return dns_name_equal(&here, name);
}

/* The CNAME records of an answer. */
struct aliases {
    struct dns_scan_record at[DNS_ALIASES_MAX + 1];
    size_t count;
};

/* Fills *out with every CNAME of the answer section. False: there are more than an answer can
 * need. */
static bool find_aliases(const struct message *msg, struct aliases *out)
{
    size_t at = msg->answer, total = dns_scan_16(msg->m + 6);
    struct dns_scan_record r;

    out->count = 0;
    for (size_t i = 0; i < total; i++) {
        at = dns_scan_record(msg->m, msg->len, at, &r);
        if (r.type != LDNS_RR_TYPE_CNAME)
            continue;
        if (out->count > DNS_ALIASES_MAX)
            return false;
        out->at[out->count++] = r;
    }
    return true;
}

/* The CNAME at that owner, in any case of letters, borrowed from `aliases`; NULL: there is none. */
static const struct dns_scan_record *find_alias(const struct message *msg,
                                                const struct aliases *aliases,
                                                const struct dns_name *owner)
{
    for (size_t i = 0; i < aliases->count; i++) {
        if (is_name(msg, aliases->at[i].owner, owner))
            return &aliases->at[i];
    }
    return NULL;
}

/* Sets DNS_FAILURE and out->why. Always false. */
static bool failed(struct dns_answer *out, const char *why)
{
    out->status = DNS_FAILURE;
    text_copy(out->why, sizeof out->why, why);
    return false;
}

/* Follows the CNAMEs of the answer section from *owner and sets *owner to the name where they end;
 * sets out->alias if there were any. False: DNS_FAILURE, and out->why says why. */
static bool follow_aliases(const struct message *msg, struct dns_name *owner,
                           struct dns_answer *out)
{
    static const char endless[] = "the CNAME records form a loop or too long a chain";
    struct aliases aliases;

    if (!find_aliases(msg, &aliases))
        return failed(out, endless);
    for (int i = 0; i <= DNS_ALIASES_MAX; i++) {
        const struct dns_scan_record *r = find_alias(msg, &aliases, owner);

        if (!r)
            return true;
        out->alias = true;
        dns_name_at(msg->m, r->rdata, owner);
    }
    return failed(out, endless);
}

/* Copies the records at `owner` of the question's type to out->records, at most records_max; sets
 * out->cut if there are more. True: out->status is DNS_OK, or DNS_NODATA where there are none.
 * False: DNS_FAILURE, and out->why says why. */
static bool read_records(const struct message *msg, const struct dns_question *q,
                         const struct dns_name *owner, struct dns_answer *out)
{
    size_t at = msg->answer, total = dns_scan_16(msg->m + 6), max = records_max(q->type);

    out->records = calloc(total < max ? total + 1 : max, sizeof *out->records);
    if (!out->records)
        return failed(out, "out of memory");
    for (size_t i = 0; i < total; i++) {
        struct dns_scan_record r;

        at = dns_scan_record(msg->m, msg->len, at, &r);
        if (r.type != q->type || !is_name(msg, r.owner, owner))
            continue;
        if (out->count == max) {
            out->cut = true;
            break;
        }
        if (!add_record(msg, &r, out))
            return failed(out, "a record that cannot be read");
    }
    if (out->count > 0) {
        out->status = DNS_OK;
        return true;
    }
    free(out->records);
    out->records = NULL;
    out->status = DNS_NODATA;
    return true;
}

/* Reads the records at *owner, the name that was asked for, or where its aliases end: *owner and
 * out->canonical are that name then. True: out->status is DNS_OK, DNS_NODATA or DNS_NXDOMAIN.
 * False: DNS_FAILURE, and out->why says why. */
static bool read_owner(const struct message *msg, const struct dns_question *q,
                       struct dns_name *owner, struct dns_answer *out)
{
    if (q->type != DNS_CNAME && !follow_aliases(msg, owner, out))
        return false;
    if (!dns_name_text(owner, out->canonical, sizeof out->canonical))
        return failed(out, "a name that cannot be read");
    if ((msg->m[3] & 0x0f) != LDNS_RCODE_NXDOMAIN)
        return read_records(msg, q, owner, out);
    out->status = DNS_NXDOMAIN;
    return true;
}

/* Fills *out, which begins zeroed but for `why`, from a message whose RCODE is NOERROR or NXDOMAIN.
 * DNS_MESSAGE_ALIAS where the aliases end without records, else DNS_MESSAGE_ANSWER, also where
 * out->status is DNS_FAILURE. */
static enum dns_verdict read_answer(const struct message *msg, const struct dns_question *q,
                                    struct dns_answer *out)
{
    struct dns_name owner;
    bool whole;

    dns_name_at(msg->m, HEADER, &owner);
    out->secure = dns_scan_16(msg->m + 2) & AD;
    whole = read_owner(msg, q, &owner, out);
    if (whole && out->alias && out->status == DNS_NODATA)
        return DNS_MESSAGE_ALIAS;
    return DNS_MESSAGE_ANSWER;
}

/* Whether the header, which is whole, says that the server could not read the question. Such a
 * server need not repeat the question, nor its OPT record: then the header is everything that is
 * there, or that can be believed. Sets rcode->code always. */
static bool is_bare_error(const unsigned char *m, struct dns_rcode *rcode)
{
    bool response = m[2] & 0x80;

    rcode->code = m[3] & 0x0f;
    if (!response || rcode->code == LDNS_RCODE_NOERROR || rcode->code == LDNS_RCODE_NXDOMAIN)
        return false;
    return rcode->code == LDNS_RCODE_FORMERR || rcode->code == LDNS_RCODE_NOTIMPL ||
           dns_scan_16(m + 4) == 0;
}

/* Reads a message that is_for the question: ANSWER, ALIAS, ERROR or TRUNCATED. Fills *rcode and
 * *out, both of which begin zeroed, unless TRUNCATED. */
static enum dns_verdict read_message(const struct message *msg, const struct dns_question *q,
                                     struct dns_answer *out, struct dns_rcode *rcode)
{
    if (dns_scan_16(msg->m + 2) & TC)
        return DNS_MESSAGE_TRUNCATED;
    read_rcode(msg, out, rcode);
    if (rcode->code != LDNS_RCODE_NOERROR && rcode->code != LDNS_RCODE_NXDOMAIN)
        return DNS_MESSAGE_ERROR;
    return read_answer(msg, q, out);
}

enum dns_verdict dns_message_read(const unsigned char *buf, size_t len,
                                  const struct dns_question *q, uint16_t id, struct dns_answer *out,
                                  struct dns_rcode *rcode)
{
    struct message msg = {buf, len, 0};

    *rcode = (struct dns_rcode){0};
    if (len < HEADER || dns_scan_16(buf) != id)
        return DNS_MESSAGE_OTHER;
    if (is_bare_error(buf, rcode)) {
        text_copy(out->why, sizeof out->why, rcode_name(rcode->code));
        return DNS_MESSAGE_ERROR;
    }
    *rcode = (struct dns_rcode){0};
    if (!dns_scan_message(buf, len))
        return DNS_MESSAGE_BROKEN;
    msg.answer = dns_scan_name(buf, len, HEADER) + 4;
    if (!is_for(&msg, q, id))
        return DNS_MESSAGE_OTHER;
    return read_message(&msg, q, out, rcode);
}

void dns_message_clear(struct dns_answer *a)
{
    for (size_t i = 0; i < a->count; i++) {
        free(a->records[i].name);
        free(a->records[i].data);
    }
    free(a->records);
    *a = (struct dns_answer){0};
}
