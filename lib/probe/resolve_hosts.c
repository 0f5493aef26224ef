/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/resolve_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

struct dns_batch *resolve_hosts_ask(const struct resolve_config *c, size_t max)
{
    const struct dns_batch_config qc = {
        .dns = &c->dns, .parallel = c->parallel, .stage_ms = c->stage_ms, .deadline = c->deadline};

    return dns_batch_new(&qc, max);
}

/* --- addresses and TLSA --- */

/* Makes it a failure of the host that it has too many addresses. */
static void refuse_more_addresses(struct resolve_host *h)
{
    h->status = DNS_FAILURE;
    h->why = "more than 64 addresses";
}

/* Appends an address, unless it is there. One too many is not appended but makes the host a
 * failure, and true is returned. False: memory. */
static bool add_address(struct resolve_host *h, const struct address *a)
{
    struct address *list;

    for (size_t i = 0; i < h->address_count; i++) {
        if (strcmp(h->addresses[i].text, a->text) == 0)
            return true;
    }
    if (h->address_count == RESOLVE_ADDRESSES_MAX) {
        refuse_more_addresses(h);
        return true;
    }
    list = array_grow(h->addresses, h->address_count, sizeof *list);
    if (!list)
        return false;
    h->addresses = list;
    list[h->address_count++] = *a;
    return true;
}

/* Writes "_PORT._tcp.BASE", without a final dot as `base`, to `out`, which has DNS_NAME bytes.
 * False: it does not fit. */
static bool tlsa_name(const char *base, unsigned port, char *out)
{
    int len = snprintf(out, DNS_NAME, "_%u._tcp.%s", port, base);

    return len > 0 && len < DNS_NAME;
}

/* Marks a gateway whose name, from an MX record, is an address. Others are left as they are. */
static void mark_mx_literal(struct resolve_host *h)
{
    struct address ignored;

    if (address_parse(h->name, h->port, &ignored)) {
        h->mx_literal = true;
        h->status = DNS_NODATA;
    }
}

/* Whether TLSA records count under the policy of the gateway with index `i`, which is the first of
 * its duplicates, or under that of one of these. */
static bool wants_tlsa(const struct resolution *r, size_t i)
{
    for (; i != RESOLVE_NONE; i = r->hosts[i].duplicate) {
        if (r->hosts[i].policy->tlsa)
            return true;
    }
    return false;
}

/* Asks for the TLSA records of a name and port, for the gateway with index `i`. Where the name
 * would be too long, there are no records either: nothing is asked, and true is returned. False:
 * out of memory. */
static bool add_tlsa_question(struct dns_batch *q, size_t i, const char *base, unsigned port)
{
    char name[DNS_NAME];

    return !tlsa_name(base, port, name) || dns_batch_add(q, i, DNS_TLSA, name);
}

/* Asks for the addresses and TLSA records of the gateway with index `i`. Does nothing for one that
 * is an address, or is not the first of its duplicates. False: out of memory. */
static bool add_host_questions(const struct resolve_config *c, struct dns_batch *q,
                               const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (h->literal || h->mx_literal || h->first != i)
        return true;
    if (c->family != AF_INET6 && !dns_batch_add(q, i, DNS_A, h->name))
        return false;
    if (c->family != AF_INET && !r->no_aaaa && !dns_batch_add(q, i, DNS_AAAA, h->name))
        return false;
    return !wants_tlsa(r, i) || add_tlsa_question(q, i, h->name, h->port);
}

/* The `answered` of a batch where questions with the same owner, a host, are adjacent, TLSA last.
 * If `a`, the i-th answer, is about A or AAAA, not secure, and no alias, the TLSA question becomes
 * unneeded: nobody needs its answer, and some name servers never give one (RFC 7672 2.2.2). */
static void drop_tlsa_question(struct dns_batch *q, size_t i, const struct dns_answer *a)
{
    const struct dns_batch_query *x = &q->at[i];

    if ((x->type != DNS_A && x->type != DNS_AAAA) || a->secure || a->alias)
        return;
    for (size_t k = i + 1; k < q->count && q->at[k].owner == x->owner; k++) {
        if (q->at[k].type == DNS_TLSA)
            atomic_store(&q->at[k].unneeded, true);
    }
}

/* How much somebody should know of a status, from 0, DNS_NODATA, to 4, DNS_BOGUS. Failures are
 * above DNS_OK. */
static int status_rank(enum dns_status s)
{
    static const int rank[] = {
        [DNS_OK] = 2, [DNS_NODATA] = 0, [DNS_NXDOMAIN] = 1, [DNS_FAILURE] = 3, [DNS_BOGUS] = 4};

    return rank[s];
}

/* Adds an answer about A or AAAA records to a host that begin_host has begun. A failed look-up is
 * a fact of the host. False: out of memory. */
static bool take_addresses(struct resolution *r, struct resolve_host *h, const struct dns_answer *a)
{
    if (status_rank(a->status) > status_rank(h->status)) {
        h->status = a->status;
        h->why = resolve_keep(r, a->why);
    }
    h->refused = h->refused || a->refused;
    h->plain = h->plain || a->plain;
    h->secure = h->secure && a->secure;
    h->us = a->us > h->us ? a->us : h->us;
    if (a->alias && *a->canonical && !h->alias) {
        h->alias = true;
        h->canonical = resolve_keep(r, a->canonical);
    }
    if (!h->why || !h->canonical)
        return false;
    for (size_t i = 0; a->status == DNS_OK && i < a->count; i++) {
        struct address address;

        if (address_from(a->records[i].data, a->records[i].len, h->port, &address) &&
            !add_address(h, &address))
            return false;
    }
    if (a->cut)
        refuse_more_addresses(h);
    return true;
}

/* Takes an answer about TLSA records for a host that has none yet. A failed look-up is a fact of
 * the host. `base`: the name that was asked about, a text of the host, borrowed. False: out of
 * memory. */
static bool take_tlsa(struct resolution *r, struct resolve_host *h, const struct dns_answer *a,
                      const char *base)
{
    h->tlsa_status = a->status;
    h->tlsa_secure = a->secure;
    h->plain = h->plain || a->plain;
    h->us = a->us > h->us ? a->us : h->us;
    h->tlsa_why = resolve_keep(r, a->why);
    h->tlsa_base = base;
    if (!h->tlsa_why)
        return false;
    if (a->status != DNS_OK)
        return true;
    if (a->cut) {
        h->tlsa_status = DNS_FAILURE;
        h->tlsa_why = "more than 64 TLSA records";
        return true;
    }
    h->tlsa = calloc(a->count, sizeof *h->tlsa);
    if (!h->tlsa)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_record *record = &a->records[i];

        if (!dane_tlsa_fits(record->len))
            continue;
        if (!dane_tlsa_read(&h->tlsa[h->tlsa_count], record->data, record->len))
            return false;
        h->tlsa_count++;
    }
    return true;
}

/* Takes an answer of ask_hosts, whatever its type, for the gateway j->owner and its duplicates.
 * False: out of memory. */
static bool take_host_answer(struct resolution *r, struct dns_batch_query *j)
{
    const struct dns_answer *a = dns_batch_answer(j);

    for (size_t i = j->owner; i != RESOLVE_NONE; i = r->hosts[i].duplicate) {
        struct resolve_host *h = &r->hosts[i];
        bool ok = true;

        if (j->type != DNS_TLSA)
            ok = take_addresses(r, h, a);
        else if (h->policy->tlsa)
            ok = take_tlsa(r, h, a, h->name);
        if (!ok)
            return false;
    }
    return true;
}

/* Sets a gateway's facts before anything is asked. One that is an address gets that address, and
 * nothing is asked about it. False: memory. */
static bool begin_host(struct resolve_host *h)
{
    struct address a;

    h->secure = !h->literal;
    h->status = h->literal ? DNS_OK : DNS_NODATA;
    h->tlsa_status = DNS_NODATA;
    if (h->literal)
        return !address_parse(h->name, h->port, &a) || add_address(h, &a);
    mark_mx_literal(h);
    return true;
}

/* Asks the questions that were added and waits for them; does nothing if r->failed is set. Sets it
 * where memory runs out. */
static void ask_all(struct dns_batch *q, struct resolution *r, struct pool_watch *watch)
{
    if (!r->failed)
        dns_batch_ask(q, watch);
    r->failed = r->failed || atomic_load(&q->failed);
}

/* Looks up the addresses and TLSA records of all gateways. Sets r->failed where memory runs out,
 * and does nothing if that is set already. */
static void ask_hosts(const struct resolve_config *c, struct resolution *r,
                      struct pool_watch *watch)
{
    struct dns_batch *q = r->failed ? NULL : resolve_hosts_ask(c, 3 * r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    q->config.answered = drop_tlsa_question;
    for (size_t i = 0; i < r->host_count; i++) {
        r->failed = r->failed || !begin_host(&r->hosts[i]) || !add_host_questions(c, q, r, i);
    }
    ask_all(q, r, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++) {
        r->failed = !take_host_answer(r, &q->at[i]);
        dns_batch_drop(&q->at[i]);
    }
    for (size_t i = 0; i < r->host_count; i++) {
        if (r->hosts[i].address_count > 1)
            qsort(r->hosts[i].addresses, r->hosts[i].address_count, sizeof(struct address),
                  address_order);
    }
    dns_batch_free(q, watch);
}

/* --- what the addresses leave open --- */

/* Asks for the MX records of the gateway with index `i` if the user named it and it has no
 * address: somebody may have taken a domain for a gateway. Nothing is asked about others. False:
 * out of memory. */
static bool add_mx_question(const struct resolve_config *c, struct dns_batch *q,
                            const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (!h->named || h->from_mx || h->literal || h->address_count > 0 || c->family != AF_UNSPEC)
        return true;
    return h->status != DNS_NODATA || dns_batch_add(q, i, DNS_MX, h->name);
}

/* Notes whether the host j->owner has MX records. A failed look-up counts as none, as does a null
 * MX. */
static void take_mx_answer(struct resolution *r, struct dns_batch_query *j)
{
    const struct dns_answer *a = dns_batch_answer(j);

    r->hosts[j->owner].has_mx = a->status == DNS_OK && a->count > 0 && a->records[0].name[0];
}

/* Frees the TLSA records of a gateway, which has none afterwards. */
static void drop_tlsa(struct resolve_host *h)
{
    for (size_t i = 0; i < h->tlsa_count; i++)
        dane_tlsa_clear(&h->tlsa[i]);
    free(h->tlsa);
    h->tlsa = NULL;
    h->tlsa_count = 0;
}

/* Takes an answer about the TLSA records of an alias's target, which come first (RFC 7672 2.2.3).
 * Without secure records there, those under the alias's own name stay; secure ones, or a failed
 * look-up, replace them. False: out of memory. */
static bool take_alias_tlsa(struct resolution *r, struct resolve_host *h,
                            const struct dns_answer *a)
{
    if (a->status == DNS_OK && !a->secure)
        return true;
    if (status_rank(a->status) < status_rank(DNS_OK))
        return true;
    drop_tlsa(h);
    return take_tlsa(r, h, a, h->canonical);
}

/* Takes an answer about the alias of a host. The TLSA records under its own name count where the
 * alias is secure. Nobody delivers to it while that cannot be learnt (RFC 7672 2.1.2, 2.2.2): then
 * they are dropped. False: out of memory. */
static bool take_cname(struct resolution *r, struct resolve_host *h, const struct dns_answer *a)
{
    char why[256];
    bool failed = status_rank(a->status) > status_rank(DNS_OK);

    h->alias_secure = failed || (a->status == DNS_OK && a->secure);
    if (!failed)
        return true;
    drop_tlsa(h);
    h->tlsa_status = a->status;
    text_format(why, sizeof why, "CNAME of the host: %s", a->why);
    h->tlsa_why = resolve_keep(r, why);
    return h->tlsa_why != NULL;
}

/* Takes an answer about CNAME or TLSA records for the alias j->owner and its duplicates. The time
 * of the look-up is added to that of the addresses. False: out of memory. */
static bool take_alias_answer(struct resolution *r, struct dns_batch_query *j)
{
    const struct dns_answer *a = dns_batch_answer(j);

    for (size_t i = j->owner; i != RESOLVE_NONE; i = r->hosts[i].duplicate) {
        struct resolve_host *h = &r->hosts[i];
        int64_t before = h->us;
        bool ok;

        if (!h->policy->tlsa)
            continue;
        if (j->type == DNS_CNAME)
            ok = take_cname(r, h, a);
        else
            ok = take_alias_tlsa(r, h, a);
        if (!ok)
            return false;
        h->us = before + a->us;
    }
    return true;
}

/* Asks what is open about the gateway with index `i` if it is an alias: for the TLSA records of
 * its target where its addresses are secure, else for its CNAME record by itself, because the
 * answer with the addresses tells nothing of the alias (RFC 7672 2.1.3); but only if it has
 * addresses and the answer can be believed. False: out of memory. */
static bool add_alias_question(struct dns_batch *q, const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (!h->alias || h->first != i || !wants_tlsa(r, i))
        return true;
    if (!h->secure && h->status == DNS_OK && r->trusted)
        return dns_batch_add(q, i, DNS_CNAME, h->name);
    return !h->secure || add_tlsa_question(q, i, h->canonical, h->port);
}

/* Asks for the TLSA records of aliases, and for MX records. Sets r->failed where memory runs out,
 * and does nothing if that is set already. */
static void ask_rest(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    struct dns_batch *q = r->failed ? NULL : resolve_hosts_ask(c, 2 * r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->host_count; i++)
        r->failed = r->failed || !add_alias_question(q, r, i) || !add_mx_question(c, q, r, i);
    ask_all(q, r, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++) {
        if (q->at[i].type == DNS_MX)
            take_mx_answer(r, &q->at[i]);
        else
            r->failed = !take_alias_answer(r, &q->at[i]);
        dns_batch_drop(&q->at[i]);
    }
    dns_batch_free(q, watch);
}

/* --- all of it --- */

void resolve_hosts(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    ask_hosts(c, r, watch);
    ask_rest(c, r, watch);
}

void resolve_hosts_clear(struct resolve_host *h)
{
    drop_tlsa(h);
    free(h->addresses);
}
