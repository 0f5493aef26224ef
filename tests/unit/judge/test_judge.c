/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge.h"

#include <math.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "unit/judge/fixture.h"
#include "unit/unit.h"

/* --- confidence, as DESCRIPTION of check_smtp_tls(8) has it --- */

/* One letter a gateway: g all well, n no STARTTLS, u unreachable, h another name, t no handshake,
 * r greeting rejected, l greeting 421, 4 EHLO 421, i injection; its certificate: s self-signed,
 * w weak, x expired, e expiring. */
static void spoil(struct observation *o, char how)
{
    switch (how) {
    case 'n':
        fixture_no_starttls(o);
        break;
    case 'u':
        fixture_fail(o, STAGE_CONNECT, PROBE_FAILED, 0, "Connection refused");
        break;
    case 'h':
        fixture_no_names(o);
        break;
    case 't':
        fixture_fail(o, STAGE_TLS, PROBE_TLS, 0, "wrong version number");
        break;
    case 'r':
        fixture_fail(o, STAGE_GREETING, PROBE_REJECTED, 554, "554 go away");
        break;
    case 'l':
        fixture_fail(o, STAGE_GREETING, PROBE_REJECTED, 421, "421 later");
        break;
    case '4':
        fixture_fail(o, STAGE_EHLO, PROBE_REJECTED, 421, "421 later");
        break;
    case 'i':
        o->injected = 5;
        break;
    case 's':
        fixture_add_fault(&o->chain.pkix, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
        break;
    case 'w':
        fixture_add_fault(&o->chain.pkix, X509_V_ERR_EE_KEY_TOO_SMALL, 0);
        break;
    case 'x':
        o->chain.certs[0].not_after -= 201 * DAY;
        break;
    case 'e':
        o->chain.certs[0].not_after -= 180 * DAY;
        break;
    default:
        break;
    }
}

static const struct {
    const char *name;
    unsigned preferences[4];
    const char *gateways; /* one letter an address; a blank ends a gateway's */
    int confidence;
    enum state state;
} confidences[] = {
    {"reference: hella.com", {10, 10, 20}, "g g g", 100, STATE_OK},
    {"reference: without TLS", {10, 20}, "n n", 10, STATE_CRITICAL},
    {"one gateway", {10}, "g", 100, STATE_OK},
    {"name mismatch", {10}, "h", 70, STATE_CRITICAL},
    {"no handshake", {10}, "t", 40, STATE_CRITICAL},
    {"greeting rejected", {10}, "r", 4, STATE_CRITICAL},
    {"greeting 421", {10}, "l", 4, STATE_WARNING},
    {"unreachable", {10}, "u", 0, STATE_CRITICAL},
    {"all unreachable", {10, 20}, "u u", 0, STATE_CRITICAL},
    {"backup without TLS", {10, 20}, "g n", 70, STATE_CRITICAL},
    {"primary without TLS", {10, 20}, "n g", 40, STATE_CRITICAL},
    {"third without TLS", {10, 20, 30}, "g g n", 87, STATE_CRITICAL}, /* 160 / 1.75 = 87.1 */
    {"preferences count by rank, not by value", {0, 65535}, "g n", 70, STATE_CRITICAL},
    {"equal preferences share", {10, 10}, "g n", 55, STATE_CRITICAL},
    {"a shared preference weighs no more", {10, 20, 20}, "g n n", 70, STATE_CRITICAL},
    {"half of the second", {10, 20, 20}, "g g n", 85, STATE_CRITICAL},
    {"unreachable is left out", {10, 20}, "u g", 100, STATE_WARNING},
    {"unreachable backup is left out", {10, 20}, "g u", 100, STATE_WARNING},
    {"unreachable keeps its rank", {10, 20, 30}, "u g n", 70, STATE_CRITICAL},
    {"addresses are averaged", {10}, "gn", 55, STATE_CRITICAL},
    {"unreachable address is left out", {10}, "gu", 100, STATE_WARNING},
    {"three addresses", {10}, "gnh", 60, STATE_CRITICAL},
    {"addresses, then preferences", {10, 20}, "gn g", 70, STATE_CRITICAL},
};

static void arrange(struct fixture *f, const unsigned *preferences, const char *gateways)
{
    char name[32], address[32];
    size_t host = 0, h = 0, a = 0;
    int n = 0;

    fixture_open(f);
    fixture_target(f, TARGET_MAILBOX, "example.com", "info@example.com");
    for (const char *c = gateways; *c; c++) {
        if (c == gateways || *c == ' ') {
            snprintf(name, sizeof name, "mx%d.example.com", n);
            host = fixture_host(f, 0, name, preferences[n++]);
        }
        if (*c != ' ') {
            snprintf(address, sizeof address, "192.0.2.%d", (int)(c - gateways) + 1);
            fixture_address(f, host, address);
        }
    }
    fixture_plan(f);
    for (const char *c = gateways; *c; c++) {
        if (*c == ' ')
            h++, a = 0;
        else
            spoil(fixture_at(f, h, a++), *c);
    }
}

START_TEST(confidence)
{
    struct fixture f;

    arrange(&f, confidences[_i].preferences, confidences[_i].gateways);
    fixture_judge(&f);
    ck_assert_msg(f.verdict.confidence == confidences[_i].confidence, "%s: %d",
                  confidences[_i].name, f.verdict.confidence);
    ck_assert_int_eq(f.verdict.targets[0].confidence, confidences[_i].confidence);
    ck_assert_msg(f.verdict.state == confidences[_i].state, "%s: %s", confidences[_i].name,
                  state_name(f.verdict.state));
    fixture_close(&f);
}
END_TEST

START_TEST(lowest_of_targets)
{
    struct fixture f;

    fixture_domain(&f);
    fixture_target(&f, TARGET_DOMAIN, "example.net", NULL);
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_gateway(&f, 1, "mx.example.net", 10, "192.0.2.2");
    fixture_plan(&f);
    fixture_no_starttls(fixture_at(&f, 1, 0));
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.targets[0].confidence, 100);
    ck_assert_int_eq(f.verdict.targets[1].confidence, 10);
    ck_assert_int_eq(f.verdict.confidence, 10);
    ck_assert_int_eq(f.verdict.targets[0].state, STATE_OK);
    ck_assert_int_eq(f.verdict.targets[1].state, STATE_CRITICAL);
    ck_assert(f.verdict.gateways.all == 2 && f.verdict.gateways.ok == 1);
    fixture_close(&f);
}
END_TEST

/* --on is what a finding counts as, not what was seen. */
static const struct {
    char how;
    enum finding_code code;
    enum state on, want;
    int confidence;
} overrides[] = {
    {'n', F_STARTTLS_NOT_SUPPORTED, STATE_OK, STATE_OK, 10},
    {'n', F_STARTTLS_NOT_SUPPORTED, STATE_UNKNOWN, STATE_UNKNOWN, 10},
    {'h', F_CERTIFICATE_HOST_MISMATCH, STATE_WARNING, STATE_WARNING, 70},
    {'h', F_CERTIFICATE_HOST_MISMATCH, STATE_OK, STATE_OK, 70},
    {'l', F_THROTTLED, STATE_CRITICAL, STATE_CRITICAL, 4},
    {'e', F_CERTIFICATE_EXPIRING, STATE_CRITICAL, STATE_CRITICAL, 100},
};

START_TEST(on)
{
    struct fixture f;

    arrange(&f, (const unsigned[]){10}, (const char[]){overrides[_i].how, '\0'});
    f.policy.on[overrides[_i].code] = (int)overrides[_i].on;
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, overrides[_i].want);
    ck_assert_int_eq(f.verdict.confidence, overrides[_i].confidence);
    ck_assert_uint_eq(f.verdict.gateways.ok,
                      overrides[_i].want == STATE_OK || overrides[_i].want == STATE_WARNING);
    fixture_close(&f);
}
END_TEST

/* --- look-ups --- */

enum { NULL_MX = 1, LITERAL = 2, ALIAS = 4, IMPLICIT = 8, HOST = 16, NO_ADDRESS = 32 };

static const struct {
    const char *name;
    enum dns_status mx, address;
    unsigned what;
    int code; /* -1: none */
    enum state state;
    int confidence;
} lookups[] = {
    {"all well", DNS_OK, DNS_OK, 0, -1, STATE_OK, 100},
    {"NXDOMAIN", DNS_NXDOMAIN, DNS_OK, 0, F_DOMAIN_NOT_FOUND, STATE_CRITICAL, 0},
    {"MX lookup failed", DNS_FAILURE, DNS_OK, 0, F_DNS_FAILURE, STATE_UNKNOWN, 0},
    {"MX lookup bogus", DNS_BOGUS, DNS_OK, 0, F_DNSSEC_INVALID, STATE_CRITICAL, 0},
    {"null MX", DNS_OK, DNS_OK, NULL_MX, F_NULL_MX, STATE_CRITICAL, 0},
    {"no address at all", DNS_OK, DNS_NODATA, NO_ADDRESS, F_NO_ADDRESS, STATE_CRITICAL, 0},
    {"address NXDOMAIN", DNS_OK, DNS_NXDOMAIN, NO_ADDRESS, F_NO_ADDRESS, STATE_CRITICAL, 0},
    {"address failed", DNS_OK, DNS_FAILURE, NO_ADDRESS, F_DNS_FAILURE, STATE_UNKNOWN, 0},
    {"address bogus", DNS_OK, DNS_BOGUS, NO_ADDRESS, F_DNSSEC_INVALID, STATE_CRITICAL, 0},
    {"A answered, AAAA not", DNS_OK, DNS_FAILURE, 0, F_DNS_FAILURE, STATE_UNKNOWN, 100},
    {"MX is an address", DNS_OK, DNS_NODATA, NO_ADDRESS | LITERAL, F_NO_ADDRESS, STATE_CRITICAL, 0},
    {"MX is an alias", DNS_OK, DNS_OK, ALIAS, F_MX_IS_CNAME, STATE_WARNING, 100},
    {"host is an alias", DNS_OK, DNS_OK, ALIAS | HOST, -1, STATE_OK, 100}, /* no MX, no rule */
    {"domain is an alias", DNS_OK, DNS_OK, ALIAS | IMPLICIT, -1, STATE_OK, 100},
};

static void arrange_lookup(struct fixture *f, enum dns_status mx, enum dns_status address,
                           unsigned what)
{
    struct resolve_target *t = &f->r.targets[0];
    struct resolve_host *h = &f->r.hosts[0];

    t->status = mx;
    t->null_mx = what & NULL_MX;
    t->implicit = what & IMPLICIT;
    if (mx != DNS_OK || t->null_mx)
        t->mx_count = f->plan.targets[0].mx_count = 0;
    h->status = address;
    h->mx_literal = what & LITERAL;
    h->alias = what & ALIAS;
    if (h->alias)
        h->canonical = "a|b.example.net";
    if (what & NO_ADDRESS)
        h->address_count = 0;
    if (what & HOST)
        f->targets[0].kind = TARGET_HOST;
}

START_TEST(lookup)
{
    struct fixture f;
    size_t addresses;

    fixture_one(&f);
    addresses = f.r.hosts[0].address_count;
    arrange_lookup(&f, lookups[_i].mx, lookups[_i].address, lookups[_i].what);
    fixture_judge(&f);
    ck_assert_msg(f.verdict.state == lookups[_i].state, "%s: %s", lookups[_i].name,
                  state_name(f.verdict.state));
    ck_assert_int_eq(f.verdict.confidence, lookups[_i].confidence);
    ck_assert_uint_eq(f.verdict.findings.count, lookups[_i].code >= 0);
    if (lookups[_i].code >= 0) {
        ck_assert_int_eq(f.verdict.findings.at[0].code, lookups[_i].code);
        ck_assert(f.verdict.findings.at[0].headline[0]);
        ck_assert_ptr_null(strchr(f.verdict.findings.at[0].detail, '|'));
    }
    f.r.hosts[0].address_count = addresses;
    fixture_close(&f);
}
END_TEST

/* A host without address is a warning where another gateway is left. */
START_TEST(no_address_with_another_gateway)
{
    struct fixture f;

    fixture_domain(&f);
    fixture_host(&f, 0, "mx1.example.com", 10);
    f.r.hosts[0].status = DNS_NODATA;
    fixture_gateway(&f, 0, "mx2.example.com", 20, "192.0.2.1");
    fixture_plan(&f);
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, STATE_WARNING);
    ck_assert_int_eq(f.verdict.confidence, 100);
    ck_assert_int_eq(fixture_find(&f, F_NO_ADDRESS)->state, STATE_WARNING);
    ck_assert(f.verdict.gateways.all == 2 && f.verdict.gateways.ok == 2);
    fixture_close(&f);
}
END_TEST

/* --- reach --- */

static const struct {
    const char *name;
    enum stage stage;
    enum probe_fault fault; /* of every address */
    enum finding_code code;
    bool unreachable; /* no-gateway-reachable comes on top */
    enum state state;
} reaches[] = {
    {"refused", STAGE_CONNECT, PROBE_FAILED, F_CONNECTION_FAILED, true, STATE_CRITICAL},
    {"silent", STAGE_CONNECT, PROBE_SILENT, F_CONNECTION_FAILED, true, STATE_CRITICAL},
    {"no route", STAGE_CONNECT, PROBE_NO_ROUTE, F_FAMILY_UNAVAILABLE, true, STATE_CRITICAL},
    {"our side", STAGE_CONNECT, PROBE_LOCAL, F_NOT_PROBED, false, STATE_UNKNOWN},
    {"unfinished", STAGE_CONNECT, PROBE_UNFINISHED, F_CONNECTION_FAILED, true, STATE_CRITICAL},
    {"mute", STAGE_GREETING, PROBE_SILENT, F_CONNECTION_FAILED, true, STATE_CRITICAL},
    {"closed before the greeting", STAGE_GREETING, PROBE_CLOSED, F_CONNECTION_FAILED, true,
     STATE_CRITICAL},
    {"no SMTP", STAGE_GREETING, PROBE_NO_SMTP, F_GREETING_REJECTED, false, STATE_CRITICAL},
};

START_TEST(reach)
{
    struct fixture f;

    fixture_one(&f);
    fixture_fail(fixture_at(&f, 0, 0), reaches[_i].stage, reaches[_i].fault, 0, "why");
    fixture_judge(&f);
    ck_assert_msg(fixture_find(&f, reaches[_i].code) != NULL, "%s", reaches[_i].name);
    ck_assert_msg((fixture_find(&f, F_NO_GATEWAY_REACHABLE) != NULL) == reaches[_i].unreachable,
                  "%s", reaches[_i].name);
    ck_assert_int_eq(f.verdict.state, reaches[_i].state);
    fixture_close(&f);
}
END_TEST

/* One family without route, the other well: nobody is to be woken. */
START_TEST(one_family)
{
    struct fixture f;

    fixture_domain(&f);
    fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_address(&f, 0, "2001:db8::1");
    fixture_plan(&f);
    fixture_fail(fixture_at(&f, 0, 1), STAGE_CONNECT, PROBE_NO_ROUTE, 0, "Network is unreachable");
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, STATE_OK);
    ck_assert_int_eq(f.verdict.confidence, 100);
    fixture_close(&f);
}
END_TEST

START_TEST(not_begun)
{
    struct fixture f;
    struct observation *o;

    fixture_one(&f);
    o = fixture_at(&f, 0, 0);
    observation_clear(o);
    observation_init(o);
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, STATE_UNKNOWN);
    ck_assert_uint_eq(f.verdict.findings.count, 1);
    ck_assert_int_eq(f.verdict.findings.at[0].code, F_NOT_PROBED);
    ck_assert(f.verdict.gateways.all == 1 && f.verdict.gateways.ok == 0);
    fixture_close(&f);
}
END_TEST

/* --- levels and groups --- */

static const enum tls_level levels[] = {LEVEL_MAY,      LEVEL_ENCRYPT, LEVEL_FINGERPRINT,
                                        LEVEL_VERIFY,   LEVEL_SECURE,  LEVEL_DANE,
                                        LEVEL_DANE_ONLY};

static const struct {
    const char *name;
    char how;
    enum finding_code code;
    enum state states[COUNT(levels)]; /* at those levels; at the dane levels without records */
} groups[] = {
#define NEVER STATE_UNKNOWN /* stands for: no such finding at that level */
#define O STATE_OK
#define W STATE_WARNING
#define C STATE_CRITICAL
    {"mismatch", 'h', F_CERTIFICATE_HOST_MISMATCH, {O, O, NEVER, C, C, O, O}},
    {"untrusted", 's', F_CERTIFICATE_NOT_TRUSTED, {O, O, NEVER, C, C, O, O}},
    {"weak", 'w', F_CERTIFICATE_WEAK, {O, O, NEVER, C, C, O, O}},
    {"expired", 'x', F_CERTIFICATE_EXPIRED, {O, O, NEVER, C, C, O, O}},
    {"no STARTTLS", 'n', F_STARTTLS_NOT_SUPPORTED, {O, C, C, C, C, C, C}},
    {"no handshake", 't', F_TLS_HANDSHAKE_FAILED, {O, C, C, C, C, C, C}},
    {"injection", 'i', F_STARTTLS_INJECTION, {O, C, C, C, C, C, C}},
    {"421", '4', F_THROTTLED, {W, W, W, W, W, W, W}},
};

START_TEST(level)
{
    int group = _i / COUNT(levels), at = _i % COUNT(levels);
    enum state want = groups[group].states[at];
    static const char *const prints[] = {
        "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"};
    const struct finding *found;
    struct fixture f;

    fixture_one(&f);
    f.policy.level = levels[at];
    f.policy.fingerprints = prints;
    f.policy.fingerprint_count = 1;
    spoil(fixture_at(&f, 0, 0), groups[group].how);
    fixture_judge(&f);
    found = fixture_find(&f, groups[group].code);
    if (want == NEVER) {
        ck_assert_msg(!found || found->state == STATE_OK, "%s, level %s", groups[group].name,
                      tls_policy_level_name(levels[at]));
    } else {
        ck_assert_msg(found != NULL, "%s, level %s: no finding", groups[group].name,
                      tls_policy_level_name(levels[at]));
        ck_assert_msg(found->state == want, "%s, level %s: %s", groups[group].name,
                      tls_policy_level_name(levels[at]), state_name(found->state));
    }
    ck_assert_ptr_null(fixture_find(&f, F_FINGERPRINT_MISMATCH));
    fixture_close(&f);
}
END_TEST

/* --- latency: 1 + 2 ms of look-ups, 7 stages of 1 ms --- */

static const struct {
    enum stage stage;        /* STAGE_COUNT: all together */
    const char *warn, *crit; /* NULL: unset */
    enum state state;
} slows[] = {
    {STAGE_COUNT, NULL, NULL, STATE_OK},
    {STAGE_COUNT, "0.010", NULL, STATE_OK},
    {STAGE_COUNT, "0.0099", NULL, STATE_WARNING},
    {STAGE_COUNT, "0.005", "0.010", STATE_WARNING},
    {STAGE_COUNT, "0.005", "0.009", STATE_CRITICAL},
    {STAGE_COUNT, NULL, "0.009", STATE_CRITICAL},
    {STAGE_COUNT, "@0:1", NULL, STATE_WARNING},
    {STAGE_COUNT, "1:", NULL, STATE_WARNING},
    {STAGE_DNS, "0.003", NULL, STATE_OK},
    {STAGE_DNS, "0.0029", NULL, STATE_WARNING},
    {STAGE_CONNECT, "0.001", NULL, STATE_OK},
    {STAGE_CONNECT, "0.0005", NULL, STATE_WARNING},
    {STAGE_TLS, "0.0005", "0.0009", STATE_CRITICAL},
    {STAGE_MAIL, "0", NULL, STATE_OK},
};

START_TEST(slow)
{
    enum stage s = slows[_i].stage;
    struct fixture f;

    fixture_one(&f);
    if (slows[_i].warn)
        ck_assert(threshold_parse(slows[_i].warn,
                                  s == STAGE_COUNT ? &f.judge.warn : &f.judge.stage_warn[s]));
    if (slows[_i].crit)
        ck_assert(threshold_parse(slows[_i].crit,
                                  s == STAGE_COUNT ? &f.judge.crit : &f.judge.stage_crit[s]));
    fixture_judge(&f);
    ck_assert_int_eq(f.verdict.state, slows[_i].state);
    ck_assert_uint_eq(fixture_count(&f, F_SLOW), slows[_i].state != STATE_OK);
    ck_assert_int_eq(f.verdict.confidence, 100);
    if (s != STAGE_COUNT && slows[_i].state != STATE_OK)
        ck_assert_ptr_nonnull(strstr(f.verdict.findings.at[0].headline, stage_info(s)->name));
    fixture_close(&f);
}
END_TEST

/* --- several targets --- */

/* One gateway of two targets is judged once; where each has a name of its own, for each. */
static const struct {
    const char *match;
    size_t findings;
} shares[] = {{"hostname", 1}, {"nexthop", 2}};

START_TEST(shared_gateway)
{
    struct fixture f;
    size_t host;

    fixture_domain(&f);
    f.match[0] = shares[_i].match;
    fixture_target(&f, TARGET_DOMAIN, "example.net", NULL);
    host = fixture_gateway(&f, 0, "mx.example.com", 10, "192.0.2.1");
    fixture_host(&f, 1, "mx.example.com", 10);
    fixture_plan(&f);
    fixture_no_names(fixture_at(&f, host, 0));
    fixture_judge(&f);
    ck_assert_uint_eq(fixture_count(&f, F_CERTIFICATE_HOST_MISMATCH), shares[_i].findings);
    ck_assert_uint_eq(f.verdict.gateways.all, 1);
    ck_assert_int_eq(f.verdict.targets[0].state, STATE_CRITICAL);
    ck_assert_int_eq(f.verdict.targets[1].state, STATE_CRITICAL);
    fixture_close(&f);
}
END_TEST

START_TEST(no_memory_is_unknown)
{
    struct fixture f;

    fixture_one(&f);
    f.r.failed = true;
    f.facts = (struct facts){.resolution = &f.r, .plan = &f.plan, .observations = f.observed};
    judge_all(&f.judge, &f.facts, &f.verdict);
    judge_finish(&f.judge, &f.facts, &f.verdict);
    ck_assert(f.verdict.failed && f.verdict.state == STATE_UNKNOWN);
    fixture_close(&f);
}
END_TEST

UNIT_CASE(judge, {confidence, COUNT(confidences)}, {lowest_of_targets, 1}, {on, COUNT(overrides)},
          {lookup, COUNT(lookups)}, {no_address_with_another_gateway, 1}, {reach, COUNT(reaches)},
          {one_family, 1}, {not_begun, 1}, {level, COUNT(levels) * COUNT(groups)},
          {slow, COUNT(slows)}, {shared_gateway, COUNT(shares)}, {no_memory_is_unknown, 1})
