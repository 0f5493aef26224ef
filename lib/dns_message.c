#include "dns_message.h"

#include <ctype.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { HEADER = 12, POINTERS_MAX = 16, EDE_OPTION = 15 };

/* --- the scan --- */

static uint16_t u16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Checks the name at `at`: pointers go strictly backward and are few, for a chain of them costs
 * quadratic time. Returns the offset behind it, 0 where it is hostile. */
static size_t scan_name(const unsigned char *m, size_t len, size_t at)
{
    size_t end = 0, total = 0;
    int pointers = 0;

    while (at < len && m[at] != 0) {
        if ((m[at] & 0xc0) == 0xc0) {
            size_t target;

            if (at + 1 >= len || ++pointers > POINTERS_MAX)
                return 0;
            target = u16(m + at) & 0x3fff;
            if (target >= at)
                return 0;
            end = end ? end : at + 2;
            at = target;
        } else {
            total += m[at] + 1u;
            if (m[at] > 63 || total > 255)
                return 0;
            at += m[at] + 1u;
        }
    }
    if (at >= len)
        return 0;
    return end ? end : at + 1;
}

/* Where in the RDATA of a type a name begins that libldns would decompress, -1: nowhere. That is
 * more than may be compressed (RFC 3597 4, RFC 4034 3.1.7 and 4.1.1). */
static int rdata_name_offset(uint16_t type)
{
    switch (type) {
    case LDNS_RR_TYPE_NS:
    case LDNS_RR_TYPE_CNAME:
    case LDNS_RR_TYPE_PTR:
    case LDNS_RR_TYPE_DNAME:
    case LDNS_RR_TYPE_SOA:
    case LDNS_RR_TYPE_NSEC:
        return 0;
    case LDNS_RR_TYPE_MX:
        return 2;
    case LDNS_RR_TYPE_RRSIG:
        return 18;
    default:
        return -1;
    }
}

/* Whether libldns looks for a name in the RDATA of a type. */
static bool has_name(uint16_t type)
{
    const ldns_rr_descriptor *d = ldns_rr_descript(type);
    size_t fields = ldns_rr_descriptor_maximum(d), least = ldns_rr_descriptor_minimum(d);
    bool found = false;

    for (size_t i = 0; i <= least && i < fields; i++) /* of those that repeat, one */
        found = found || ldns_rr_descriptor_field_type(d, i) == LDNS_RDF_TYPE_DNAME;
    return found;
}

static size_t scan_record(const unsigned char *m, size_t len, size_t at)
{
    size_t rdata, rdlen;
    int offset;

    at = scan_name(m, len, at);
    if (at == 0 || at + 10 > len)
        return 0;
    rdlen = u16(m + at + 8);
    rdata = at + 10;
    if (rdata + rdlen > len)
        return 0;
    offset = rdata_name_offset(u16(m + at));
    if (offset < 0 && has_name(u16(m + at))) /* nobody answers our questions with these */
        return 0;
    if (offset >= 0) {
        size_t name = rdata + (size_t)offset, behind;

        if ((size_t)offset >= rdlen)
            return 0;
        behind = scan_name(m, len, name);
        if (behind == 0 || behind > rdata + rdlen)
            return 0;
        if (u16(m + at) == LDNS_RR_TYPE_SOA && scan_name(m, len, behind) == 0)
            return 0;
    }
    return rdata + rdlen;
}

static bool scan(const unsigned char *m, size_t len)
{
    size_t at = HEADER, records;

    if (len < HEADER || u16(m + 4) != 1)
        return false;
    at = scan_name(m, len, at);
    if (at == 0 || at + 4 > len)
        return false;
    at += 4;
    records = (size_t)u16(m + 6) + u16(m + 8) + u16(m + 10);
    for (size_t i = 0; i < records; i++) {
        at = scan_record(m, len, at);
        if (at == 0)
            return false;
    }
    return true;
}

/* --- queries --- */

size_t dns_message_query(unsigned char *buf, size_t cap, const struct dns_question *q, uint16_t id,
                         bool cd)
{
    ldns_rdf *name = ldns_dname_new_frm_str(q->name);
    ldns_pkt *pkt;
    uint8_t *wire = NULL;
    size_t len = 0;

    if (!name)
        return 0;
    pkt = ldns_pkt_query_new(name, (ldns_rr_type)q->type, LDNS_RR_CLASS_IN,
                             (uint16_t)(LDNS_RD | LDNS_AD | (cd ? LDNS_CD : 0)));
    if (!pkt) {
        ldns_rdf_deep_free(name);
        return 0;
    }
    ldns_pkt_set_id(pkt, id);
    ldns_pkt_set_edns_udp_size(pkt, DNS_UDP_SIZE);
    ldns_pkt_set_edns_do(pkt, true);
    if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK || len > cap)
        len = 0;
    if (len > 0)
        memcpy(buf, wire, len);
    free(wire);
    ldns_pkt_free(pkt);
    return len;
}

/* --- answers --- */

/* A name as text: lower case, without the last dot. */
static bool name_text(const ldns_rdf *name, char *out, size_t cap)
{
    char *s = ldns_rdf2str(name);
    size_t len = s ? strlen(s) : 0;
    bool ok = s && len < cap;

    for (size_t i = 0; ok && i <= len; i++)
        out[i] = (char)tolower((unsigned char)s[i]);
    if (ok && len > 0) /* the last dot is the root's, never an escaped one */
        out[len - 1] = '\0';
    free(s);
    return ok;
}

static bool is_for(const ldns_pkt *pkt, const struct dns_question *q, uint16_t id)
{
    ldns_rr_list *asked = ldns_pkt_question(pkt);
    ldns_rdf *name = ldns_dname_new_frm_str(q->name);
    const ldns_rr *rr = ldns_rr_list_rr_count(asked) == 1 ? ldns_rr_list_rr(asked, 0) : NULL;
    bool ok = name && rr && ldns_pkt_qr(pkt) && ldns_pkt_id(pkt) == id &&
              ldns_pkt_get_opcode(pkt) == LDNS_PACKET_QUERY &&
              ldns_rr_get_type(rr) == (ldns_rr_type)q->type &&
              ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
              ldns_dname_compare(ldns_rr_owner(rr), name) == 0;

    ldns_rdf_deep_free(name);
    return ok;
}

/* Extended errors that say: validation failed (RFC 8914 4.6 - 4.13; 25 came to IANA later). */
static bool is_validation_ede(unsigned int code)
{
    return (code >= 5 && code <= 12) || code == 25;
}

static void read_ede(const ldns_pkt *pkt, struct dns_answer *out, struct dns_rcode *rcode)
{
    const ldns_rdf *options = ldns_pkt_edns_data(pkt);
    const unsigned char *p = options ? ldns_rdf_data(options) : NULL;
    size_t left = options ? ldns_rdf_size(options) : 0;

    while (left >= 4) {
        size_t len = u16(p + 2);

        if (len > left - 4)
            return;
        if (u16(p) == EDE_OPTION && len >= 2) {
            unsigned int code = u16(p + 4);
            char words[80];

            text_clean(words, sizeof words, (const char *)p + 6, len - 2);
            text_append(out->why, sizeof out->why, ", EDE %u%s%s", code, *words ? " " : "", words);
            rcode->bogus = rcode->bogus || is_validation_ede(code);
        }
        p += 4 + len;
        left -= 4 + len;
    }
}

static void read_rcode(const ldns_pkt *pkt, struct dns_answer *out, struct dns_rcode *rcode)
{
    char *name = ldns_pkt_rcode2str(ldns_pkt_get_rcode(pkt));

    rcode->code = (int)ldns_pkt_get_rcode(pkt) | ldns_pkt_edns_extended_rcode(pkt) << 4;
    if (rcode->code > 15)
        snprintf(out->why, sizeof out->why, "RCODE %d", rcode->code);
    else
        text_copy(out->why, sizeof out->why, name ? name : "an unknown RCODE");
    free(name);
    read_ede(pkt, out, rcode);
}

static bool add_record(struct dns_answer *out, const ldns_rr *rr, enum dns_type type)
{
    struct dns_record *r = &out->records[out->count];
    char name[DNS_NAME];
    ldns_buffer *wire;

    if (type == DNS_MX) {
        if (ldns_rr_rd_count(rr) != 2 || !name_text(ldns_rr_rdf(rr, 1), name, sizeof name))
            return false;
        r->preference = ldns_rdf2native_int16(ldns_rr_rdf(rr, 0));
        r->name = strdup(name);
        out->count++;
        return r->name != NULL;
    }
    wire = ldns_buffer_new(1024);
    if (!wire || ldns_rr_rdata2buffer_wire(wire, rr) != LDNS_STATUS_OK) {
        ldns_buffer_free(wire);
        return false;
    }
    r->len = ldns_buffer_position(wire);
    r->data = malloc(r->len + 1);
    if (r->data)
        memcpy(r->data, ldns_buffer_begin(wire), r->len);
    ldns_buffer_free(wire);
    out->count++;
    return r->data != NULL;
}

static const ldns_rr *find_alias(const ldns_rr_list *answer, const ldns_rdf *owner)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(answer, i);

        if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME && ldns_rr_rd_count(rr) == 1 &&
            ldns_dname_compare(ldns_rr_owner(rr), owner) == 0)
            return rr;
    }
    return NULL;
}

/* Follows the CNAMEs of the answer section; NULL where they do not end. Borrowed from `start` or
 * `answer`. */
static const ldns_rdf *follow_aliases(const ldns_rr_list *answer, const ldns_rdf *start,
                                      bool *alias)
{
    const ldns_rdf *at = start;

    for (int i = 0; i <= DNS_ALIASES_MAX; i++) {
        const ldns_rr *rr = find_alias(answer, at);

        if (!rr)
            return at;
        *alias = true;
        at = ldns_rr_rdf(rr, 0);
    }
    return NULL;
}

static enum dns_verdict failed(struct dns_answer *out, const char *why)
{
    out->status = DNS_FAILURE;
    text_copy(out->why, sizeof out->why, why);
    return DNS_MESSAGE_ANSWER;
}

static enum dns_verdict read_records(const ldns_rr_list *answer, const ldns_rdf *owner,
                                     enum dns_type type, struct dns_answer *out)
{
    size_t total = ldns_rr_list_rr_count(answer);

    if (total > 0) {
        out->records = calloc(total, sizeof *out->records);
        if (!out->records)
            return failed(out, "out of memory");
    }
    for (size_t i = 0; i < total; i++) {
        const ldns_rr *rr = ldns_rr_list_rr(answer, i);

        if (ldns_rr_get_type(rr) == (ldns_rr_type)type &&
            ldns_dname_compare(ldns_rr_owner(rr), owner) == 0 && !add_record(out, rr, type))
            return failed(out, "a record that cannot be read");
    }
    out->status = out->count > 0 ? DNS_OK : DNS_NODATA;
    return DNS_MESSAGE_ANSWER;
}

static enum dns_verdict read_answer(const ldns_pkt *pkt, const struct dns_question *q,
                                    struct dns_answer *out)
{
    ldns_rr_list *answer = ldns_pkt_answer(pkt);
    const ldns_rdf *owner = ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(pkt), 0));
    enum dns_verdict verdict;

    out->secure = ldns_pkt_ad(pkt);
    if (q->type != DNS_CNAME)
        owner = follow_aliases(answer, owner, &out->alias);
    if (!owner)
        return failed(out, "the CNAME records form a loop or too long a chain");
    if (!name_text(owner, out->canonical, sizeof out->canonical))
        return failed(out, "a name that cannot be read");
    if (ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN) {
        out->status = DNS_NXDOMAIN;
        return DNS_MESSAGE_ANSWER;
    }
    verdict = read_records(answer, owner, q->type, out);
    if (out->alias && out->status == DNS_NODATA)
        return DNS_MESSAGE_ALIAS;
    return verdict;
}

enum dns_verdict dns_message_read(const unsigned char *buf, size_t len,
                                  const struct dns_question *q, uint16_t id, struct dns_answer *out,
                                  struct dns_rcode *rcode)
{
    ldns_pkt *pkt = NULL;
    enum dns_verdict verdict;

    *rcode = (struct dns_rcode){0};
    if (len < HEADER || u16(buf) != id)
        return DNS_MESSAGE_OTHER;
    if (!scan(buf, len) || ldns_wire2pkt(&pkt, buf, len) != LDNS_STATUS_OK)
        return DNS_MESSAGE_BROKEN;
    if (!is_for(pkt, q, id)) {
        verdict = DNS_MESSAGE_OTHER;
    } else if (ldns_pkt_tc(pkt)) {
        verdict = DNS_MESSAGE_TRUNCATED;
    } else {
        read_rcode(pkt, out, rcode);
        verdict = rcode->code == LDNS_RCODE_NOERROR || rcode->code == LDNS_RCODE_NXDOMAIN
                      ? read_answer(pkt, q, out)
                      : DNS_MESSAGE_ERROR;
    }
    ldns_pkt_free(pkt);
    return verdict;
}

void dns_answer_clear(struct dns_answer *a)
{
    for (size_t i = 0; i < a->count; i++) {
        free(a->records[i].name);
        free(a->records[i].data);
    }
    free(a->records);
    *a = (struct dns_answer){0};
}
