/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_lookup.h"

#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

/* Whether the level of j->policy is dane-only and the MX set is not secure, which no host can make
 * good (RFC 7672 2.2.1). False where there is no MX host, or the resolver cannot tell. */
static bool lacks_secure_mx(const struct judge *j, const struct plan_target *t)
{
    if (t->resolved->secure || t->resolved->plain || t->mx_count == 0)
        return false;
    return j->policy->level == LEVEL_DANE_ONLY && j->facts->resolution->trusted;
}

/* Adds that the lookup failed on our side: no resolver could be sent to. `why` is clean and follows
 * "our resolver ". */
static void judge_refused(struct judge *j, struct judge_place at, const char *why)
{
    char headline[FINDING_HEADLINE];

    text_format(headline, sizeof headline, "our resolver %s", why);
    judge_find(j, at,
               &(struct judge_found){
                   F_DNS_FAILURE, STAGE_DNS, headline,
                   "expected a resolver that answers, by /etc/resolv.conf or --resolver"});
}

/* Adds that the target of at.target, which is `t`, has a null MX record; the caller has checked
 * that. If there are other MX records, Exim uses them, but Postfix returns the mail. */
static void judge_null_mx(struct judge *j, struct judge_place at, const struct resolve_target *t)
{
    struct judge_words w;

    if (t->mx_count > 0) {
        text_copy(w.headline, sizeof w.headline,
                  "null MX record beside other MX records: Postfix returns all mail");
        text_format(w.detail, sizeof w.detail,
                    "expected either a null MX record or others, seen MX %u . beside MX %u %s (RFC "
                    "7505 3)",
                    t->null_preference, t->mx[0].preference,
                    j->facts->resolution->hosts[t->mx[0].host].shown);
    } else {
        text_copy(w.headline, sizeof w.headline, "domain accepts no mail: null MX record");
        text_format(w.detail, sizeof w.detail, "expected a gateway, seen MX %u . (RFC 7505)",
                    t->null_preference);
    }
    judge_find_words(j, at, F_NULL_MX, STAGE_DNS, &w);
}

void judge_lookup_target(struct judge *j, size_t target)
{
    const struct plan_target *planned = &j->facts->plan->targets[target];
    const struct resolve_target *t = planned->resolved;
    struct judge_place at = {target, FINDING_NONE, FINDING_NONE};

    if (t->null_mx)
        judge_null_mx(j, at, t);
    else if (t->status == DNS_NXDOMAIN)
        judge_find(j, at,
                   &(struct judge_found){F_DOMAIN_NOT_FOUND, STAGE_DNS, "domain does not exist",
                                         "expected MX records, seen NXDOMAIN"});
    else if (t->status == DNS_BOGUS)
        judge_find(j, at,
                   &(struct judge_found){F_DNSSEC_INVALID, STAGE_DNS,
                                         "MX lookup fails DNSSEC validation", t->why});
    else if (t->status == DNS_FAILURE && t->refused)
        judge_refused(j, at, t->why);
    else if (t->status == DNS_FAILURE)
        judge_find(j, at,
                   &(struct judge_found){F_DNS_FAILURE, STAGE_DNS, "MX lookup failed", t->why});
    if (lacks_secure_mx(j, planned))
        judge_find(j, at,
                   &(struct judge_found){F_DANE_REQUIRED, STAGE_DNS,
                                         "MX records are not secured by DNSSEC",
                                         "expected an answer with AD"});
}

/* Adds that the gateway of at.host, which is `h`, has no address; the caller has checked that.
 * CRITICAL where `unreachable` of the gateway's verdict is set, OK for a placeholder, else WARNING.
 * With -4 or -6 it may have an address of the other family. at.target must be set. */
static void judge_no_address(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    const struct resolution *r = j->facts->resolution;
    struct judge_found found = {F_NO_ADDRESS, STAGE_DNS, "host has no address",
                                "expected A or AAAA, seen neither"};
    enum state state = STATE_WARNING;

    if (h->mx_literal) {
        found.headline = "MX record names no host";
        found.detail = "expected a host name (RFC 5321 5.1)";
    } else if (r->targets[at.target].implicit) {
        found.headline = "domain has neither MX record nor address";
        found.detail = "expected MX, A or AAAA, seen none";
    } else if (h->has_mx) {
        found.headline = "host has MX records, but no address: it is a domain";
        if (r->targets[at.target].target->role == TARGET_ASKED)
            found.headline = "host has MX records, but no address: use -d";
    } else if (h->status == DNS_NXDOMAIN) {
        found.detail = "expected A or AAAA, seen NXDOMAIN";
    } else if (r->no_aaaa) {
        found.headline = "host has no IPv4 address";
        found.detail = "expected A, seen none; the resolver option no-aaaa forbids AAAA questions";
    } else if (r->family == AF_INET) {
        found.headline = "host has no IPv4 address";
        found.detail = "expected A, seen none";
    } else if (r->family == AF_INET6) {
        found.headline = "host has no IPv6 address";
        found.detail = "expected AAAA, seen none";
    }
    if (j->v->hosts[at.host].unreachable)
        state = STATE_CRITICAL;
    else if (resolve_is_placeholder(h))
        state = STATE_OK;
    judge_find_as(j, at, state, &found);
}

/* Adds why the addresses of a gateway are not known, or that it has none. Adds nothing where it has
 * addresses. `h` is the host of at.host; at.target must be set. */
static void judge_addresses(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    if (h->status == DNS_BOGUS)
        judge_find(j, at,
                   &(struct judge_found){F_DNSSEC_INVALID, STAGE_DNS,
                                         "address lookup fails DNSSEC validation", h->why});
    else if (h->status == DNS_FAILURE && h->refused)
        judge_refused(j, at, h->why);
    else if (h->status == DNS_FAILURE)
        judge_find(
            j, at,
            &(struct judge_found){F_DNS_FAILURE, STAGE_DNS, "address lookup failed", h->why});
    else if (h->address_count == 0)
        judge_no_address(j, at, h);
}

/* Adds that an MX record names an alias (RFC 2181 10.3), `h`, the gateway of at.host. Does nothing
 * where it is none, or is a host that was asked for, which may be one. at.target must be set. */
static void judge_alias(struct judge *j, struct judge_place at, const struct resolve_host *h)
{
    const struct resolve_target *t = &j->facts->resolution->targets[at.target];
    char canonical[256], detail[FINDING_DETAIL];

    if (!h->alias || t->target->kind == TARGET_HOST || t->implicit)
        return;
    text_clean(canonical, sizeof canonical, h->canonical, strlen(h->canonical));
    text_format(detail, sizeof detail, "expected a name with addresses, seen an alias of %s",
                canonical);
    judge_find(j, at,
               &(struct judge_found){F_MX_IS_CNAME, STAGE_DNS, "MX host is an alias", detail});
}

bool judge_lookup_is_whole(const struct resolution *r, size_t first, size_t end)
{
    size_t count = 0;

    for (size_t t = first; t < end; t++) {
        const struct resolve_target *target = &r->targets[t];

        if (target->status == DNS_FAILURE || target->status == DNS_BOGUS)
            return false;
        if (target->target->role == TARGET_PARTNER_DOMAIN)
            count += target->mx_count;
    }
    return count > 0;
}

void judge_lookup_host(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];

    judge_addresses(j, at, h);
    judge_alias(j, at, h);
}
