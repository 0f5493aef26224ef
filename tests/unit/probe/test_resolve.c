/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/resolve.h"

#include "probe/plan.h"

#include <stdio.h>
#include <string.h>

#include "unit/dns/names.h"
#include "unit/unit.h"

static const struct names_record zone[] = {
    {"example.com", DNS_MX, 20, "mx2.example.com"},
    {"example.com", DNS_MX, 10, "mx1.example.com"},
    {"*.example.com", DNS_MX, 10, "mx1.example.com"},
    {"example.net", DNS_MX, 10, "mx1.example.com"},
    {"*.nodata.com", DNS_A, 0, "192.0.2.7"},
    {"*.null.com", DNS_MX, 0, ""},
    {"*.fails.com", DNS_MX, 0, NULL},
    {"mx1.example.com", DNS_A, 0, "192.0.2.1"},
    {"mx2.example.com", DNS_A, 0, "192.0.2.2"},
    {"mx2.example.com", DNS_A, 0, "192.0.2.3"},
    /* aliases: secure all the way, secure to what is not, not secure, and what cannot be learnt */
    {"all.example.org", DNS_CNAME, NAMES_SECURE, "mx3.example.org"},
    {"half.example.org", DNS_CNAME, NAMES_SECURE, "mx4.example.org"},
    {"open.example.org", DNS_CNAME, 0, "mx4.example.org"},
    {"fails.example.org", DNS_CNAME, 0, NULL},
    {"fails.example.org", DNS_CNAME, NAMES_SECURE, "mx4.example.org"},
    {"empty.example.org", DNS_CNAME, 0, "mx5.example.org"},
    {"mx3.example.org", DNS_A, NAMES_SECURE, "192.0.2.4"},
    {"mx4.example.org", DNS_A, 0, "192.0.2.5"},
    {"mx5.example.org", DNS_MX, 0, "mx4.example.org"},
    {"_25._tcp.all.example.org", DNS_TLSA, NAMES_SECURE, ""},
    {"_25._tcp.half.example.org", DNS_TLSA, NAMES_SECURE, ""},
    {"_25._tcp.open.example.org", DNS_TLSA, NAMES_SECURE, ""},
    {"_25._tcp.fails.example.org", DNS_TLSA, NAMES_SECURE, ""},
    {"_25._tcp.mx4.example.org", DNS_TLSA, NAMES_SECURE, ""},
    {0},
};

static struct tls_policy ours, theirs, dane;

static void begin(struct tls_policy *t)
{
    tls_policy_default(t);
}

/* --- a zone's wildcard --- */

static const struct {
    const char *name;
    enum dns_status status;
    size_t mx_count;
    bool empty;
} wildcards[] = {
    {"*.example.com", DNS_OK, 1, false},    {"*.nodata.com", DNS_OK, 0, true},
    {"*.nowhere.com", DNS_OK, 0, true},     {"*.null.com", DNS_OK, 0, true},
    {"*.fails.com", DNS_FAILURE, 0, false},
};

START_TEST(wildcard)
{
    struct names *n = names_begin(zone);
    const struct target ask = {
        .kind = TARGET_WILDCARD, .name = wildcards[_i].name, .port = 25, .policy = &ours};
    struct resolution r;
    struct plan plan;

    begin(&ours);
    names_resolve(n, &ask, 1, &r);
    ck_assert_int_eq(r.targets[0].status, wildcards[_i].status);
    ck_assert_uint_eq(r.targets[0].mx_count, wildcards[_i].mx_count);
    ck_assert_uint_eq(r.host_count, wildcards[_i].mx_count); /* never "*.nodata.com" itself */
    ck_assert(!r.targets[0].null_mx && !r.targets[0].implicit);
    ck_assert(plan_make(&r, 1, &plan));
    ck_assert(plan_target_is_empty(&plan.targets[0]) == wildcards[_i].empty);
    plan_clear(&plan);
    ck_assert_uint_ge(names_asked(n, wildcards[_i].name, DNS_MX), 1);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* --- twins: a gateway under several terms --- */

START_TEST(twins_share_their_look_up)
{
    struct names *n = names_begin(zone);
    const struct target targets[] = {
        {.kind = TARGET_DOMAIN, .name = "example.com", .port = 25, .policy = &ours},
        {.kind = TARGET_DOMAIN, .name = "example.net", .port = 25, .policy = &ours},
        {.kind = TARGET_DOMAIN, .name = "example.com", .port = 25, .policy = &theirs},
        {.kind = TARGET_HOST, .name = "mx1.example.com", .port = 25, .policy = &theirs},
        {.kind = TARGET_HOST, .name = "mx1.example.com", .port = 26, .policy = &theirs},
    };
    struct resolution r;
    size_t mx1_ours, mx1_theirs;

    begin(&ours);
    begin(&theirs);
    names_resolve(n, targets, COUNT(targets), &r);
    ck_assert_uint_eq(r.host_count, 5); /* mx1 and mx2 under both, mx1 at another port */
    mx1_ours = r.targets[0].mx[0].host;
    mx1_theirs = r.targets[2].mx[0].host;
    ck_assert_str_eq(r.hosts[mx1_ours].name, "mx1.example.com");
    ck_assert_str_eq(r.hosts[mx1_theirs].name, "mx1.example.com");
    ck_assert(r.hosts[mx1_ours].policy == &ours && r.hosts[mx1_theirs].policy == &theirs);
    ck_assert_uint_eq(r.targets[1].mx[0].host, mx1_ours);
    ck_assert_uint_eq(r.targets[3].mx[0].host, mx1_theirs);
    ck_assert_uint_eq(r.hosts[mx1_ours].first, r.hosts[mx1_theirs].first);
    ck_assert_uint_eq(r.hosts[r.hosts[mx1_ours].first].duplicate,
                      mx1_ours + mx1_theirs - r.hosts[mx1_ours].first);
    for (size_t h = 0; h < r.host_count; h++) {
        if (strcmp(r.hosts[h].name, "mx1.example.com") == 0) {
            ck_assert_uint_eq(r.hosts[h].address_count, 1);
            ck_assert_str_eq(r.hosts[h].addresses[0].text, "192.0.2.1");
        }
    }
    ck_assert_uint_eq(r.hosts[r.targets[2].mx[1].host].address_count, 2);
    ck_assert_uint_eq(r.hosts[r.targets[4].mx[0].host].first, r.targets[4].mx[0].host);
    ck_assert_uint_eq(names_asked(n, "mx1.example.com", DNS_A), 2); /* and once for port 26 */
    ck_assert_uint_eq(names_asked(n, "mx2.example.com", DNS_A), 1);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* TLSA is asked for once where one of them wants it, and told to those that do. */
START_TEST(twins_and_tlsa)
{
    struct names *n = names_begin(zone);
    const struct target targets[] = {
        {.kind = TARGET_HOST, .name = "mx1.example.com", .port = 25, .policy = &ours},
        {.kind = TARGET_HOST, .name = "mx1.example.com", .port = 25, .policy = &dane},
        {.kind = TARGET_HOST, .name = "mx2.example.com", .port = 25, .policy = &ours},
    };
    struct resolution r;

    begin(&ours);
    begin(&dane);
    dane.level = LEVEL_DANE;
    dane.tlsa = true;
    names_resolve(n, targets, COUNT(targets), &r);
    ck_assert_uint_eq(names_asked(n, "_25._tcp.mx1.example.com", DNS_TLSA), 1);
    ck_assert_uint_eq(names_asked(n, "_25._tcp.mx2.example.com", DNS_TLSA), 0);
    ck_assert_int_eq(r.hosts[0].tlsa_status, DNS_NODATA);
    ck_assert_int_eq(r.hosts[1].tlsa_status, DNS_NXDOMAIN);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* --- aliases --- */

/* RFC 7672 2.2.2: whether an alias is secure is asked only where its addresses are not. */
static const struct {
    const char *name;
    struct tls_policy *policy;
    bool cname;     /* is asked for */
    size_t targets; /* questions for TLSA behind aliases, or at what is none */
    bool counts;
    enum dns_status tlsa;
    const char *base;
} aliases[] = {
    {"all.example.org", &dane, false, 1, true, DNS_OK, "all.example.org"},
    {"all.example.org", &ours, false, 0, true, DNS_NODATA, ""},
    {"half.example.org", &dane, true, 0, true, DNS_OK, "half.example.org"},
    {"half.example.org", &ours, false, 0, false, DNS_NODATA, ""},
    {"open.example.org", &dane, true, 0, false, DNS_OK, "open.example.org"},
    {"fails.example.org", &dane, true, 0, true, DNS_FAILURE, "fails.example.org"},
    {"empty.example.org", &dane, false, 0, false, DNS_NXDOMAIN, "empty.example.org"},
    {"mx3.example.org", &dane, false, 1, true, DNS_NXDOMAIN, "mx3.example.org"},
    {"mx4.example.org", &dane, false, 1, false, DNS_OK, "mx4.example.org"},
};

START_TEST(alias)
{
    struct names *n = names_begin(zone);
    const struct target ask = {
        .kind = TARGET_HOST, .name = aliases[_i].name, .port = 25, .policy = aliases[_i].policy};
    const struct resolve_host *h;
    struct resolution r;

    begin(&ours);
    begin(&dane);
    dane.tlsa = true;
    names_resolve(n, &ask, 1, &r);
    h = &r.hosts[0];
    ck_assert((names_asked(n, h->name, DNS_CNAME) > 0) == aliases[_i].cname);
    ck_assert_uint_eq(names_asked(n, "_25._tcp.mx3.example.org", DNS_TLSA) +
                          names_asked(n, "_25._tcp.mx4.example.org", DNS_TLSA),
                      aliases[_i].targets);
    ck_assert(resolve_tlsa_counts(h) == aliases[_i].counts);
    ck_assert_int_eq(h->tlsa_status, aliases[_i].tlsa);
    ck_assert_str_eq(h->tlsa_base, aliases[_i].base);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* One question for all twins, told to those that want TLSA. */
START_TEST(twins_of_an_alias)
{
    struct names *n = names_begin(zone);
    const struct target targets[] = {
        {.kind = TARGET_HOST, .name = "half.example.org", .port = 25, .policy = &ours},
        {.kind = TARGET_HOST, .name = "half.example.org", .port = 25, .policy = &dane},
    };
    struct resolution r;

    begin(&ours);
    begin(&dane);
    dane.tlsa = true;
    names_resolve(n, targets, COUNT(targets), &r);
    ck_assert_uint_eq(names_asked(n, "half.example.org", DNS_CNAME), 1);
    ck_assert(!resolve_tlsa_counts(&r.hosts[0]) && resolve_tlsa_counts(&r.hosts[1]));
    ck_assert(!r.hosts[0].secure && !r.hosts[1].secure);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* A literal is no MX host at that address. */
START_TEST(literals_are_apart)
{
    struct names *n = names_begin(zone);
    const struct target targets[] = {
        {.kind = TARGET_HOST, .name = "192.0.2.1", .port = 25, .policy = &ours},
        {.kind = TARGET_HOST, .name = "192.0.2.1", .port = 25, .policy = &theirs},
        {.kind = TARGET_DOMAIN, .name = "example.net", .port = 25, .policy = &ours},
    };
    struct resolution r;

    begin(&ours);
    begin(&theirs);
    names_resolve(n, targets, COUNT(targets), &r);
    ck_assert_uint_eq(r.host_count, 3);
    ck_assert(r.hosts[0].literal && r.hosts[1].literal && !r.hosts[2].literal);
    ck_assert_uint_eq(r.hosts[0].duplicate, 1);
    ck_assert_uint_eq(r.hosts[1].address_count, 1);
    ck_assert_uint_eq(names_asked(n, "192.0.2.1", DNS_A), 0);
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* Each policy has its own pair of gateways; they are found again, and lead from one to the next. */
START_TEST(many_policies)
{
    enum { MANY = 5000 };
    static struct tls_policy policies[MANY];
    static struct target targets[4 * MANY];
    struct names *n = names_begin(zone);
    struct resolution r;

    for (size_t i = 0; i < 4 * MANY; i++)
        targets[i] = (struct target){.kind = TARGET_HOST,
                                     .name = i % 2 == 0 ? "192.0.2.1" : "192.0.2.2",
                                     .port = 25,
                                     .policy = &policies[i / 4]};
    names_resolve(n, targets, COUNT(targets), &r);
    ck_assert_uint_eq(r.host_count, 2 * MANY);
    for (size_t i = 0; i < 4 * MANY; i++) {
        const struct resolve_host *h = &r.hosts[r.targets[i].mx[0].host];

        ck_assert_uint_eq(r.targets[i].mx[0].host, i / 4 * 2 + i % 2);
        ck_assert_uint_eq(h->first, i % 2);
        ck_assert_uint_eq(h->duplicate, i / 4 + 1 < MANY ? i / 4 * 2 + i % 2 + 2 : RESOLVE_NONE);
    }
    resolve_clear(&r);
    names_end(n);
}
END_TEST

/* --- addresses of a domain --- */

enum { GATEWAYS = 66, EACH = RESOLVE_ADDRESSES_MAX };

/* Fills `out`, which has room, with a domain of GATEWAYS gateways, g65 the best of them and the
 * last of the answer. It has 60 addresses, the others EACH. A second domain has all but the worst
 * two, and one more with the 4 addresses that are missing to RESOLVE_TARGET_MAX. */
static void fill_zone(struct names_record *out)
{
    static char hosts[GATEWAYS][16], texts[EACH][16];

    for (unsigned a = 0; a < EACH; a++)
        snprintf(texts[a], sizeof *texts, "192.0.2.%u", a);
    for (unsigned g = 0; g < GATEWAYS; g++) {
        snprintf(hosts[g], sizeof *hosts, "g%u.example", g);
        *out++ = (struct names_record){"more.example", DNS_MX, GATEWAYS - g, hosts[g]};
        if (g >= 2)
            *out++ = (struct names_record){"full.example", DNS_MX, GATEWAYS - g, hosts[g]};
        for (unsigned a = 0; a < (g == GATEWAYS - 1 ? 60 : EACH); a++)
            *out++ = (struct names_record){hosts[g], DNS_A, 0, texts[a]};
    }
    *out++ = (struct names_record){"full.example", DNS_MX, GATEWAYS, "last.example"};
    for (unsigned a = 0; a < 4; a++)
        *out++ = (struct names_record){"last.example", DNS_A, 0, texts[a]};
    *out = (struct names_record){0};
}

/* Expects that all gateways of a target have EACH addresses, but the best, which has 60, and those
 * from `from` on, which have the numbers in `rest`. */
static void addresses_are(const struct resolution *r, size_t from, const size_t *rest)
{
    const struct resolve_target *t = &r->targets[0];

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t count = m == 0 ? 60 : EACH;

        ck_assert_uint_eq(r->hosts[t->mx[m].host].address_count, m < from ? count : rest[m - from]);
    }
}

/* Up to the limit all addresses are kept. Beyond it the worst gateways lose theirs, and say so. */
START_TEST(addresses_of_a_domain)
{
    static struct names_record records[GATEWAYS * (EACH + 3)];
    struct target ask = {
        .kind = TARGET_DOMAIN, .name = "full.example", .port = 25, .policy = &ours};
    struct names *n;
    struct resolution r;

    fill_zone(records);
    n = names_begin(records);
    begin(&ours);
    names_resolve(n, &ask, 1, &r);
    ck_assert_uint_eq(r.host_count, GATEWAYS - 1);
    addresses_are(&r, GATEWAYS - 2, (const size_t[]){4});
    for (size_t h = 0; h < r.host_count; h++)
        ck_assert_int_eq(r.hosts[h].status, DNS_OK);
    resolve_clear(&r);
    ask.name = "more.example";
    names_resolve(n, &ask, 1, &r);
    ck_assert_uint_eq(r.host_count, GATEWAYS);
    addresses_are(&r, GATEWAYS - 2, (const size_t[]){4, 0});
    for (size_t m = 0; m < GATEWAYS; m++) {
        const struct resolve_host *h = &r.hosts[r.targets[0].mx[m].host];
        bool whole = m < GATEWAYS - 2;

        ck_assert_int_eq(h->status, whole ? DNS_OK : DNS_FAILURE);
        ck_assert_str_eq(h->why,
                         whole ? "NOERROR" : "the domain has more than 4096 addresses in all");
    }
    resolve_clear(&r);
    names_end(n);
}
END_TEST

UNIT_CASE(resolve, {many_policies, 1}, {wildcard, COUNT(wildcards)}, {twins_share_their_look_up, 1},
          {twins_and_tlsa, 1}, {alias, COUNT(aliases)}, {twins_of_an_alias, 1},
          {literals_are_apart, 1}, {addresses_of_a_domain, 1})
