/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_partners.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/partner/partners_fixture.h"
#include "unit/unit.h"

static const struct names_record zone[] = {
    {"a.test", DNS_MX, 10, "mx1.test"},   {"b.test", DNS_MX, 10, "mx1.test"},
    {"b.test", DNS_MX, 20, "mx2.test"},   {"w.test", DNS_MX, 10, "mx1.test"},
    {"*.w.test", DNS_MX, 10, "mx2.test"}, {"many.test", DNS_MX, 10, "m1.test"},
    {"many.test", DNS_MX, 10, "m2.test"}, {"many.test", DNS_MX, 10, "m3.test"},
    {"many.test", DNS_MX, 10, "m4.test"}, {"many.test", DNS_MX, 10, "m5.test"},
    {"many.test", DNS_MX, 10, "m6.test"}, {"many.test", DNS_MX, 10, "m7.test"},
    {"bare.test", DNS_A, 0, "192.0.2.9"}, {"empty.test", DNS_TXT, 0, NULL},
    {"null.test", DNS_MX, 0, ""},         {"fails.test", DNS_MX, 0, NULL},
    {"mx1.test", DNS_A, 0, "192.0.2.1"},  {"mx2.test", DNS_A, 0, "192.0.2.2"},
    {"mx2.test", DNS_A, 0, "192.0.2.3"},  {"mx3.test", DNS_A, 0, "192.0.2.4"},
    {"own.test", DNS_A, 0, "192.0.2.5"},  {0},
};

/* --- the MX set --- */

static const struct {
    const char *domains, *gateways;
    const char *found; /* "code gateway: detail" each */
} mx_sets[] = {
    {"a.test", "mx1.test", ""},
    {"a.test b.test", "mx1.test mx2.test", ""},
    {"*.w.test", "mx1.test mx2.test", ""},
    {"b.test", "192.0.2.1 192.0.2.2 192.0.2.3", ""},
    {"b.test", "mx1.test",
     "mx-undeclared mx2.test: expected mx1.test, seen mx2.test [192.0.2.2, 192.0.2.3], "
     "preference 20\n"},
    {"a.test b.test", "mx2.test",
     "mx-undeclared mx1.test: expected mx2.test, seen mx1.test [192.0.2.1], preference 10\n"
     "mx-undeclared mx1.test: expected mx2.test, seen mx1.test [192.0.2.1], preference 10\n"},
    {"b.test", "mx1.test 192.0.2.2",
     "mx-undeclared mx2.test: expected mx1.test, 192.0.2.2, seen mx2.test [192.0.2.2, "
     "192.0.2.3], preference 20\n"},
    {"a.test", "mx1.test:26",
     "mx-undeclared mx1.test: expected mx1.test port 26, seen mx1.test [192.0.2.1], preference "
     "10\n"
     "mx-missing mx1.test: expected it in the MX records of a.test, seen mx1.test\n"},
    {"a.test b.test", "mx1.test mx2.test mx3.test",
     "mx-missing mx3.test: expected it in the MX records of a.test or of another domain, seen "
     "mx1.test, mx2.test\n"},
    {"*.w.test", "mx1.test",
     "mx-undeclared mx2.test: expected mx1.test, seen mx2.test [192.0.2.2, 192.0.2.3], "
     "preference 10\n"},
    {"many.test", "m1.test m2.test m3.test m4.test m5.test m6.test m7.test mx1.test",
     "mx-missing mx1.test: expected it in the MX records of many.test, seen m1.test, m2.test, "
     "m3.test, m4.test, m5.test, m6.test and more\n"},
    {"a.test bare.test", "mx1.test",
     "mx-undeclared bare.test: expected mx1.test, seen no MX record: mail goes to bare.test "
     "itself\n"},
    {"a.test bare.test", "mx1.test bare.test", ""},
    {"a.test empty.test", "mx1.test", ""}, /* no-address */
    {"a.test gone.test", "mx1.test", ""},  /* domain-not-found */
    {"null.test", "mx1.test", ""},
    {"gone.test", "mx1.test mx2.test", ""},
    {"a.test fails.test", "mx1.test mx2.test", ""}, /* mx2 may be in what did not come */
};

static void show(const struct partners_fixture *p, char *out, size_t cap)
{
    const struct finding_list *l = &p->f.verdict.findings;

    *out = '\0';
    for (int code = F_MX_UNDECLARED; code <= F_MX_MISSING; code++) {
        for (size_t i = 0; i < l->count; i++) {
            if ((int)l->at[i].code == code)
                text_append(out, cap, "%s %s: %s\n", finding_code_info(l->at[i].code)->code,
                            p->f.r.hosts[l->at[i].host].name, l->at[i].detail);
        }
    }
}

START_TEST(mx_set)
{
    struct partners_fixture p;
    char form[300], shown[1000];

    partners_fixture_open(&p);
    snprintf(form, sizeof form, "[a]\ndomains=%s\ngateways=%s\n", mx_sets[_i].domains,
             mx_sets[_i].gateways);
    partners_fixture_read(&p, form);
    partners_fixture_judge(&p, zone);
    show(&p, shown, sizeof shown);
    ck_assert_msg(strcmp(shown, mx_sets[_i].found) == 0, "%s, %s:\n%s", mx_sets[_i].domains,
                  mx_sets[_i].gateways, shown);
    partners_fixture_close(&p);
}
END_TEST

/* --- names and issuers --- */

struct seen {
    const char *cn, *name;            /* of the leaf */
    const char *ca_cn, *ca_o, *ca_ou; /* of its issuer */
};

static const struct seen usual = {"mx1.test", "www.test", "First CA", "First Ltd", "Unit"};

static void serve(struct observation *o, const struct seen *s)
{
    struct cert_facts *leaf = &o->chain.certs[0], *ca = &o->chain.certs[1];

    leaf->cn = s->cn;
    leaf->names = calloc(1, sizeof *leaf->names);
    leaf->names[0] = s->name;
    leaf->name_count = 1;
    leaf->issuer_cn = s->ca_cn;
    ca->cn = s->ca_cn;
    ca->organization = s->ca_o;
    ca->unit = s->ca_ou;
}

static const struct {
    const char *fields;
    bool name, issuer; /* changed */
} rules[] = {
    {"", false, false},
    {"certificate-cn=mx1.test\n", false, false},
    {"certificate-cn=MX1.Test\n", false, false},
    {"certificate-cn=www.test\n", false, false}, /* a DNS name */
    {"certificate-cn=a.test WWW.test\n", false, false},
    {"certificate-cn=a.test b.test\n", true, false},
    {"certificate-cn=mx1.tes\n", true, false},
    {"certificate-cn=mx1.test.\n", true, false},
    {"issuer=First CA\n", false, false},
    {"issuer=  first   ca \n", false, false},
    {"issuer=first\tCA\n", false, false},
    {"issuer=FirstCA\n", false, true},
    {"issuer=First\n", false, true},
    {"issuer=First CA 2\n", false, true},
    {"issuer=First Ltd\n", false, false},
    {"issuer=UNIT\n", false, false},
    {"issuer=Root\n", false, false}, /* any of the path above the leaf */
    {"issuer=mx1.test\n", false, true},
    {"issuer=Other\nissuer=First CA\n", false, false},
    {"issuer=Other\ncertificate-cn=other.test\n", true, true},
};

START_TEST(rule)
{
    struct partners_fixture p;
    char form[300];
    const struct finding *found;

    partners_fixture_open(&p);
    snprintf(form, sizeof form, "[a]\ndomains=a.test\ngateways=mx1.test\n%s", rules[_i].fields);
    partners_fixture_read(&p, form);
    partners_fixture_probe(&p, zone);
    serve(fixture_at(&p.f, partners_fixture_host(&p, "a", "mx1.test"), 0), &usual);
    fixture_judge(&p.f);
    ck_assert_uint_eq(fixture_count(&p.f, F_CERTIFICATE_CN_CHANGED), rules[_i].name);
    ck_assert_uint_eq(fixture_count(&p.f, F_ISSUER_CHANGED), rules[_i].issuer);
    ck_assert_uint_eq(p.f.verdict.findings.count, (size_t)rules[_i].name + rules[_i].issuer);
    if ((found = fixture_find(&p.f, F_CERTIFICATE_CN_CHANGED))) {
        ck_assert_str_eq(found->headline, "certificate name changed to mx1.test");
        ck_assert_int_eq(found->state, STATE_WARNING);
    }
    if ((found = fixture_find(&p.f, F_ISSUER_CHANGED)))
        ck_assert_str_eq(found->headline, "certificate issuer changed to First CA");
    partners_fixture_close(&p);
}
END_TEST

#define DECLARED "[a]\ndomains=a.test\ngateways=mx1.test\nissuer=First CA\n"

/* The state, at a level and pinned or not; certificates do not count at every one. */
static const struct {
    const char *fields;
    enum state state;
} pinned[] = {
    {"", STATE_WARNING},
    {"pinned=no\n", STATE_WARNING},
    {"pinned=yes\n", STATE_CRITICAL},
    {"pinned=yes\non=issuer-changed=unknown\n", STATE_UNKNOWN},
    {"pinned=no\ntls-level=encrypt\n", STATE_OK},
    {"pinned=yes\ntls-level=secure\nmatch=hostname\n", STATE_CRITICAL},
};

START_TEST(pin)
{
    struct seen other = usual;
    struct partners_fixture p;
    char form[300];

    other.ca_cn = "Next CA";
    partners_fixture_open(&p);
    snprintf(form, sizeof form, DECLARED "%s", pinned[_i].fields);
    partners_fixture_read(&p, form);
    partners_fixture_probe(&p, zone);
    serve(fixture_at(&p.f, partners_fixture_host(&p, "a", "mx1.test"), 0), &other);
    fixture_judge(&p.f);
    ck_assert_int_eq(fixture_find(&p.f, F_ISSUER_CHANGED)->state, pinned[_i].state);
    partners_fixture_close(&p);
}
END_TEST

/* If the path could not be built, only the name of the issuer is known. */
START_TEST(unfinished_path)
{
    struct partners_fixture p;
    struct observation *o;

    for (int i = 0; i < 4; i++) {
        struct seen s = usual;

        s.ca_cn = i % 2 ? "Next CA" : "First CA";
        partners_fixture_open(&p);
        partners_fixture_read(&p, DECLARED);
        partners_fixture_probe(&p, zone);
        o = fixture_at(&p.f, partners_fixture_host(&p, "a", "mx1.test"), 0);
        serve(o, &s);
        o->chain.certs[1].path = o->chain.certs[2].path = 0;
        if (i < 2)
            fixture_add_fault(&o->chain.pkix, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0);
        fixture_judge(&p.f);
        /* with no fault the leaf is an anchor itself, and nobody vouches for what it says */
        ck_assert_uint_eq(fixture_count(&p.f, F_ISSUER_CHANGED), i == 0 ? 0 : 1);
        ck_assert_uint_eq(fixture_count(&p.f, F_CERTIFICATE_NOT_TRUSTED), i < 2 ? 1 : 0);
        partners_fixture_close(&p);
    }
}
END_TEST

/* --- a renewal under way --- */

static const struct {
    bool changed[2], shown[2];
    size_t found;
    const char *headline;
} renewals[] = {
    {{false, false}, {true, true}, 0, NULL},
    {{true, false}, {true, true}, 1, "renewal at 1 of 2 addresses, to another issuer: Next CA"},
    {{false, true}, {true, true}, 1, "renewal at 1 of 2 addresses, to another issuer: Next CA"},
    {{true, true}, {true, true}, 2, "certificate issuer changed to Next CA"},
    {{true, false}, {true, false}, 1, "certificate issuer changed to Next CA"},
    {{true, false}, {false, true}, 0, NULL},
};

START_TEST(renewal)
{
    struct partners_fixture p;
    size_t host;

    partners_fixture_open(&p);
    partners_fixture_read(&p, "[a]\ndomains=b.test\ngateways=mx1.test mx2.test\nissuer=First CA\n");
    partners_fixture_probe(&p, zone);
    serve(fixture_at(&p.f, partners_fixture_host(&p, "a", "mx1.test"), 0), &usual);
    host = partners_fixture_host(&p, "a", "mx2.test");
    for (size_t a = 0; a < 2; a++) {
        struct seen s = usual;

        s.ca_cn = renewals[_i].changed[a] ? "Next CA" : "First CA";
        serve(fixture_at(&p.f, host, a), &s);
        if (!renewals[_i].shown[a])
            fixture_fail(fixture_at(&p.f, host, a), STAGE_CONNECT, PROBE_SILENT, 0, "");
    }
    fixture_judge(&p.f);
    ck_assert_uint_eq(fixture_count(&p.f, F_ISSUER_CHANGED), renewals[_i].found);
    if (renewals[_i].headline)
        ck_assert_str_eq(fixture_find(&p.f, F_ISSUER_CHANGED)->headline, renewals[_i].headline);
    ck_assert_uint_eq(fixture_count(&p.f, F_CERTIFICATES_DIFFER), 0);
    partners_fixture_close(&p);
}
END_TEST

/* --- gateways that no MX record leads to --- */

static const struct {
    const char *domains, *gateways;
    bool unused;
    enum state state;
} unreachable[] = {
    {"a.test", "mx1.test mx3.test", true, STATE_WARNING},
    {"fails.test", "mx3.test", false, STATE_CRITICAL},
    {"a.test fails.test", "mx1.test mx3.test", false, STATE_CRITICAL},
    {"a.test", "mx1.test nowhere.test", true, STATE_WARNING},
    {"fails.test", "nowhere.test", false, STATE_CRITICAL},
};

START_TEST(unused)
{
    struct partners_fixture p;
    char form[300];
    size_t last, host;

    partners_fixture_open(&p);
    snprintf(form, sizeof form, "[a]\ndomains=%s\ngateways=%s\n", unreachable[_i].domains,
             unreachable[_i].gateways);
    partners_fixture_read(&p, form);
    partners_fixture_probe(&p, zone);
    last = p.f.r.target_count - 1;
    host = p.f.r.targets[last].mx[0].host;
    if (p.f.r.hosts[host].address_count > 0)
        fixture_fail(fixture_at(&p.f, host, 0), STAGE_CONNECT, PROBE_SILENT, 0, "");
    fixture_judge(&p.f);
    ck_assert(p.f.verdict.targets[last].unused == unreachable[_i].unused);
    ck_assert(!p.f.verdict.targets[0].unused);
    ck_assert_int_eq(p.f.verdict.state, unreachable[_i].state);
    partners_fixture_close(&p);
}
END_TEST

/* --- each partner's verdict --- */

START_TEST(rows)
{
    struct partners_fixture p;
    const struct partner_verdict *a, *b;
    size_t host;

    partners_fixture_open(&p);
    partners_fixture_read(
        &p, "[a]\ndomains=a.test\ngateways=mx1.test\n"
            "[b]\ndomains=b.test a.test\ngateways=mx1.test mx2.test\nissuer=First CA\n"
            "[own]\ngateways=own.test\n");
    partners_fixture_probe(&p, zone);
    /* ours expires first, but is not the partners' */
    host = p.partners.runs[0].first + p.partners.runs[0].count - 1;
    host = p.f.r.targets[host].mx[0].host;
    fixture_at(&p.f, host, 0)->chain.certs[0].not_after = p.f.judge.now + 50 * DAY;
    fixture_at(&p.f, partners_fixture_host(&p, "b", "mx2.test"), 1)->chain.certs[0].not_after =
        p.f.judge.now + 100 * DAY;
    fixture_judge(&p.f);
    ck_assert_uint_eq(p.f.verdict.partner_count, 2);
    a = &p.f.verdict.partners[0];
    b = &p.f.verdict.partners[1];
    ck_assert(a->state == STATE_OK && b->state == STATE_WARNING);
    ck_assert_uint_eq(a->finding_count, 0);
    ck_assert_int_eq(verdict_partner_finding(&p.f.verdict, 1, 0)->code, F_ISSUER_CHANGED);
    ck_assert_uint_gt(p.f.verdict.findings.count, 1);
    ck_assert_uint_eq(b->finding_count, p.f.verdict.findings.count);
    for (size_t i = 0; i < p.f.verdict.findings.count; i++)
        ck_assert_ptr_eq(verdict_partner_finding(&p.f.verdict, 1, i), &p.f.verdict.findings.at[i]);
    ck_assert(a->gateways.all == 2 && a->gateways.ok == 2 && a->gateways.by_state[0] == 2);
    ck_assert(b->gateways.all == 3 && b->gateways.ok == 3); /* ours once for two senders */
    ck_assert_uint_eq(b->gateways.by_state[STATE_WARNING], 2);
    ck_assert_double_eq_tol(a->soonest->expiry.days, 200, 0.01);
    ck_assert_double_eq_tol(b->soonest->expiry.days, 100, 0.01);
    ck_assert_uint_eq(p.f.verdict.gateways.all, 3); /* shared ones once */
    ck_assert_int_eq(p.f.verdict.state, STATE_WARNING);
    partners_fixture_close(&p);
}
END_TEST

/* A gateway that is shared counts at its worst, and its session is one. */
START_TEST(shared)
{
    struct partners_fixture p;
    size_t a, b;

    partners_fixture_open(&p);
    partners_fixture_read(
        &p, "[a]\ndomains=a.test\ngateways=mx1.test\ntls-level=may\ndirection=outbound\n"
            "[b]\ndomains=a.test\ngateways=mx1.test\ndirection=outbound\n"
            "[c]\ndomains=a.test\ngateways=mx1.test\nmin-tls=1.3\ndirection=outbound\n"
            "[d]\ndomains=a.test\ngateways=mx1.test\ntls-level=dane\n"
            "direction=outbound\n");
    partners_fixture_probe(&p, zone);
    a = partners_fixture_host(&p, "a", "mx1.test");
    b = partners_fixture_host(&p, "b", "mx1.test");
    ck_assert_ptr_eq(fixture_at(&p.f, a, 0), fixture_at(&p.f, b, 0));
    ck_assert_uint_eq(p.f.plan.request_count, 3); /* a and b; TLS 1.3 alone; DANE */
    fixture_no_starttls(fixture_at(&p.f, a, 0));
    fixture_judge(&p.f);
    ck_assert_int_eq(p.f.verdict.partners[0].state, STATE_OK);
    ck_assert_int_eq(p.f.verdict.partners[1].state, STATE_CRITICAL);
    ck_assert_int_eq(p.f.verdict.partners[2].state, STATE_OK);
    ck_assert(p.f.verdict.gateways.all == 1 && p.f.verdict.gateways.ok == 0);
    partners_fixture_close(&p);
}
END_TEST

/* Whatever a form's path is, what is wrong with it is said. */
START_TEST(invalid_form)
{
    static const size_t lengths[] = {1, 158, 159, 160, 255};
    size_t len = lengths[_i];
    char text[256];
    struct partners_fixture p;
    const struct finding *found;

    memset(text, 'd', len);
    text[len - 1] = '!';
    text[len] = '\0';
    partners_fixture_open(&p);
    partners_fixture_read(&p, "[a]\ndomains=a.test\ngateways=mx1.test\n");
    ck_assert(partners_add_invalid(&p.partners, text));
    partners_fixture_judge(&p, zone);
    found = fixture_find(&p.f, F_FORM_INVALID);
    ck_assert_uint_eq(found->target, FINDING_NONE);
    ck_assert_str_eq(found->detail, len < FINDING_HEADLINE ? "" : text);
    if (len < FINDING_HEADLINE)
        ck_assert_str_eq(found->headline, text);
    ck_assert_int_eq(p.f.verdict.partners[0].state, STATE_OK);
    ck_assert_int_eq(p.f.verdict.state, STATE_UNKNOWN);
    partners_fixture_close(&p);
}
END_TEST

UNIT_CASE(judge_partners, {mx_set, COUNT(mx_sets)}, {rule, COUNT(rules)}, {pin, COUNT(pinned)},
          {unfinished_path, 1}, {renewal, COUNT(renewals)}, {unused, COUNT(unreachable)}, {rows, 1},
          {shared, 1}, {invalid_form, 5})
