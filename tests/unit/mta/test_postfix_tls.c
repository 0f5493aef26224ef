/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of one hop of smtp(8), with parameters and tables in memory. */
#include "mta/postfix_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit/mta/tables_fixture.h"
#include "unit/unit.h"

/* What Postfix has where main.cf has nothing; an earlier line counts. */
static const char defaults[] = "smtp_tls_enforce_peername = yes\n"
                               "smtp_tls_mandatory_protocols = >=TLSv1\n"
                               "smtp_tls_protocols = >=TLSv1.1\n"
                               "smtp_tls_mandatory_ciphers = medium\n"
                               "smtp_tls_ciphers = medium\n"
                               "smtp_tls_verify_cert_match = hostname\n"
                               "smtp_tls_secure_cert_match = nexthop, dot-nexthop\n"
                               "smtp_tls_fingerprint_digest = sha256\n"
                               "smtp_host_lookup = dns\n"
                               "smtp_dns_support_level = dnssec\n"
                               "tls_append_default_CA = yes\n";

#define MAPS "smtp_tls_policy_maps = t:\n"
#define SITE "smtp_tls_per_site = t:\n"
#define LEVEL(name) "smtp_tls_security_level = " name "\n"

static const struct {
    const char *settings, *lines;
    bool host; /* the hop is [mx1.a.test]:26; else a.test with mx1.a.test and mx2.a.test */
    int openssl;
    const char *want; /* level, names, digests; version; facts with key and text */
} cases[] = {
    /* the level */
    {"", "", false, 0, "none (smtp_tls_security_level)"},
    {LEVEL("may"), "", false, 0, "may (smtp_tls_security_level) >=302"},
    {LEVEL("none") "smtp_use_tls = yes\n", "", false, 0, "none (smtp_tls_security_level)"},
    {"smtp_use_tls = Yes\n", "", false, 0, "may (smtp_use_tls) >=302"},
    {"smtp_use_tls = yes\nsmtp_enforce_tls = yes\n", "", false, 0,
     "verify hostname (smtp_enforce_tls) >=301"},
    {"smtp_tls_enforce_peername = no\nsmtp_enforce_tls = yes\n", "", false, 0,
     "encrypt (smtp_enforce_tls) >=301"},
    {LEVEL("must"), "", false, 0,
     "none (smtp_tls_security_level) !parameter smtp_tls_security_level must"},
    {LEVEL("may") MAPS, "t: a.test none\n", false, 0, "none found (a.test)"},
    {LEVEL("may") MAPS, "t: .test encrypt\n", false, 0, "encrypt found (.test) >=301"},
    {LEVEL("may") MAPS, "t: .test encrypt\nt: a.test may\n", false, 0, "may found (a.test) >=302"},
    {LEVEL("may") MAPS, "t: [mx1.a.test]:26 encrypt\n", true, 0,
     "encrypt found ([mx1.a.test]:26) >=301"},
    {LEVEL("may") MAPS, "t: .a.test encrypt\nt: mx1.a.test encrypt\n", true, 0,
     "may (smtp_tls_security_level) >=302"},
    {LEVEL("may") MAPS, "t: a.test -\n", false, 0,
     "may (smtp_tls_security_level) >=302 !table a.test "},
    {LEVEL("may") MAPS, "t: .test -\n", false, 0,
     "may (smtp_tls_security_level) >=302 !table .test "},
    {LEVEL("may") MAPS, "t: a.test encrypt x\n", false, 0,
     "may found (a.test) >=302 !entry a.test x"},
    {LEVEL("may") "smtp_tls_policy_maps = t\n", "", false, 0,
     "may () !parameter smtp_tls_policy_maps "},
    /* by site */
    {SITE, "t: a.test MAY\n", false, 0, "may found (a.test) >=302"},
    {SITE, "t: a.test NONE\n", false, 0, "none found (a.test)"},
    {SITE, "t: a.test must\n", false, 0, "verify hostname found (a.test) >=301"},
    {SITE, "t: a.test MUST_NOPEERMATCH\n", false, 0, "encrypt found (a.test) >=301"},
    {SITE, "t: a.test NONE\nt: mx1.a.test MUST\nt: mx2.a.test MUST\n", false, 0,
     "verify hostname found (mx1.a.test) >=301"},
    {SITE, "t: a.test MAY\nt: mx1.a.test NONE\n", false, 0, "none found (mx1.a.test)"},
    {SITE, "t: a.test NONE\nt: mx1.a.test MAY\nt: mx2.a.test MAY\n", false, 0,
     "none found (a.test)"},
    {SITE, "t: a.test MUST\nt: mx1.a.test MUST_NOPEERMATCH\n", false, 0,
     "verify hostname found (a.test) >=301"},
    {SITE, "t: a.test MUST\nt: mx1.a.test NONE\nt: mx2.a.test MAY\n", false, 0,
     "verify hostname found (a.test) >=301"},
    {SITE, "t: mx1.a.test MUST\nt: mx2.a.test MUST_NOPEERMATCH\n", false, 0,
     "encrypt found (mx2.a.test) >=301"},
    {SITE, "t: a.test MUST\nt: mx1.a.test MUST\nt: mx2.a.test MUST\n", false, 0,
     "verify hostname found (a.test) >=301"},
    {SITE, "t: mx1.a.test MUST\n", false, 0, "none found (mx1.a.test)"},
    {LEVEL("encrypt") SITE, "t: a.test MAY\n", false, 0, "encrypt found (a.test) >=301"},
    {LEVEL("may") SITE, "t: a.test MAY\n", false, 0, "may found (a.test) >=302"},
    {LEVEL("encrypt") SITE, "t: a.test NONE\n", false, 0, "none found (a.test)"},
    {LEVEL("may") SITE, "t: mx2.a.test -\n", false, 0,
     "may (smtp_tls_security_level) >=302 !table mx2.a.test "},
    {LEVEL("may") SITE, "t: mx2.a.test SHALL\n", false, 0,
     "may (smtp_tls_security_level) >=302 !entry mx2.a.test SHALL"},
    {SITE, "t: mx1.a.test MUST\n", true, 0, "verify hostname found (mx1.a.test) >=301"},
    {LEVEL("may") SITE MAPS, "t: a.test encrypt\n", false, 0, "encrypt found (a.test) >=301"},
    /* names and digests */
    {LEVEL("secure"), "", false, 0, "secure nexthop dot-nexthop (smtp_tls_security_level) >=301"},
    {LEVEL("may") MAPS, "t: a.test secure match=x.test:.y.test\n", false, 0,
     "secure x.test .y.test found (a.test) >=301"},
    {LEVEL("verify") "smtp_tls_verify_cert_match = a:b #\n", "", false, 0,
     "verify a b # (smtp_tls_security_level) >=301 !comment smtp_tls_verify_cert_match "},
    {LEVEL("fingerprint"), "", false, 0,
     "fingerprint (smtp_tls_security_level) >=301 !parameter smtp_tls_fingerprint_cert_match "},
    {LEVEL("fingerprint") "smtp_tls_fingerprint_cert_match = AB:cd, 0\n", "", false, 0,
     "fingerprint sha256:abcd sha256:0 (smtp_tls_security_level) >=301"},
    {LEVEL("may") MAPS "smtp_tls_fingerprint_cert_match = ff\n", "t: a.test fingerprint match=AB\n",
     false, 0, "fingerprint sha256:ab found (a.test) >=301"},
    /* versions */
    {LEVEL("encrypt"), "", false, 3, "encrypt (smtp_tls_security_level) >=301"},
    {LEVEL("verify"), "", false, 2, "verify hostname (smtp_tls_security_level) >=301"},
    {LEVEL("verify"), "", false, 3, "verify hostname (smtp_tls_security_level) >=303"},
    {LEVEL("verify") "smtp_tls_mandatory_protocols = >=TLSv1.3\n", "", false, 3,
     "verify hostname (smtp_tls_security_level) >=304"},
    {LEVEL("encrypt") "smtp_tls_mandatory_protocols = x\n", "", false, 3,
     "encrypt (smtp_tls_security_level) !parameter smtp_tls_mandatory_protocols x"},
    {LEVEL("may") MAPS, "t: a.test encrypt protocols=>=TLSv1.2\n", false, 0,
     "encrypt found (a.test) >=303"},
    {LEVEL("may") MAPS, "t: a.test encrypt protocols=x\n", false, 0,
     "encrypt found (a.test) !entry a.test x"},
    /* cipher suites */
    {LEVEL("may") "smtp_tls_ciphers = x\n", "", false, 0,
     "may (smtp_tls_security_level) >=302 !parameter smtp_tls_ciphers x"},
    {LEVEL("encrypt") "smtp_tls_ciphers = x\nsmtp_tls_mandatory_ciphers = y\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !parameter smtp_tls_mandatory_ciphers y"},
    {LEVEL("may") MAPS, "t: a.test encrypt ciphers=x\n", false, 0,
     "encrypt found (a.test) >=301 !entry a.test x"},
    {LEVEL("encrypt") "smtp_tls_mandatory_ciphers = null\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301"},
    {LEVEL("verify") "smtp_tls_mandatory_ciphers = NULL\n", "", false, 0,
     "verify hostname (smtp_tls_security_level) >=301 !null smtp_tls_mandatory_ciphers "},
    {LEVEL("verify") "smtp_tls_mandatory_ciphers = null\nsmtp_tls_exclude_ciphers = x, eNULL\n", "",
     false, 0, "verify hostname (smtp_tls_security_level) >=301"},
    {LEVEL("verify") "smtp_tls_mandatory_ciphers = null\nsmtp_tls_exclude_ciphers = enull\n", "",
     false, 0, "verify hostname (smtp_tls_security_level) >=301 !null smtp_tls_mandatory_ciphers "},
    {LEVEL("verify") "smtp_tls_mandatory_ciphers = null\n"
                     "smtp_tls_mandatory_exclude_ciphers = NULL\n",
     "", false, 0, "verify hostname (smtp_tls_security_level) >=301"},
    {LEVEL("may") MAPS "smtp_tls_exclude_ciphers = NULL\n",
     "t: a.test verify ciphers=null:exclude=x\n", false, 0,
     "verify hostname found (a.test) >=301 !entry a.test null:exclude=x"},
    {LEVEL("may") MAPS "smtp_tls_exclude_ciphers = NULL\n",
     "t: a.test verify ciphers=null exclude=x\n", false, 0,
     "verify hostname found (a.test) >=301 !null a.test "},
    {LEVEL("may") MAPS, "t: a.test verify ciphers=null exclude=COMPLEMENTOFALL\n", false, 0,
     "verify hostname found (a.test) >=301"},
    /* TLS from the first byte */
    {LEVEL("encrypt") "smtp_tls_wrappermode = yes\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 wrapper"},
    {LEVEL("may") "smtp_tls_wrappermode = yes\n", "", false, 0,
     "may (smtp_tls_security_level) >=302 wrapper !parameter smtp_tls_wrappermode yes"},
    /* DNSSEC and STARTTLS */
    {LEVEL("dane"), "", false, 0, "dane (smtp_tls_security_level) >=301"},
    {LEVEL("dane-only") "smtp_dns_support_level = enabled\n", "", false, 0,
     "dane-only (smtp_tls_security_level) >=301 !dnssec smtp_dns_support_level "},
    {LEVEL("dane") "smtp_host_lookup = native\n", "", false, 0,
     "dane (smtp_tls_security_level) >=301 !dnssec smtp_host_lookup "},
    {LEVEL("dane") "smtp_host_lookup = native, DNS\n", "", false, 0,
     "dane (smtp_tls_security_level) >=301"},
    {LEVEL("dane") "ignore_mx_lookup_error = yes\n", "", false, 0,
     "dane (smtp_tls_security_level) >=301 !dnssec ignore_mx_lookup_error "},
    {LEVEL("dane") "smtp_dns_resolver_options = res_defnames\n", "", false, 0,
     "dane (smtp_tls_security_level) >=301 !dnssec smtp_dns_resolver_options "},
    {LEVEL("encrypt") "smtp_dns_support_level = enabled\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301"},
    {LEVEL("encrypt") "smtp_never_send_ehlo = yes\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !starttls smtp_never_send_ehlo "},
    {LEVEL("encrypt") "smtp_never_send_ehlo = yes\nsmtp_tls_wrappermode = yes\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 wrapper"},
    {LEVEL("encrypt") "smtp_discard_ehlo_keywords = dsn, STARTTLS\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !starttls smtp_discard_ehlo_keywords "},
    {LEVEL("encrypt") "smtp_discard_ehlo_keyword_address_maps = u:\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !not-followed "
     "smtp_discard_ehlo_keyword_address_maps "},
    /* CAs */
    {LEVEL("verify") "tls_append_default_CA = no\n", "", false, 0,
     "verify hostname (smtp_tls_security_level) >=301 !no-ca smtp_tls_CAfile "},
    {LEVEL("encrypt") "tls_append_default_CA = no\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301"},
    {LEVEL("verify") "tls_append_default_CA = no\nsmtp_tls_CApath = /none\n", "", false, 0,
     "verify hostname (smtp_tls_security_level) >=301 !ca-missing smtp_tls_CApath "},
    {LEVEL("encrypt") "smtp_tls_CAfile = /none\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !ca-missing smtp_tls_CAfile "},
    {LEVEL("verify") "tls_append_default_CA = no\nsmtp_tls_CAfile = /tmp\n", "", false, 0,
     "verify hostname (smtp_tls_security_level) >=301 !ca-denied smtp_tls_CAfile "},
    {LEVEL("encrypt") "smtp_tls_cert_file = /none/c\nsmtp_tls_key_file = /none/k\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !cert-missing smtp_tls_cert_file "},
    {LEVEL("encrypt") "smtp_tls_cert_file = none\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301"},
    {LEVEL("encrypt") "smtp_tls_chain_files = /dev/null, /none/c\n", "", false, 0,
     "encrypt (smtp_tls_security_level) >=301 !cert-missing smtp_tls_chain_files "},
};

static const char *const words[] = {
    [MTA_NOT_FOLLOWED] = "not-followed",
    [MTA_TABLE_FAILED] = "table",
    [MTA_CA_UNREADABLE] = "ca-denied",
    [MTA_ENTRY_MALFORMED] = "entry",
    [MTA_PARAMETER_MALFORMED] = "parameter",
    [MTA_CA_NONE] = "no-ca",
    [MTA_CA_MISSING] = "ca-missing",
    [MTA_CERT_MISSING] = "cert-missing",
    [MTA_DNSSEC_OFF] = "dnssec",
    [MTA_STARTTLS_DISCARDED] = "starttls",
    [MTA_LIST_COMMENT] = "comment",
    [MTA_CIPHERS_NULL] = "null",
};

static void show(const struct mta_hop *hop, char *out, size_t cap)
{
    const struct mta_policy *p = &hop->policy;

    text_copy(out, cap, p->level < 0 ? "none" : tls_policy_level_name((enum tls_level)p->level));
    for (size_t i = 0; i < p->match.count; i++)
        text_append(out, cap, " %s", p->match.at[i]);
    for (size_t i = 0; i < p->digests.count; i++)
        text_append(out, cap, " %s:%s", p->digest, p->digests.at[i]);
    text_append(out, cap, "%s (%s)", p->found ? " found" : "", p->source.key);
    if (p->min_version != 0)
        text_append(out, cap, " >=%x", (unsigned)p->min_version);
    text_append(out, cap, "%s", p->wrapper ? " wrapper" : "");
    for (size_t i = 0; i < hop->facts.count; i++) {
        const struct mta_fact *f = &hop->facts.at[i];

        text_append(out, cap, " !%s %s %s", words[f->code], f->source.key, f->text);
    }
}

START_TEST(policy)
{
    static const char *const hosts[] = {"mx1.a.test", "mx2.a.test"};
    struct mta_server server;
    struct postfix_instance instance = {.server = &server};
    struct postfix_service service = {.name = "smtp", .type = "unix", .command = "smtp"};
    struct postfix_tables tables = {.server = &server};
    const struct postfix_client c = {&instance, &service, &tables,          "",
                                     "smtp_",   307,      cases[_i].openssl};
    const struct postfix_destination domain = {"a.test", "a.test", true, hosts, 2},
                                     host = {"[mx1.a.test]:26", "mx1.a.test", false, hosts, 2};
    const struct postfix_destination *d = cases[_i].host ? &host : &domain;
    struct mta_route *route;
    struct mta_hop *hop;
    char asked[400] = "", got[1000];

    mta_facts_init(&server, MTA_POSTFIX, "/etc/postfix");
    text_init(&service.settings.output, 100000);
    text_addf(&service.settings.output, "%s%s", cases[_i].settings, defaults);
    ck_assert(postfix_settings_read(&service.settings));
    route = mta_facts_add_route(&server, 0, "p@a.test");
    hop = mta_facts_add_hop(&server, route);
    postfix_tls_find(&c, d);
    tables_answer(&tables, cases[_i].lines, asked, sizeof asked);
    ck_assert_int_ne(postfix_tls_find(&c, d), POSTFIX_PENDING);
    for (size_t i = 0; i < tables.count; i++)
        tables.at[i].failure = MTA_TABLE_FAILED;
    postfix_tls_fill(&c, d, hop);
    show(hop, got, sizeof got);
    ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%d: \"%s\", due \"%s\"", _i, got,
                  cases[_i].want);
    postfix_tables_free(&tables);
    free(service.settings.at);
    text_free(&service.settings.output);
    mta_facts_free(&server);
}
END_TEST

UNIT_CASE(postfix_tls, {policy, COUNT(cases)})
