/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/partners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/partner/partners_fixture.h"
#include "unit/tls/pki.h"
#include "unit/unit.h"

#define PARTNER "[a]\ndomains = a.test\ngateways = mx.a.test\n"

/* --- terms: the form's, which those of the command line beat --- */

static const char *const names[] = {"mail.test"};

static void show_terms(const struct tls_policy *t, char *out, size_t cap)
{
    text_format(out, cap, "%s %s", tls_policy_level_name(t->level), t->min_version_name);
    for (size_t i = 0; i < t->match_count; i++)
        text_append(out, cap, "%s%s", i ? "," : " ", t->match[i]);
    if (t->fingerprint_count > 0)
        text_append(out, cap, " %.4s", t->fingerprints[0]);
    if (t->tlsa)
        text_append(out, cap, " tlsa");
    if (t->on[F_SLOW] != STATE_DEFAULT)
        text_append(out, cap, " slow=%s", state_name((enum state)t->on[F_SLOW]));
}

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct {
    const char *fields;
    int level; /* of the command line, below 0: none given */
    bool version, match, on;
    const char *policy;
} of_terms[] = {
    {"", -1, false, false, false, "verify 1.2 hostname"},
    {"tls-level=may\n", -1, false, false, false, "may 1.2 hostname"},
    {"tls-level=secure\n", -1, false, false, false, "secure 1.2 nexthop,dot-nexthop"},
    {"tls-level=secure\nmatch=.a.test hostname\n", -1, false, false, false,
     "secure 1.2 .a.test,hostname"},
    {"tls-level=dane\n", -1, false, false, false, "dane 1.2 hostname tlsa"},
    {"tls-level=dane-only\nmin-tls=1.3\n", -1, false, false, false, "dane-only 1.3 hostname tlsa"},
    {"tls-level=fingerprint\nfingerprint=" HEX "\n", -1, false, false, false,
     "fingerprint 1.2 hostname 0011"},
    {"on=slow=critical\n", -1, false, false, false, "verify 1.2 hostname slow=CRITICAL"},
    {"", LEVEL_SECURE, false, false, false, "secure 1.2 nexthop,dot-nexthop"},
    {"tls-level=secure\n", LEVEL_VERIFY, false, false, false, "verify 1.2 hostname"},
    {"tls-level=dane\n", LEVEL_ENCRYPT, false, false, false, "encrypt 1.2 hostname"},
    {"tls-level=fingerprint\nfingerprint=" HEX "\n", LEVEL_VERIFY, false, false, false,
     "verify 1.2 hostname"},
    {"match=nexthop\n", -1, false, true, false, "verify 1.2 mail.test"},
    {"match=nexthop\n", LEVEL_DANE, false, false, false, "dane 1.2 nexthop tlsa"},
    {"min-tls=1.0\n", -1, true, false, false, "verify 1.3 hostname"},
    {"min-tls=1.0\n", -1, false, false, false, "verify 1.0 hostname"},
    {"on=slow=critical\n", -1, false, false, true, "verify 1.2 hostname slow=OK"},
};

START_TEST(outbound_terms)
{
    struct partners_fixture p;
    char form[400], shown[200];

    partners_fixture_open(&p);
    snprintf(form, sizeof form, PARTNER "%s", of_terms[_i].fields);
    partners_fixture_read(&p, form);
    if (of_terms[_i].level >= 0) {
        p.c.level_given = true;
        p.f.policy.level = (enum tls_level)of_terms[_i].level;
    }
    if (of_terms[_i].version) {
        p.c.min_version_given = true;
        p.f.policy.min_version = TLS1_3_VERSION;
        p.f.policy.min_version_name = "1.3";
    }
    if (of_terms[_i].match) {
        p.c.match_given = true;
        p.f.policy.match = names;
        p.f.policy.match_count = 1;
    }
    if (of_terms[_i].on)
        p.f.policy.on[F_SLOW] = STATE_OK;
    partners_fixture_make(&p);
    show_terms(&p.partners.runs[0].outbound, shown, sizeof shown);
    ck_assert_msg(strcmp(shown, of_terms[_i].policy) == 0, "%s: %s, expected %s",
                  of_terms[_i].fields, shown, of_terms[_i].policy);
    ck_assert(!p.partners.runs[0].outbound.refuses_plaintext);
    ck_assert_str_eq(p.partners.runs[0].outbound.sender, "");
    partners_fixture_close(&p);
}
END_TEST

static const struct {
    const char *own, *fields, *given;
    const char *outbound, *inbound; /* NULL: the gateway's own name */
} snis[] = {
    {"", "", NULL, NULL, NULL},
    {"", "", "given.test", "given.test", "given.test"},
    {"sni=none\n", "", NULL, "none", NULL},
    {"sni=ours.test\n", "", NULL, "ours.test", NULL},
    {"sni=ours.test\n", "", "none", "none", "none"},
    {"postfix=p\n", "", NULL, "none", NULL},
    {"postfix=p\nsni=ours.test\n", "", NULL, "ours.test", NULL},
    /* Postfix sends one with DANE, whatever it is told */
    {"sni=none\n", "tls-level=dane\n", NULL, NULL, NULL},
    {"postfix=p\n", "tls-level=dane-only\n", NULL, NULL, NULL},
    {"sni=ours.test\n", "tls-level=dane\n", NULL, "ours.test", NULL},
    {"sni=none\n", "tls-level=dane\n", "none", "none", "none"},
};

static void check_sni(const char *got, const char *due)
{
    ck_assert_msg(got == due || (got && due && strcmp(got, due) == 0), "%s, expected %s",
                  got ? got : "the gateway's", due ? due : "the gateway's");
}

START_TEST(sni)
{
    struct partners_fixture p;
    char form[400];

    partners_fixture_open(&p);
    p.f.policy.sni = snis[_i].given;
    snprintf(form, sizeof form, PARTNER "%s[own]\ngateways=mx.own.test\n%s", snis[_i].fields,
             snis[_i].own);
    partners_fixture_read(&p, form);
    partners_fixture_make(&p);
    check_sni(p.partners.runs[0].outbound.sni, snis[_i].outbound);
    check_sni(p.partners.runs[0].inbound[0].sni, snis[_i].inbound);
    partners_fixture_close(&p);
}
END_TEST

START_TEST(inbound_terms)
{
    struct partners_fixture p;
    const struct tls_policy *t;

    partners_fixture_open(&p);
    partners_fixture_read(&p, "[a]\ndomains=*.a.test\nsubdomains=b.a.test\ngateways=mx.a.test\n"
                              "tls-level=dane-only\nmatch=nexthop\nmin-tls=1.3\non=slow=ok\n"
                              "[own]\ngateways=mx.own.test\nrecipient=tls@own.test\n");
    partners_fixture_make(&p);
    for (int i = 0; i < 2; i++) {
        t = &p.partners.runs[0].inbound[i];
        ck_assert(t->refuses_plaintext && t->level == LEVEL_ENCRYPT && !t->tlsa);
        ck_assert(t->match_count == 1 && strcmp(t->match[0], "hostname") == 0);
        ck_assert_ptr_eq(t->trust, p.f.policy.trust);
        ck_assert_str_eq(t->recipient, "tls@own.test");
        ck_assert_str_eq(t->sender, i ? "postmaster@b.a.test" : "postmaster@a.test");
        ck_assert_int_eq(t->on[F_SLOW], STATE_OK);
    }
    partners_fixture_close(&p);
}
END_TEST

/* --- what is asked --- */

static const char full[] = "[a]\ndomains=a.test *.b.test\nsubdomains=c.b.test\n"
                           "gateways=mx.a.test [2001:db8::1]:26 192.0.2.1\n";
static const char both_ways[] = "[a]\ndomains=a.test b.test\ngateways=mx.a.test\n"
                                "[own]\ngateways=mx.own.test 192.0.2.9:26\n";

#define MTA "[own]\npostfix=/etc/postfix\n"
#define SENDERS "[a]\ndomains=*.a.test\nsubdomains=b.a.test\n"

static const struct {
    const char *form;
    bool outbound, inbound;
    const char *targets;
} of_asks[] = {
    {full, true, true,
     "domain a.test:25 domain b.test:25 domain c.b.test:25 wildcard *.b.test:25 host mx.a.test:25 "
     "host 2001:db8::1:26 host 192.0.2.1:25 "},
    {both_ways, true, true,
     "domain a.test:25 domain b.test:25 host mx.a.test:25 inbound mx.own.test:25 inbound "
     "192.0.2.9:26 inbound mx.own.test:25 inbound 192.0.2.9:26 "},
    {both_ways, true, false, "domain a.test:25 domain b.test:25 host mx.a.test:25 "},
    {both_ways, false, true,
     "inbound mx.own.test:25 inbound 192.0.2.9:26 inbound mx.own.test:25 inbound 192.0.2.9:26 "},
    {PARTNER "direction=outbound\n[own]\ngateways=mx.own.test\n", true, true,
     "domain a.test:25 host mx.a.test:25 "},
    {"[a]\ndomains=a.test\ndirection=inbound\n[own]\ngateways=mx.own.test\n", true, true,
     "inbound mx.own.test:25 "},
    {MTA SENDERS "gateways=mx.a.test\n", true, true,
     "domain a.test:25 domain b.a.test:25 wildcard *.a.test:25 host mx.a.test:25 "},
};

START_TEST(targets)
{
    static const char *const kinds[] = {"host", "domain", "mailbox", "wildcard", "name"};
    struct partners_fixture p;
    char shown[400] = "";

    partners_fixture_open(&p);
    partners_fixture_read(&p, of_asks[_i].form);
    p.c.outbound = of_asks[_i].outbound;
    p.c.inbound = of_asks[_i].inbound;
    partners_fixture_make(&p);
    for (size_t i = 0; i < p.partners.target_count; i++) {
        const struct target *a = &p.partners.targets[i];

        text_append(shown, sizeof shown, "%s %s:%u ",
                    a->role == TARGET_OWN_GATEWAY ? "inbound" : kinds[a->kind], a->name, a->port);
        ck_assert_uint_eq(a->partner, 0);
    }
    ck_assert_str_eq(shown, of_asks[_i].targets);
    ck_assert(p.partners.runs[0].first == 0 && p.partners.runs[0].count == p.partners.target_count);
    partners_fixture_close(&p);
}
END_TEST

/* Enough of them that every list grows, and no partner's terms move. */
START_TEST(many)
{
    enum { MANY = 300 };
    struct partners_fixture p;
    char form[200];

    partners_fixture_open(&p);
    for (int i = 0; i < MANY; i++) {
        snprintf(form, sizeof form, "[p%d]\ndomains=d%d.test\ngateways=mx%d.test\n%s", i, i, i,
                 i ? "" : "[own]\ngateways=mx.own.test\n");
        partners_fixture_read(&p, form);
    }
    p.c.port = 2525;
    partners_fixture_make(&p);
    ck_assert_uint_eq(p.partners.count, MANY);
    ck_assert_uint_eq(p.partners.target_count, 3 * MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct partner_run *m = &p.partners.runs[i];

        ck_assert(m->first == 3 * i && m->count == 3);
        ck_assert_ptr_eq(p.partners.targets[3 * i].policy, &m->outbound);
        ck_assert_ptr_eq(p.partners.targets[3 * i + 2].policy, &m->inbound[0]);
        ck_assert_uint_eq(p.partners.targets[3 * i].port, 2525);
        ck_assert_uint_eq(p.partners.targets[3 * i + 2].partner, i);
        snprintf(form, sizeof form, "postmaster@d%zu.test", i);
        ck_assert_str_eq(m->inbound[0].sender, form);
    }
    partners_fixture_close(&p);
}
END_TEST

START_TEST(only_one)
{
    struct partners_fixture p;

    partners_fixture_open(&p);
    partners_fixture_read(&p, PARTNER "[b]\ndomains=b.test\ngateways=mx.b.test\n");
    p.c.only = form_partner(&p.form, "b");
    partners_fixture_make(&p);
    ck_assert_uint_eq(p.partners.count, 1);
    ck_assert_str_eq(p.partners.runs[0].partner->id, "b");
    ck_assert_uint_eq(p.partners.target_count, 2);
    partners_fixture_close(&p);
}
END_TEST

/* --- our half and theirs --- */

static const struct {
    const char *form;
    enum partners_half half;
    const char *targets;
    size_t questions, clients;
} halves[] = {
    {MTA "gateways=mx.own.test\n" SENDERS "gateways=mx.a.test\n", PARTNERS_OWN,
     "name a.test name b.a.test name *.a.test host mx.own.test host mx.own.test ", 3, 0},
    {MTA "gateways=mx.own.test\n" SENDERS "gateways=mx.a.test\n", PARTNERS_NO_OWN,
     "domain a.test domain b.a.test wildcard *.a.test host mx.a.test ", 0, 0},
    {MTA SENDERS "direction=outbound\ngateways=mx.a.test\n", PARTNERS_BOTH,
     "domain a.test domain b.a.test wildcard *.a.test host mx.a.test ", 3, 0},
    {MTA "recipients=x@a.test y@a.test z@else.test\n" SENDERS "gateways=mx.a.test\n", PARTNERS_OWN,
     "name a.test name b.a.test name *.a.test ", 4, 0},
    {"[own]\nexim=default\n" SENDERS
     "direction=inbound\nsending-hosts=192.0.2.1 192.0.2.0/24 mx.test ::1\n",
     PARTNERS_OWN, "name a.test name b.a.test name *.a.test ", 0, 4},
};

START_TEST(half)
{
    static const char *const kinds[] = {"host", "domain", "mailbox", "wildcard", "name"};
    struct partners_fixture p;
    char shown[400] = "";

    partners_fixture_open(&p);
    partners_fixture_read(&p, halves[_i].form);
    p.c.half = halves[_i].half;
    partners_fixture_make(&p);
    for (size_t i = 0; i < p.partners.target_count; i++)
        text_append(shown, sizeof shown, "%s %s ", kinds[p.partners.targets[i].kind],
                    p.partners.targets[i].name);
    ck_assert_str_eq(shown, halves[_i].targets);
    ck_assert_uint_eq(p.partners.mta.question_count, halves[_i].questions);
    ck_assert_uint_eq(p.partners.mta.client_count, halves[_i].clients);
    partners_fixture_close(&p);
}
END_TEST

/* --- forms that cannot be followed --- */

static const struct {
    const char *form;
    bool outbound, inbound;
    const char *text;
} refused[] = {
    {"[x]\ndomains=x.test\ndirection=inbound\n", true, true,
     "forms/1.ini:1: direction: nothing to check: [own] names no gateways"},
    {"[x]\ndomains=x.test\ngateways=mx.x.test\n", false, true,
     "forms/1.ini:1: direction: nothing to check: [own] names no gateways"},
    {"\n[x]\ndomains=x.test\ngateways=mx.x.test\ndirection=outbound\n", false, true,
     "forms/1.ini:2: direction: outbound: nothing to check with --inbound"},
    {"[x]\ndomains=x.test\ndirection=inbound\n", true, false,
     "forms/1.ini:1: direction: inbound: nothing to check with --outbound"},
    {"[x]\ndomains=x.test\ngateways=mx.x.test\nca-file=no.pem\n", true, true,
     "forms/1.ini:1: ca-file: \"forms/no.pem\": No such file or directory"},
};

START_TEST(refusals)
{
    struct partners_fixture p;
    bool both = refused[_i].outbound && refused[_i].inbound;

    partners_fixture_open(&p);
    partners_fixture_read(&p, PARTNER);
    partners_fixture_read(&p, refused[_i].form);
    p.c.outbound = refused[_i].outbound;
    p.c.inbound = refused[_i].inbound;
    partners_fixture_make(&p);
    ck_assert_uint_eq(p.partners.count, refused[_i].outbound);
    ck_assert_uint_eq(p.partners.invalid_count, 2u - p.partners.count);
    ck_assert_str_eq(p.partners.invalid[p.partners.invalid_count - 1].text, refused[_i].text);
    if (both)
        ck_assert_str_eq(p.partners.runs[0].partner->id, "a");
    partners_fixture_close(&p);
}
END_TEST

/* One trust store for each file of roots, however many partners name it; none of a file without. */
START_TEST(roots)
{
    struct pki one = pki_make(&(struct pki_spec){.cn = "One", .ca = true}, NULL);
    struct partners_fixture p;
    char first[64], second[64], empty[64], form[800];
    const struct partner_run *m;

    pki_file(&one.x, 1, first);
    pki_file(&one.x, 1, second);
    unit_file("", 0, empty);
    partners_fixture_open(&p);
    snprintf(form, sizeof form,
             PARTNER "ca-file=%s\n[b]\ndomains=b.test\ngateways=mx.b.test\nca-file=%s\n"
                     "[c]\ndomains=c.test\ngateways=mx.c.test\nca-file=%s\n"
                     "[d]\ndomains=d.test\ngateways=mx.d.test\n"
                     "[e]\ndomains=e.test\ngateways=mx.e.test\nca-file=%s\n",
             first, second, first, empty);
    partners_fixture_read(&p, form);
    partners_fixture_make(&p);
    m = p.partners.runs;
    ck_assert(p.partners.count == 4 && p.partners.invalid_count == 1 &&
              p.partners.trust_count == 2);
    ck_assert_ptr_eq(m[0].outbound.trust, m[2].outbound.trust);
    ck_assert_ptr_ne(m[0].outbound.trust, m[1].outbound.trust);
    ck_assert_ptr_eq(m[3].outbound.trust, p.f.policy.trust);
    ck_assert_ptr_ne(m[0].outbound.trust, p.f.policy.trust);
    partners_fixture_close(&p);
    pki_free(&one);
    remove(first);
    remove(second);
    remove(empty);
}
END_TEST

/* --- declared gateways that an MX record leads to --- */

static const struct names_record zone[] = {
    {"a.test", DNS_MX, 10, "mx1.test"},  {"*.w.test", DNS_MX, 10, "mx2.test"},
    {"w.test", DNS_MX, 10, "mx1.test"},  {"mx1.test", DNS_A, 0, "192.0.2.1"},
    {"mx2.test", DNS_A, 0, "192.0.2.2"}, {"mx2.test", DNS_A, 0, "192.0.2.3"},
    {"mx3.test", DNS_A, 0, "192.0.2.4"}, {0},
};

static const struct {
    const char *domains, *gateways;
    const char *left; /* of the gateways */
} drops[] = {
    {"a.test", "mx1.test", ""},
    {"a.test", "mx1.test mx2.test", "mx2.test "},
    {"*.w.test", "mx1.test mx2.test mx3.test", "mx3.test "},
    {"*.w.test", "192.0.2.1 192.0.2.3", ""},
    {"a.test", "mx1.test:25 mx1.test:26", "mx1.test "},
    {"a.test", "192.0.2.1:26 192.0.2.4", "192.0.2.1 192.0.2.4 "},
    {"none.test", "mx1.test", "mx1.test "},
};

START_TEST(drop_found)
{
    struct partners_fixture p;
    char form[300], left[100] = "";

    partners_fixture_open(&p);
    /* another partner's MX record does not count */
    snprintf(form, sizeof form,
             "[a]\ndomains=%s\ngateways=%s\n[b]\ndomains=w.test\ngateways=mx1.test mx2.test "
             "mx3.test\n",
             drops[_i].domains, drops[_i].gateways);
    partners_fixture_read(&p, form);
    partners_fixture_probe(&p, zone);
    for (size_t t = 0; t < p.f.r.target_count; t++) {
        const struct plan_target *planned = &p.f.plan.targets[t];
        const struct target *target = planned->resolved->target;

        ck_assert(planned->left_out == (target->role == TARGET_DECLARED && planned->mx_count == 0));
        if (target->partner == 0 && target->role == TARGET_DECLARED && planned->mx_count > 0)
            text_append(left, sizeof left, "%s ", target->name);
    }
    ck_assert_str_eq(left, drops[_i].left);
    partners_fixture_close(&p);
}
END_TEST

START_TEST(profile_once)
{
    static const char text[] = "[profile]\ndocument = A\nedition = 1\ndate = 2026-11-30\n";
    struct partners_profiles profiles = {0};
    char path[64], same[64], other[64];
    const struct tls_profile *first, *second;
    struct error e = {0};

    unit_file(text, sizeof text - 1, path);
    unit_file(text, sizeof text - 1, other);
    memcpy(same, path, sizeof same);
    first = partners_profiles_get(&profiles, path, &e);
    ck_assert_msg(first, "%s", e.text);
    second = partners_profiles_get(&profiles, other, &e);
    ck_assert(second && second != first);
    ck_assert_ptr_eq(partners_profiles_get(&profiles, same, &e), first);
    ck_assert_ptr_eq(partners_profiles_get(&profiles, other, &e), second);
    ck_assert_uint_eq(profiles.count, 2);
    unlink(path);
    unlink(other);
    ck_assert_ptr_null(partners_profiles_get(&profiles, "/nowhere/at/all.ini", &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    ck_assert_uint_eq(profiles.count, 2);
    partners_profiles_clear(&profiles);
    ck_assert_uint_eq(profiles.count, 0);
}
END_TEST

UNIT_CASE(partners, {profile_once, 1}, {outbound_terms, COUNT(of_terms)}, {sni, COUNT(snis)},
          {inbound_terms, 1}, {targets, COUNT(of_asks)}, {half, COUNT(halves)}, {many, 1},
          {only_one, 1}, {refusals, COUNT(refused)}, {roots, 1}, {drop_found, COUNT(drops)})
