/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#define ALIASES 16 /* of one chain that are followed */

bool query_read(const struct zone *z, const uint8_t *wire, size_t len, struct query *q)
{
    static const struct zone_rule none = {.rcode = -1, .ede = -1};
    const ldns_rr *question;

    *q = (struct query){0};
    if (ldns_wire2pkt(&q->pkt, wire, len) != LDNS_STATUS_OK)
        return false;
    if (ldns_pkt_qr(q->pkt) || ldns_pkt_qdcount(q->pkt) != 1) {
        query_free(q);
        return false;
    }
    question = ldns_rr_list_rr(ldns_pkt_question(q->pkt), 0);
    q->name = ldns_rr_owner(question);
    q->type = ldns_rr_get_type(question);
    q->rule = zone_rule_for(z, q->name, q->type);
    q->edns = ldns_pkt_edns(q->pkt);
    if (q->rule == NULL || (q->rule->edns_only && !q->edns))
        q->rule = &none;
    q->udp_size =
        q->edns && ldns_pkt_edns_udp_size(q->pkt) > 512 ? ldns_pkt_edns_udp_size(q->pkt) : 512;
    return true;
}

void query_free(struct query *q)
{
    ldns_pkt_free(q->pkt);
    q->pkt = NULL;
}

/* ---- what the zone says ---- */

struct found {
    ldns_rr_list *answer;
    int rcode;
    bool secure;
};

static void take(struct found *f, const struct zone_record *r, const ldns_rdf *owner)
{
    ldns_rr *rr = ldns_rr_clone(r->rr);

    ldns_rdf_deep_free(ldns_rr_owner(rr));
    ldns_rr_set_owner(rr, ldns_rdf_clone(owner));
    ldns_rr_list_push_rr(f->answer, rr);
    f->secure = f->secure && r->secure;
}

/* The records of the type; else an alias, whose target is returned, to be asked for next. */
static const ldns_rdf *take_from(struct found *f, const struct zone_node *n, const ldns_rdf *owner,
                                 ldns_rr_type type)
{
    size_t before = ldns_rr_list_rr_count(f->answer);

    for (size_t i = 0; i < n->n; i++)
        if (ldns_rr_get_type(n->records[i].rr) == type)
            take(f, &n->records[i], owner);
    if (ldns_rr_list_rr_count(f->answer) > before)
        return NULL;
    for (size_t i = 0; i < n->n; i++) {
        if (ldns_rr_get_type(n->records[i].rr) != LDNS_RR_TYPE_CNAME)
            continue;
        take(f, &n->records[i], owner);
        return ldns_rr_rdf(n->records[i].rr, 0);
    }
    return NULL;
}

static bool was_asked(const struct found *f, const ldns_rdf *name)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(f->answer); i++)
        if (ldns_dname_compare(ldns_rr_owner(ldns_rr_list_rr(f->answer, i)), name) == 0)
            return true;
    return false;
}

static struct found find(const struct zone *z, const struct query *q)
{
    struct found f = {.answer = ldns_rr_list_new(), .secure = true};
    const ldns_rdf *name = q->name;
    bool is_wildcard;

    for (int i = 0; i < ALIASES && name != NULL && !was_asked(&f, name); i++) {
        const struct zone_node *n = zone_cover(z, name, &is_wildcard);
        const ldns_rdf *next = NULL;
        size_t before = ldns_rr_list_rr_count(f.answer);

        if (n != NULL)
            next = take_from(&f, n, name, q->type);
        else
            f.rcode = LDNS_RCODE_NXDOMAIN;
        if (ldns_rr_list_rr_count(f.answer) == before)
            f.secure = f.secure && zone_is_secure(z, name);
        name = next;
    }
    return f;
}

/* More records of the type asked for, made from the first one, each with another address or host.
 */
static void multiply(ldns_rr_list *answer, const struct query *q)
{
    for (long i = 0; i < q->rule->many; i++) {
        char *owner = ldns_rdf2str(q->name), *text;
        ldns_rr *rr = NULL;

        if (q->type == LDNS_RR_TYPE_A)
            text = text_of("%s 300 IN A 127.9.%ld.%ld", owner, i / 250, i % 250 + 1);
        else if (q->type == LDNS_RR_TYPE_AAAA)
            text = text_of("%s 300 IN AAAA 2001:db8::%lx", owner, i + 1);
        else if (q->type == LDNS_RR_TYPE_MX)
            text = text_of("%s 300 IN MX %ld many%ld.%s", owner, 100 + i, i, owner);
        else if (q->type == LDNS_RR_TYPE_TLSA)
            text = text_of("%s 300 IN TLSA 3 1 1 %064lx", owner, i);
        else
            text = text_of("%s 300 IN TXT \"many %ld\"", owner, i);
        if (ldns_rr_new_frm_str(&rr, text, 300, NULL, NULL) == LDNS_STATUS_OK)
            ldns_rr_list_push_rr(answer, rr);
        free(text);
        free(owner);
    }
}

/* ---- wire form ---- */

static ldns_pkt *reply_to(const struct query *q, int rcode)
{
    ldns_pkt *pkt = ldns_pkt_new();

    ldns_pkt_set_id(pkt, ldns_pkt_id(q->pkt));
    ldns_pkt_set_qr(pkt, true);
    ldns_pkt_set_rd(pkt, ldns_pkt_rd(q->pkt));
    ldns_pkt_set_cd(pkt, ldns_pkt_cd(q->pkt));
    ldns_pkt_set_ra(pkt, true);
    ldns_pkt_set_rcode(pkt, (uint8_t)(rcode & 15));
    if (!q->rule->empty_question)
        ldns_pkt_push_rr(pkt, LDNS_SECTION_QUESTION,
                         ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(q->pkt), 0)));
    return pkt;
}

/* The OPT record is written by hand: libldns has no way to give it options such as EDE. */
static void add_opt(struct buf *wire, const struct query *q)
{
    uint8_t opt[17] = {0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0, 2, 0, 0};
    size_t len = 11;

    if (q->rule->rcode > 15)
        opt[5] = (uint8_t)(q->rule->rcode >> 4);
    if (ldns_pkt_edns_do(q->pkt))
        opt[7] = 0x80;
    if (q->rule->ede >= 0 && !(q->rule->bogus && ldns_pkt_cd(q->pkt))) {
        opt[10] = 6;
        opt[15] = (uint8_t)(q->rule->ede >> 8);
        opt[16] = (uint8_t)q->rule->ede;
        len = sizeof opt;
    }
    buf_add(wire, opt, len);
    wire->p[11]++;
}

static struct buf to_wire(ldns_pkt *pkt, const struct query *q)
{
    struct buf wire = {0};
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (ldns_pkt2wire(&bytes, pkt, &len) == LDNS_STATUS_OK)
        buf_add(&wire, bytes, len);
    free(bytes);
    ldns_pkt_free(pkt);
    if (q->edns && !q->rule->no_opt && wire.len >= 12)
        add_opt(&wire, q);
    return wire;
}

static struct buf truncated(const struct query *q, int rcode)
{
    ldns_pkt *pkt = reply_to(q, rcode);

    ldns_pkt_set_tc(pkt, true);
    return to_wire(pkt, q);
}

static struct buf random_bytes(const struct query *q)
{
    struct buf out = {0};
    uint16_t id = ldns_pkt_id(q->pkt);
    uint32_t state = 12345u + id;
    uint8_t byte = (uint8_t)(id >> 8);

    buf_add(&out, &byte, 1);
    byte = (uint8_t)id;
    buf_add(&out, &byte, 1);
    while (out.len < 100) {
        state = state * 1103515245u + 12345u;
        byte = (uint8_t)(state >> 16);
        buf_add(&out, &byte, 1);
    }
    if (q->rule->is_short)
        out.len = 3;
    return out;
}

static bool fails(const struct query *q, int *rcode)
{
    if (q->rule->bogus && !ldns_pkt_cd(q->pkt))
        *rcode = LDNS_RCODE_SERVFAIL;
    else if (q->rule->rcode >= 0)
        *rcode = q->rule->rcode;
    else
        return false;
    return true;
}

struct buf answer_make(const struct zone *z, const struct query *q, bool tcp)
{
    struct found f;
    ldns_pkt *pkt;
    struct buf wire;
    int rcode;

    if (q->rule->garbage || q->rule->is_short)
        return random_bytes(q);
    if (fails(q, &rcode))
        return to_wire(reply_to(q, rcode), q);
    if (!tcp && (q->rule->truncate || q->rule->pointers))
        return truncated(q, 0);
    f = find(z, q);
    multiply(f.answer, q);
    pkt = reply_to(q, f.rcode);
    ldns_pkt_push_rr_list(pkt, LDNS_SECTION_ANSWER, f.answer);
    if (!q->rule->bogus)
        ldns_pkt_set_ad(pkt, q->rule->ad || (f.secure && !ldns_pkt_cd(q->pkt) &&
                                             (ldns_pkt_ad(q->pkt) || ldns_pkt_edns_do(q->pkt))));
    ldns_rr_list_free(f.answer);
    wire = to_wire(pkt, q);
    if (!tcp && wire.len > q->udp_size) {
        free(wire.p);
        wire = truncated(q, f.rcode);
    }
    return wire;
}

struct buf answer_forged(const struct query *q)
{
    ldns_pkt *pkt = reply_to(q, 0);

    ldns_pkt_set_ad(pkt, true);
    ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, ldns_rr_clone(q->rule->forged));
    if (q->rule->forge == FORGE_ID)
        ldns_pkt_set_id(pkt, (uint16_t)(ldns_pkt_id(q->pkt) ^ 0x5aa5));
    if (q->rule->forge == FORGE_QUESTION) {
        ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(pkt), 0);

        if (question != NULL) {
            ldns_rdf_deep_free(ldns_rr_owner(question));
            ldns_rr_set_owner(question, ldns_dname_new_frm_str("other.question.test."));
        }
    }
    return to_wire(pkt, q);
}

struct buf answer_pointers(const struct query *q)
{
    static const uint8_t fixed[] = {0, 1, 0, 1, 0, 0, 1, 44};
    struct buf wire = to_wire(reply_to(q, 0), q), rdata = {0};
    uint8_t head[12] = {0xc0, 12};
    size_t start;

    /* Only the header's and question's bytes: no OPT behind them. */
    wire.len = 12 + ldns_rdf_size(q->name) + 4;
    memset(wire.p + 6, 0, 6);
    wire.p[7] = 2;
    /* First a TXT-like record (type 65280) whose data is the chain: pointers reach 14 bits far. */
    start = wire.len + 12;
    for (size_t at = start; at + 2 < 0x3fff; at += 2) {
        size_t to = at == start ? 12 : at - 2;
        uint8_t pointer[2] = {(uint8_t)(0xc0 | (to >> 8)), (uint8_t)to};

        buf_add(&rdata, pointer, 2);
    }
    head[2] = 0xff;
    memcpy(head + 4, fixed + 2, 6);
    head[10] = (uint8_t)(rdata.len >> 8);
    head[11] = (uint8_t)rdata.len;
    buf_add(&wire, head, sizeof head);
    buf_add(&wire, rdata.p, rdata.len);
    /* Then a record of the type asked for, owned by the last pointer, padded to 60 KB. */
    head[0] = (uint8_t)(0xc0 | ((start + rdata.len - 2) >> 8));
    head[1] = (uint8_t)(start + rdata.len - 2);
    head[2] = (uint8_t)(q->type >> 8);
    head[3] = (uint8_t)q->type;
    head[10] = (uint8_t)((60000 - wire.len) >> 8);
    head[11] = (uint8_t)(60000 - wire.len);
    buf_add(&wire, head, sizeof head);
    free(rdata.p);
    while (wire.len < 60012)
        buf_add(&wire, "\xff", 1);
    return wire;
}
