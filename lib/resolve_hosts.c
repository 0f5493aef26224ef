#include "resolve_hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

struct questions *resolve_questions(const struct resolve_config *c, size_t max)
{
    const struct questions_config qc = {
        .dns = &c->dns, .parallel = c->parallel, .stage_ms = c->stage_ms, .deadline = c->deadline};

    return questions_new(&qc, max);
}

/* --- addresses and TLSA --- */

static bool add_address(struct resolve_host *h, const struct address *a)
{
    struct address *list;

    for (size_t i = 0; i < h->address_count; i++) {
        if (strcmp(h->addresses[i].text, a->text) == 0)
            return true;
    }
    if (h->address_count == RESOLVE_ADDRESSES_MAX) {
        h->status = DNS_FAILURE;
        text_copy(h->why, sizeof h->why, "more than 64 addresses");
        return true;
    }
    list = realloc(h->addresses, (h->address_count + 1) * sizeof *list);
    if (!list)
        return false;
    h->addresses = list;
    list[h->address_count++] = *a;
    return true;
}

static bool tlsa_name(const char *base, unsigned port, char *out)
{
    int len = snprintf(out, DNS_NAME, "_%u._tcp.%s", port, base);

    return len > 0 && len < DNS_NAME;
}

static void mark_mx_literal(struct resolve_host *h)
{
    struct address ignored;

    if (address_parse(h->name, h->port, &ignored) || strcmp(h->name, ".") == 0) {
        h->mx_literal = true;
        h->status = DNS_NODATA;
    }
}

/* Whether TLSA counts under the terms of the gateway or of one of its twins. */
static bool wants_tlsa(const struct resolution *r, size_t i)
{
    for (; i != RESOLVE_NONE; i = r->hosts[i].twin) {
        if (r->hosts[i].terms->tlsa)
            return true;
    }
    return false;
}

static void add_host_questions(const struct resolve_config *c, struct questions *q,
                               const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (h->literal || h->mx_literal || h->first != i)
        return;
    if (c->family != AF_INET6)
        text_copy(questions_add(q, i, DNS_A)->name, DNS_NAME, h->name);
    if (c->family != AF_INET)
        text_copy(questions_add(q, i, DNS_AAAA)->name, DNS_NAME, h->name);
    if (wants_tlsa(r, i)) {
        struct question *j = questions_add(q, i, DNS_TLSA);

        if (!tlsa_name(h->name, h->port, j->name))
            q->count--;
    }
}

/* From least to most that somebody should know of. */
static int status_rank(enum dns_status s)
{
    static const int rank[] = {
        [DNS_OK] = 2, [DNS_NODATA] = 0, [DNS_NXDOMAIN] = 1, [DNS_FAILURE] = 3, [DNS_BOGUS] = 4};

    return rank[s];
}

static bool take_addresses(struct resolve_host *h, const struct dns_answer *a)
{
    if (status_rank(a->status) > status_rank(h->status)) {
        h->status = a->status;
        text_copy(h->why, sizeof h->why, a->why);
    }
    h->secure = h->secure && a->secure;
    h->us = a->us > h->us ? a->us : h->us;
    if (a->alias && *a->canonical && !h->alias) {
        h->alias = true;
        text_copy(h->canonical, sizeof h->canonical, a->canonical);
    }
    for (size_t i = 0; a->status == DNS_OK && i < a->count; i++) {
        struct address address;

        if (address_from(a->records[i].data, a->records[i].len, h->port, &address) &&
            !add_address(h, &address))
            return false;
    }
    return true;
}

static bool take_tlsa(struct resolve_host *h, const struct dns_answer *a, const char *base)
{
    h->tlsa_status = a->status;
    h->tlsa_secure = a->secure;
    h->us = a->us > h->us ? a->us : h->us;
    text_copy(h->tlsa_why, sizeof h->tlsa_why, a->why);
    text_copy(h->tlsa_base, sizeof h->tlsa_base, base);
    if (a->status != DNS_OK)
        return true;
    h->tlsa = calloc(a->count, sizeof *h->tlsa);
    if (!h->tlsa)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_record *r = &a->records[i];

        if (!dane_tlsa_fits(r->len))
            continue;
        if (!dane_tlsa_read(&h->tlsa[h->tlsa_count], r->data, r->len))
            return false;
        h->tlsa_count++;
    }
    return true;
}

/* One look-up serves the twins, too. */
static bool take_host_answer(struct resolution *r, struct question *j)
{
    const struct dns_answer *a = questions_answer(j);

    for (size_t i = j->owner; i != RESOLVE_NONE; i = r->hosts[i].twin) {
        struct resolve_host *h = &r->hosts[i];

        if (j->type != DNS_TLSA ? !take_addresses(h, a)
                                : h->terms->tlsa && !take_tlsa(h, a, h->name))
            return false;
    }
    return true;
}

/* One given by its address has that, and nothing is asked. False: memory. */
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

static void ask_hosts(const struct resolve_config *c, struct resolution *r,
                      struct pool_watch *watch)
{
    struct questions *q = r->failed ? NULL : resolve_questions(c, 3 * r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->host_count; i++) {
        r->failed = r->failed || !begin_host(&r->hosts[i]);
        add_host_questions(c, q, r, i);
    }
    questions_ask(q, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++)
        r->failed = !take_host_answer(r, &q->at[i]);
    for (size_t i = 0; i < r->host_count; i++) {
        if (r->hosts[i].address_count > 1)
            qsort(r->hosts[i].addresses, r->hosts[i].address_count, sizeof(struct address),
                  address_order);
    }
    questions_free(q, watch);
}

/* --- aliases --- */

static void drop_tlsa(struct resolve_host *h)
{
    for (size_t i = 0; i < h->tlsa_count; i++)
        dane_tlsa_clear(&h->tlsa[i]);
    free(h->tlsa);
    h->tlsa = NULL;
    h->tlsa_count = 0;
}

/* Records stand under an alias's target first (RFC 7672 2.2.3). */
static bool take_alias_tlsa(struct resolve_host *h, const struct dns_answer *a)
{
    if (a->status == DNS_OK ? !a->secure : status_rank(a->status) < status_rank(DNS_OK))
        return true;
    drop_tlsa(h);
    return take_tlsa(h, a, h->canonical);
}

/* Those under its own name count where the alias is secure. Nobody delivers to it while that cannot
 * be learnt (RFC 7672 2.1.2, 2.2.2). */
static void take_cname(struct resolve_host *h, const struct dns_answer *a)
{
    bool failed = status_rank(a->status) > status_rank(DNS_OK);

    h->alias_secure = failed || (a->status == DNS_OK && a->secure);
    if (!failed)
        return;
    drop_tlsa(h);
    h->tlsa_status = a->status;
    text_format(h->tlsa_why, sizeof h->tlsa_why, "CNAME of the host: %s", a->why);
}

/* One look-up serves the twins, too. It came behind that of the addresses. */
static bool take_alias_answer(struct resolution *r, struct question *j)
{
    const struct dns_answer *a = questions_answer(j);

    for (size_t i = j->owner; i != RESOLVE_NONE; i = r->hosts[i].twin) {
        struct resolve_host *h = &r->hosts[i];
        int64_t before = h->us;

        if (!h->terms->tlsa)
            continue;
        if (j->type == DNS_CNAME)
            take_cname(h, a);
        else if (!take_alias_tlsa(h, a))
            return false;
        h->us = before + a->us;
    }
    return true;
}

/* An answer that is not secure tells nothing of the alias that it begins with (RFC 7672 2.1.3), so
 * that is asked for by itself, where its answer can be believed and there is somebody to deliver
 * to. */
static void add_alias_question(struct questions *q, const struct resolution *r, size_t i)
{
    const struct resolve_host *h = &r->hosts[i];

    if (!h->alias || h->first != i || !wants_tlsa(r, i))
        return;
    if (!h->secure && h->status == DNS_OK && r->trusted)
        text_copy(questions_add(q, i, DNS_CNAME)->name, DNS_NAME, h->name);
    else if (h->secure && !tlsa_name(h->canonical, h->port, questions_add(q, i, DNS_TLSA)->name))
        q->count--;
}

static void ask_aliases(const struct resolve_config *c, struct resolution *r,
                        struct pool_watch *watch)
{
    struct questions *q = r->failed ? NULL : resolve_questions(c, r->host_count);

    if (!q) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->host_count; i++)
        add_alias_question(q, r, i);
    questions_ask(q, watch);
    for (size_t i = 0; i < q->count && !r->failed; i++)
        r->failed = !take_alias_answer(r, &q->at[i]);
    questions_free(q, watch);
}

/* --- all of it --- */

void resolve_hosts(const struct resolve_config *c, struct resolution *r, struct pool_watch *watch)
{
    ask_hosts(c, r, watch);
    ask_aliases(c, r, watch);
}

void resolve_host_clear(struct resolve_host *h)
{
    drop_tlsa(h);
    free(h->name);
    free(h->addresses);
}
