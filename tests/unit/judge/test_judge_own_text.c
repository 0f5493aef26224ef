/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own_text.h"

#include "judge/judge_own_exim.h"
#include "unit/unit.h"

static const struct {
    const char *reply;
    bool names_tls;
} replies[] = {
    {"550 Must issue a STARTTLS command first", true},
    {"550 no Tls", true},
    {"550 Encryption required", true},
    {"550 relay not permitted", false},
    {"", false},
};

START_TEST(refusal)
{
    ck_assert_int_eq(judge_own_text_names_tls(replies[_i].reply), replies[_i].names_tls);
}
END_TEST

static const struct {
    struct mta_source source;
    const char *want;
} sources[] = {
    {{"", 0, "", ""}, ""},
    {{"/m.cf", 0, "k", "v"}, "k = v in /m.cf"},
    {{"/m.cf", 0, "k", ""}, "k (empty) in /m.cf"},
    {{"transport t", 0, "k", ""}, "k (empty) in transport t"},
    {{"router r", 0, "k", "v"}, "k = v in router r"},
    {{"hash:/t", 0, "k", "v"}, "k v in hash:/t"},
    {{"hash:/t", 0, "k", ""}, "k in hash:/t"},
    {{"hash:/t", 1, "k", "v"}, "k v in hash:/t:1"},
    {{"/m.cf", 0, "", ""}, "/m.cf"},
    {{"", 0, "k", "v"}, "k v"},
};

START_TEST(source)
{
    char got[300];

    judge_own_text_source(&sources[_i].source, got, sizeof got);
    ck_assert_str_eq(got, sources[_i].want);
}
END_TEST

#define RIGHTS "add the monitoring user to group Debian-exim, or run the whole plugin by sudo"

static const struct {
    enum mta_kind kind;
    enum mta_fact_code code;
    struct mta_source source;
    const char *text, *headline, *detail;
} unknown[] = {
    {MTA_POSTFIX,
     MTA_PROGRAM_MISSING,
     {"", 0, "postconf", ""},
     "",
     "our Postfix cannot be asked: postconf is not installed on this machine",
     "expected postconf in /usr/sbin, /usr/bin or /usr/local; run the check with --own on the mail "
     "server, and with --no-own here"},
    {MTA_EXIM,
     MTA_PROGRAM_DENIED,
     {"", 0, "exim", ""},
     "",
     "our Exim cannot be asked: our user may not run exim",
     "run the whole plugin by sudo, or add the monitoring user to the program's group"},
    {MTA_POSTFIX,
     MTA_PROGRAM_TIMEOUT,
     {"", 0, "postconf", ""},
     "",
     "our Postfix cannot be asked: no answer from postconf in time",
     "run postconf by hand as the monitoring user; raise -t where it only needs longer"},
    {MTA_POSTFIX,
     MTA_PROGRAM_TOO_LONG,
     {"", 0, "postconf", ""},
     "",
     "our Postfix cannot be asked: postconf writes without end",
     "run postconf by hand as the monitoring user"},
    {MTA_POSTFIX,
     MTA_PROGRAM_LEFT,
     {"", 0, "postmap", "12"},
     "",
     "postmap (process 12) could not be ended and runs on",
     "it runs as root; end it by hand if it does not end by itself"},
    {MTA_POSTFIX,
     MTA_PROGRAM_FAILED,
     {"", 0, "postconf", "status 75"},
     "no",
     "our Postfix cannot be asked: postconf failed",
     "status 75: no; run postconf by hand as the monitoring user"},
    {MTA_POSTFIX,
     MTA_TABLE_FAILED,
     {"hash:/t", 0, "a.test", ""},
     "no",
     "a table of our Postfix gives no answer: hash:/t",
     "asked for a.test, seen \"no\"; correct the table, or start the daemon that it asks"},
    {MTA_POSTFIX,
     MTA_TABLE_FAILED,
     {"hash:/t", 0, "", ""},
     "no",
     "a table of our Postfix gives no answer: hash:/t",
     "asked for all entries, seen \"no\"; correct the table, or start the daemon that it asks"},
    {MTA_POSTFIX,
     MTA_TABLE_DENIED,
     {"hash:/t", 0, "a.test", ""},
     "no",
     "a table of our Postfix gives no answer: hash:/t",
     "seen \"no\"; run the whole plugin by sudo"},
    {MTA_POSTFIX,
     MTA_TABLE_DENIED,
     {"hash:/t", 0, "a.test", "mail"},
     "no",
     "a table of our Postfix gives no answer: hash:/t",
     "seen \"no\"; add the monitoring user to group mail, or run the whole plugin by sudo"},
    {MTA_POSTFIX,
     MTA_TABLE_TIMEOUT,
     {"ldap:/t", 0, "", ""},
     "",
     "a table of our Postfix gives no answer: ldap:/t",
     "expected an answer within 5 s; look at the daemon that the table asks"},
    {MTA_POSTFIX,
     MTA_TABLE_TOO_LONG,
     {"hash:/t", 0, "", ""},
     "",
     "a table of our Postfix gives no answer: hash:/t",
     "expected at most 16 MiB and 1,000,000 entries, seen more; correct the table"},
    {MTA_EXIM,
     MTA_CONFIG_MISSING,
     {"/exim.conf", 0, "", ""},
     "",
     "our Exim cannot be asked: /exim.conf is not there",
     "correct [own], or run the check with --own on the mail server and with --no-own here"},
    {MTA_POSTFIX,
     MTA_SERVICE_MISSING,
     {"/master.cf", 0, "rewrite", ""},
     "",
     "our Postfix cannot be asked: it has no service rewrite",
     "expected it in /master.cf; name the instance that sends in [own]"},
    {MTA_POSTFIX,
     MTA_CA_UNREADABLE,
     {"/main.cf", 0, "smtp_tls_CAfile", "/ca"},
     "",
     "our user cannot read the CAs of our Postfix",
     "seen smtp_tls_CAfile = /ca in /main.cf; let the monitoring user read it, or run the whole "
     "plugin by sudo"},
    {MTA_POSTFIX,
     MTA_NOT_FOLLOWED,
     {"/main.cf", 0, "content_filter", "x"},
     "",
     "what our Postfix does with the mail is not followed: content_filter",
     "seen content_filter = x in /main.cf; look at the route by hand"},
    {MTA_EXIM,
     MTA_TIME_OVER,
     {"", 0, "", ""},
     "",
     "the time ran out before our Exim had answered",
     "raise -t or --stage-timeout"},
    /* Exim's own */
    {MTA_EXIM,
     MTA_TABLE_FAILED,
     {"exim -bt", 0, "p@a.test", ""},
     "no",
     "our Exim does not tell where mail for it goes",
     "asked exim -bt for p@a.test, seen \"no\""},
    {MTA_EXIM,
     MTA_VALUE_HIDDEN,
     {"transport t", 0, "hosts", ""},
     "",
     "our Exim does not show hosts to our user",
     "it is hidden in transport t; " RIGHTS},
    {MTA_EXIM,
     MTA_VALUE_UNEXPANDED,
     {"transport t", 0, "hosts", "${x}"},
     "",
     "what our Exim does is decided when mail is sent: hosts",
     "seen hosts = ${x} in transport t"},
    {MTA_EXIM,
     MTA_VALUE_UNEXPANDED,
     {"transport t", 0, "hosts", "${x}"},
     "x",
     "what our Exim does is decided when mail is sent: hosts",
     "it depends on x; seen hosts = ${x} in transport t"},
    {MTA_EXIM,
     MTA_VALUE_UNEXPANDED,
     {"transport t", 0, "hosts", "${x}"},
     "Failed: y",
     "our user cannot expand hosts of our Exim",
     "hosts = ${x} in transport t; exim -be says \"Failed: y\""},
    {MTA_EXIM,
     MTA_VALUE_UNEXPANDED,
     {"transport t", 0, "hosts", "${x}"},
     "Permission denied: y",
     "our user cannot expand hosts of our Exim",
     "hosts = ${x} in transport t; exim -be says \"Permission denied: y\"; " RIGHTS},
    {MTA_EXIM,
     MTA_NOT_FOLLOWED,
     {"router r", 0, "address_test", ""},
     "",
     "our Exim cannot be asked about router r",
     "it has no_address_test: exim -bt skips it, mail does not"},
    {MTA_EXIM,
     MTA_NOT_FOLLOWED,
     {"transport t", 0, "tls_verify_hosts", ""},
     "",
     "our Exim does not tell whether it verifies certificates",
     "tls_verify_hosts and tls_try_verify_hosts are empty in transport t, and it matters whether "
     "they are set at all; set tls_verify_hosts = *"},
    {MTA_EXIM,
     MTA_NOT_FOLLOWED,
     {"exim -bt", 0, "p@a.test", "p@b.test"},
     "",
     "our Exim turns mail for it into mail for another domain",
     "seen p@a.test become p@b.test"},
    {MTA_EXIM,
     MTA_NOT_FOLLOWED,
     {"transport t", 0, "driver", "pipe"},
     "",
     "what our Exim does with the mail is not followed: driver",
     "seen driver = pipe in transport t"},
    {MTA_EXIM,
     MTA_CA_UNREADABLE,
     {"transport t", 0, "tls_verify_certificates", "/ca"},
     "",
     "our user cannot read the CAs of our Exim",
     "seen tls_verify_certificates = /ca in transport t; let the monitoring user read it, or run "
     "the whole plugin by sudo"},
};

START_TEST(not_asked)
{
    const struct mta_server server = {.kind = unknown[_i].kind};
    const struct mta_fact fact = {unknown[_i].code, unknown[_i].source, unknown[_i].text};
    struct judge_own_text got;

    judge_own_text_unknown(&server, &fact, &got);
    ck_assert_str_eq(got.headline, unknown[_i].headline);
    ck_assert_str_eq(got.detail, unknown[_i].detail);
}
END_TEST

static const struct {
    enum mta_fact_code code;
    const char *text, *headline, *detail;
} deferred[] = {
    {MTA_ENTRY_MALFORMED, "x", "the policy entry is malformed", "; wrong: x"},
    {MTA_PARAMETER_MALFORMED, "", "a parameter is malformed", ""},
    {MTA_TABLE_DUPLICATE, "x", "a key is in the table twice", ""},
    {MTA_CA_NONE, "", "it trusts no CA", ""},
    {MTA_CA_MISSING, "", "the CA file is not there", ""},
    {MTA_CA_EMPTY, "", "no certificate of a CA is there", ""},
    {MTA_CA_OWN, "", "its only CA is our own certificate", ""},
    {MTA_CERT_MISSING, "", "our client certificate is not there", ""},
    {MTA_DNSSEC_OFF, "", "DANE needs DNSSEC, which is off", ""},
    {MTA_STARTTLS_DISCARDED, "", "it ignores STARTTLS", ""},
    {MTA_TLS_NOT_BUILT, "", "it has no TLS", ""},
};

START_TEST(not_sent)
{
    const struct mta_server server = {.kind = MTA_POSTFIX};
    const struct mta_fact fact = {deferred[_i].code, {"/m", 2, "k", "v"}, deferred[_i].text};
    struct judge_own_text got;
    char want[200];

    judge_own_text_deferred(&server, &fact, &got);
    snprintf(want, sizeof want, "our Postfix defers mail to it: %s", deferred[_i].headline);
    ck_assert_str_eq(got.headline, want);
    snprintf(want, sizeof want, "seen k = v in /m:2%s", deferred[_i].detail);
    ck_assert_str_eq(got.detail, want);
    ck_assert(mta_facts_defers(fact.code) && !mta_facts_is_unknown(fact.code));
}
END_TEST

static const struct {
    enum mta_fact_code code;
    const char *headline;
} weak[] = {
    {MTA_LIST_COMMENT, "our Postfix takes a comment for names of certificates"},
    {MTA_CIPHERS_NULL, "our Postfix allows cipher suites that do not encrypt"},
    {MTA_TABLE_WARNING, ""},
    {MTA_HOSTS_LIMITED, ""},
};

START_TEST(weakened)
{
    const struct mta_server server = {.kind = MTA_POSTFIX};
    const struct mta_fact fact = {weak[_i].code, {"/m", 0, "k", "v"}, ""};
    struct judge_own_text got;

    judge_own_text_weak(&server, &fact, &got);
    ck_assert_str_eq(got.headline, weak[_i].headline);
    ck_assert_str_eq(got.detail, "seen k = v in /m");
}
END_TEST

/* The first warning, of the table that has the entry, where one has. */
START_TEST(warning)
{
    struct mta_fact facts[] = {
        {MTA_LIST_COMMENT, {"hash:/b", 0, "", ""}, "no"},
        {MTA_TABLE_WARNING, {"hash:/a", 0, "", ""}, "of a"},
        {MTA_TABLE_WARNING, {"hash:/b", 0, "", ""}, "of b"},
        {MTA_TABLE_WARNING, {"hash:/b", 0, "", ""}, "second"},
    };
    struct mta_hop hop = {.policy = {.found = true, .source = {"hash:/b", 0, "", ""}},
                          .facts = {facts, COUNT(facts)}};
    char got[100] = "x";

    judge_own_text_warning(&hop, got, sizeof got);
    ck_assert_str_eq(got, "x; postmap warns \"of b\"");
    hop.policy.found = false;
    got[1] = '\0';
    judge_own_text_warning(&hop, got, sizeof got);
    ck_assert_str_eq(got, "x; postmap warns \"of a\"");
    hop.policy = (struct mta_policy){.found = true, .source = {"hash:/c", 0, "", ""}};
    got[1] = '\0';
    judge_own_text_warning(&hop, got, sizeof got);
    ck_assert_str_eq(got, "x");
}
END_TEST

static const struct {
    enum tls_level form;
    const char *key; /* of our policy */
    const char *want;
} options[] = {
    {LEVEL_MAY, "", "any in transport t"},
    {LEVEL_ENCRYPT, "", "hosts_require_tls = * in transport t"},
    {LEVEL_FINGERPRINT, "", "hosts_require_tls = * and tls_verify_hosts = * in transport t"},
    {LEVEL_VERIFY, "", "hosts_require_tls = * and tls_verify_hosts = * in transport t"},
    {LEVEL_SECURE, "", "hosts_require_dane = * in transport t"},
    {LEVEL_DANE, "", "hosts_try_dane = * in transport t"},
    {LEVEL_DANE_ONLY, "", "hosts_require_dane = * in transport t"},
    {LEVEL_VERIFY, "tls_verify_cert_hostnames", "tls_verify_cert_hostnames = * in transport t"},
    {LEVEL_ENCRYPT, "tls_verify_cert_hostnames", "hosts_require_tls = * in transport t"},
};

START_TEST(expected_of_exim)
{
    const struct mta_hop hop = {.service = "t", .policy = {.source = {.key = options[_i].key}}};
    char got[160];

    judge_own_exim_expected(options[_i].form, &hop, got, sizeof got);
    ck_assert_str_eq(got, options[_i].want);
}
END_TEST

UNIT_CASE(judge_own_text, {refusal, COUNT(replies)}, {source, COUNT(sources)},
          {not_asked, COUNT(unknown)}, {not_sent, COUNT(deferred)}, {weakened, COUNT(weak)},
          {warning, 1}, {expected_of_exim, COUNT(options)})
