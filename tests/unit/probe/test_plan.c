/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/plan.h"

#include <stdio.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const struct plan_request *request_of(const struct fixture *f, size_t host, size_t address)
{
    return &f->plan.requests[f->plan.of_host[host][address]];
}

static bool has(const char *const *list, size_t count, const char *s)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], s) == 0)
            return true;
    }
    return false;
}

static bool is_pair(const char *const *list, size_t count, const char *a, const char *b)
{
    return count == 2 && has(list, 2, a) && has(list, 2, b);
}

/* Each request is in one lane, and no lane holds two addresses. */
static size_t check_lanes(const struct plan *p)
{
    size_t total = 0, lanes_here, most = 0;

    for (size_t l = 0; l < p->lane_count; l++) {
        const char *here = p->requests[p->lanes[l].requests[0]].address->text;

        ck_assert_uint_gt(p->lanes[l].count, 0);
        lanes_here = 0;
        for (size_t i = 0; i < p->lanes[l].count; i++) {
            ck_assert_str_eq(p->requests[p->lanes[l].requests[i]].address->text, here);
            total++;
        }
        for (size_t other = 0; other < p->lane_count; other++)
            lanes_here += strcmp(p->requests[p->lanes[other].requests[0]].address->text, here) == 0;
        most = lanes_here > most ? lanes_here : most;
    }
    ck_assert_uint_eq(total, p->request_count);
    return most;
}

START_TEST(nothing)
{
    struct fixture f;

    fixture_domain(&f);
    fixture_host(&f, 0, "mx.example.com", 10);
    fixture_plan(&f);
    ck_assert(f.plan.request_count == 0 && f.plan.lane_count == 0);
    fixture_close(&f);
}
END_TEST

START_TEST(one)
{
    struct fixture f;
    const struct plan_request *q;

    fixture_one(&f);
    q = request_of(&f, 0, 0);
    ck_assert_uint_eq(f.plan.request_count, 1);
    ck_assert_str_eq(q->sni, "mx.example.com");
    ck_assert_str_eq(q->address->text, "192.0.2.1");
    ck_assert_uint_eq(q->name_count, 1);
    ck_assert_str_eq(q->names[0], "mx.example.com");
    ck_assert(q->recipient_count == 0 && q->tlsa_count == 0 && q->dane_name_count == 0);
    ck_assert_uint_eq(check_lanes(&f.plan), 1);
    fixture_close(&f);
}
END_TEST

/* Two hosts at one address: their SNI keeps them apart, and where it does not, they share. */
static const struct {
    const char *sni;
    enum tls_level level;
    unsigned other_port; /* of the second host */
    size_t requests;
} shares[] = {
    {NULL, LEVEL_VERIFY, 25, 2},
    {"none", LEVEL_VERIFY, 25, 1},
    {"mail.example.net", LEVEL_VERIFY, 25, 1},
    {"none", LEVEL_VERIFY, 587, 2},
    {"none", LEVEL_DANE, 25, 2}, /* each has records of its own */
};

START_TEST(sharing)
{
    struct fixture f;
    size_t a, b;

    fixture_domain(&f);
    f.policy.sni = shares[_i].sni;
    f.policy.level = shares[_i].level;
    a = fixture_host(&f, 0, "a.example.com", 10);
    b = fixture_host(&f, 0, "b.example.com", 20);
    f.r.hosts[b].port = shares[_i].other_port;
    fixture_address(&f, a, "192.0.2.1");
    fixture_address(&f, b, "192.0.2.1");
    fixture_plan(&f);
    ck_assert_uint_eq(f.plan.request_count, shares[_i].requests);
    ck_assert_uint_eq(check_lanes(&f.plan), shares[_i].requests);
    if (shares[_i].requests == 1) {
        const struct plan_request *q = request_of(&f, a, 0);

        ck_assert_ptr_eq(q, request_of(&f, b, 0));
        ck_assert(is_pair(q->names, q->name_count, "a.example.com", "b.example.com"));
    }
    fixture_close(&f);
}
END_TEST

/* Two domains with the same gateway: one session, both recipients, both next-hops. */
START_TEST(two_domains_one_gateway)
{
    struct fixture f;
    const struct plan_request *q;
    size_t host;

    fixture_open(&f);
    f.match[0] = "nexthop";
    fixture_target(&f, TARGET_MAILBOX, "example.com", "a@example.com");
    fixture_target(&f, TARGET_MAILBOX, "example.net", "b@example.net");
    fixture_target(&f, TARGET_MAILBOX, "example.net", "b@example.net");
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_host(&f, 1, "mx.example.com", 10);
    fixture_host(&f, 2, "mx.example.com", 10);
    fixture_plan(&f);
    ck_assert_uint_eq(f.plan.request_count, 1);
    q = request_of(&f, host, 0);
    ck_assert(is_pair(q->names, q->name_count, "example.com", "example.net"));
    ck_assert(is_pair(q->recipients, q->recipient_count, "a@example.com", "b@example.net"));
    fixture_close(&f);
}
END_TEST

/* At most two concurrent sessions to one IP address, however many hosts point to it. */
START_TEST(lanes)
{
    struct fixture f;
    char name[32];

    fixture_domain(&f);
    for (int i = 0; i < 12; i++) {
        size_t host;

        snprintf(name, sizeof name, "mx%d.example.com", i);
        host = fixture_gateway(&f, 0, name, 10, "192.0.2.1");
        if (i < 5)
            fixture_address(&f, host, "2001:db8::1");
        if (i == 0)
            fixture_address(&f, host, "192.0.2.2");
    }
    fixture_plan(&f);
    ck_assert_uint_eq(f.plan.request_count, 18);
    ck_assert_uint_eq(check_lanes(&f.plan), 2);
    ck_assert_uint_eq(f.plan.lane_count, 5);
    for (size_t l = 0; l < f.plan.lane_count; l++)
        ck_assert_uint_le(f.plan.lanes[l].count, 6); /* dealt evenly */
    fixture_close(&f);
}
END_TEST

/* --- names --- */

static const struct {
    const char *entry, *want;
} entries[] = {
    {"hostname", "mx.example.com"},   {"nexthop", "example.net"},
    {"dot-nexthop", ".example.net"},  {"mail.example.org", "mail.example.org"},
    {".example.org", ".example.org"}, {"192.0.2.1", "192.0.2.1"},
};

START_TEST(match_entry)
{
    struct fixture f;
    char buf[DNS_NAME + 1];

    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, "example.net", NULL);
    fixture_host(&f, 0, "mx.example.com", 10);
    ck_assert_str_eq(plan_name(entries[_i].entry, &f.r.targets[0], &f.r.hosts[0], buf),
                     entries[_i].want);
    fixture_close(&f);
}
END_TEST

START_TEST(longest_nexthop)
{
    struct fixture f;
    char buf[DNS_NAME + 1], name[DNS_NAME];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fixture_open(&f);
    fixture_target(&f, TARGET_DOMAIN, name, NULL);
    fixture_host(&f, 0, "mx.example.com", 10);
    plan_name("dot-nexthop", &f.r.targets[0], &f.r.hosts[0], buf);
    ck_assert_uint_eq(strlen(buf), DNS_NAME);
    fixture_close(&f);
}
END_TEST

START_TEST(several_match_entries)
{
    struct fixture f;
    const struct plan_request *q;
    size_t host;

    fixture_domain(&f);
    f.match[0] = "nexthop";
    f.match[1] = "dot-nexthop";
    f.match[2] = "hostname";
    f.match[3] = "example.com"; /* once more */
    f.policy.match_count = 4;
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_plan(&f);
    q = request_of(&f, host, 0);
    ck_assert_uint_eq(q->name_count, 3);
    ck_assert_str_eq(q->names[0], "example.com");
    ck_assert_str_eq(q->names[1], ".example.com");
    ck_assert_str_eq(q->names[2], "mx.example.com");
    fixture_close(&f);
}
END_TEST

/* --- SNI, TLSA --- */

static const struct {
    const char *host, *sni, *want;
    bool literal;
} snis[] = {
    {"mx.example.com", NULL, "mx.example.com", false},
    {"mx.example.com", "none", NULL, false},
    {"mx.example.com", "other.example", "other.example", false},
    {"192.0.2.1", NULL, NULL, true}, /* RFC 6066 3: no literals */
    {"192.0.2.1", "other.example", "other.example", true},
    {"a\\032b.example.com", NULL, NULL, false}, /* no host name */
};

START_TEST(sni)
{
    struct fixture f;
    size_t host;

    fixture_open(&f);
    f.policy.sni = snis[_i].sni;
    fixture_target(&f, TARGET_HOST, snis[_i].host, NULL);
    host = fixture_host(&f, 0, snis[_i].host, 0);
    f.r.hosts[host].literal = snis[_i].literal;
    fixture_address(&f, host, "192.0.2.1");
    fixture_plan(&f);
    ck_assert_pstr_eq(request_of(&f, host, 0)->sni, snis[_i].want);
    fixture_close(&f);
}
END_TEST

static const struct {
    enum tls_level level;
    bool secure, tlsa_secure;
    size_t want;
    bool alias_secure;
} tlsas[] = {
    {LEVEL_DANE, true, true, 1, false},   {LEVEL_DANE_ONLY, true, true, 1, false},
    {LEVEL_DANE, false, true, 0, false},  {LEVEL_DANE, true, false, 0, false},
    {LEVEL_VERIFY, true, true, 0, false}, {LEVEL_DANE, false, true, 1, true},
    {LEVEL_DANE, false, false, 0, true},
};

START_TEST(tlsa)
{
    struct fixture f;
    const struct plan_request *q;
    size_t host;

    fixture_domain(&f);
    f.policy.level = tlsas[_i].level;
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_tlsa(&f, host, 3);
    f.r.hosts[host].secure = tlsas[_i].secure;
    f.r.hosts[host].alias_secure = tlsas[_i].alias_secure;
    f.r.hosts[host].tlsa_secure = tlsas[_i].tlsa_secure;
    f.r.hosts[host].tlsa_base = "base.example.com";
    fixture_plan(&f);
    q = request_of(&f, host, 0);
    ck_assert_uint_eq(q->tlsa_count, tlsas[_i].want);
    if (tlsas[_i].want == 0) {
        ck_assert_uint_eq(q->dane_name_count, 0);
    } else {
        ck_assert_str_eq(q->sni, "base.example.com"); /* RFC 7672 8.1 */
        ck_assert_uint_eq(q->dane_name_count, 3);
        ck_assert(has(q->dane_names, 3, "base.example.com") &&
                  has(q->dane_names, 3, "mx.example.com") && has(q->dane_names, 3, "example.com"));
    }
    fixture_close(&f);
}
END_TEST

/* RFC 7672 3.2.2: the base domain; with a secure MX record the next-hop, also behind its CNAMEs. */
static const struct {
    const char *base, *canonical;
    bool secure;
    size_t count;
    const char *names[4];
} dane_names[] = {
    {"mx.example.com", "", true, 2, {"mx.example.com", "example.com"}},
    {"mx.example.com", "", false, 1, {"mx.example.com"}},
    {"mx.example.com", "example.net", true, 3, {"mx.example.com", "example.com", "example.net"}},
    {"mx.example.com", "example.net", false, 1, {"mx.example.com"}},
    {"base.example.com",
     "example.net",
     true,
     4,
     {"base.example.com", "mx.example.com", "example.com", "example.net"}},
    {"base.example.com", "", false, 2, {"base.example.com", "mx.example.com"}},
};

START_TEST(dane_reference_names)
{
    struct fixture f;
    const struct plan_request *q;
    size_t host;

    fixture_domain(&f);
    f.policy.level = LEVEL_DANE;
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_tlsa(&f, host, 2);
    f.r.targets[0].secure = dane_names[_i].secure;
    if (*dane_names[_i].canonical)
        f.r.targets[0].canonical = dane_names[_i].canonical;
    f.r.hosts[host].tlsa_base = dane_names[_i].base;
    fixture_plan(&f);
    q = request_of(&f, host, 0);
    ck_assert_uint_eq(q->dane_name_count, dane_names[_i].count);
    for (size_t i = 0; i < q->dane_name_count; i++)
        ck_assert_str_eq(q->dane_names[i], dane_names[_i].names[i]);
    fixture_close(&f);
}
END_TEST

/* --- recipients --- */

static const struct {
    enum target_kind kind;
    const char *name, *recipient;
    bool postmaster, literal;
    const char *want; /* NULL: none */
} recipients[] = {
    {TARGET_DOMAIN, "mx.example.com", NULL, false, false, NULL},
    {TARGET_MAILBOX, "mx.example.com", "info@example.com", false, false, "info@example.com"},
    {TARGET_MAILBOX, "mx.example.com", "info@example.com", true, false, "info@example.com"},
    {TARGET_HOST, "mx.example.com", NULL, true, false, "postmaster@mx.example.com"},
    {TARGET_HOST, "192.0.2.1", NULL, true, true, "postmaster@[192.0.2.1]"},
    {TARGET_HOST, "2001:db8::1", NULL, true, true, "postmaster@[IPv6:2001:db8::1]"},
};

START_TEST(recipient)
{
    struct fixture f;
    const struct plan_request *q;
    size_t host;

    fixture_open(&f);
    f.policy.refuses_plaintext = recipients[_i].postmaster;
    fixture_target(&f, recipients[_i].kind, recipients[_i].name, recipients[_i].recipient);
    host = fixture_host(&f, 0, recipients[_i].name, 0);
    f.r.hosts[host].literal = recipients[_i].literal;
    fixture_address(&f, host, "192.0.2.1");
    fixture_plan(&f);
    q = request_of(&f, host, 0);
    ck_assert_uint_eq(q->recipient_count, recipients[_i].want != NULL);
    if (recipients[_i].want)
        ck_assert_str_eq(q->recipients[0], recipients[_i].want);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(plan, {nothing, 1}, {one, 1}, {sharing, COUNT(shares)}, {two_domains_one_gateway, 1},
          {lanes, 1}, {match_entry, COUNT(entries)}, {longest_nexthop, 1},
          {several_match_entries, 1}, {sni, COUNT(snis)}, {tlsa, COUNT(tlsas)},
          {dane_reference_names, COUNT(dane_names)}, {recipient, COUNT(recipients)})
