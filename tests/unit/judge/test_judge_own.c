/* SPDX-License-Identifier: BSD-2-Clause */
/* What our own mail servers answered about a partner with the domains a.test and *.b.test and the
 * gateway mx.a.test; our relays are r1.test, and r2.test at port 26. */
#include "judge/judge_own.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "unit/judge/fixture.h"
#include "unit/unit.h"

static const struct mta_source nothing = {"", 0, "", ""}, table = {"hash:/t", 0, "a.test", "x"},
                               parameter = {"/main.cf", 0, "k", "v"};

static char domain[] = "a.test", gateway[] = "mx.a.test", relays[][8] = {"r1.test", "r2.test"};

/* The partner's form, and one server's one route with one hop. */
struct answer {
    char *domains[1], *form_match[1], *prints[1];
    struct form_gateway gateways[1], relay[2];
    struct form_own own;
    struct partner form;
    struct tls_policy policy; /* of the command line */
    struct partner_run run;
    struct mta_question questions[2];
    size_t partner_of[2], client_partner_of[1];
    struct mta_client client;
    struct mta_fact fact;
    const char *names[1]; /* of our policy */
    struct mta_hop hop;
    struct mta_route route;
    struct mta_refusal refusal;
    struct mta_server server;
    struct partners partners;
    struct fixture f;
};

static void make_form(struct answer *a)
{
    fixture_open(&a->f);
    fixture_target(&a->f, TARGET_HOST, "a.test", NULL);
    fixture_target(&a->f, TARGET_DOMAIN, "b.test", NULL);
    fixture_target(&a->f, TARGET_DOMAIN, "a.test", NULL);
    tls_policy_default(&a->policy);
    a->domains[0] = domain;
    a->prints[0] = domain; /* that no digest is */
    a->gateways[0] = (struct form_gateway){gateway, 0};
    a->relay[0] = (struct form_gateway){relays[0], 0};
    a->relay[1] = (struct form_gateway){relays[1], 26};
    a->own.relay = (struct form_gateways){a->relay, 2};
    a->form = (struct partner){.level = LEVEL_ENCRYPT,
                               .domains = {a->domains, 1},
                               .gateways = {a->gateways, 1},
                               .match = {a->form_match, 0},
                               .min_version = 0x0303,
                               .min_version_name = "1.2"};
    a->run = (struct partner_run){.partner = &a->form, .first = 0, .count = 3};
    tls_policy_default(&a->run.outbound);
}

static void make(struct answer *a)
{
    static const struct mta_hop hop = {.next_hop = "a.test", .name = "a.test", .by_mx = true};

    memset(a, 0, sizeof *a);
    make_form(a);
    a->questions[0] = (struct mta_question){.recipient = "p@a.test", .domain = "a.test"};
    a->questions[1] = (struct mta_question){.recipient = "p@x.b.test", .domain = "*.b.test"};
    a->client = (struct mta_client){"192.0.2.1", "p@b.test", "p@own.test"};
    a->fact = (struct mta_fact){MTA_TIME_OVER, nothing, ""};
    a->hop = hop;
    a->hop.port = 25;
    a->hop.service = "smtp";
    a->hop.source = nothing;
    a->hop.policy = (struct mta_policy){.level = LEVEL_ENCRYPT,
                                        .found = true,
                                        .source = table,
                                        .match_source = parameter,
                                        .version_source = nothing,
                                        .digest = ""};
    a->route = (struct mta_route){.recipient = "p@a.test",
                                  .sender = "",
                                  .below = "",
                                  .source = nothing,
                                  .hops = &a->hop,
                                  .hop_count = 1};
    a->server = (struct mta_server){
        .name = "/etc/postfix", .version = "3.7.11", .routes = &a->route, .route_count = 1};
    a->partners = (struct partners){.runs = &a->run,
                                    .count = 1,
                                    .policy = &a->policy,
                                    .own = &a->own,
                                    .mta = {.questions = a->questions,
                                            .partner_of = a->partner_of,
                                            .question_count = 2,
                                            .clients = &a->client,
                                            .client_partner_of = a->client_partner_of,
                                            .client_count = 1,
                                            .facts = {&a->server, 1}}};
}

/* Judges, and writes "target code: headline; detail" for each finding. */
static void judge(struct answer *a, char *out, size_t cap)
{
    struct verdict v = {.state = STATE_OK};
    struct judge j = {.facts = &a->f.facts, .v = &v};

    a->f.facts.resolution = &a->f.r;
    a->f.facts.mta = &a->partners.mta.facts;
    judge_own(&j, &a->partners);
    *out = '\0';
    for (size_t i = 0; i < v.findings.count; i++) {
        const struct finding *f = &v.findings.at[i];

        text_append(out, cap, "%d %s%s: %s; %s\n", f->target == FINDING_NONE ? -1 : (int)f->target,
                    finding_code_info(f->code)->code, f->state == STATE_OK ? " (OK)" : "",
                    f->headline, f->detail);
    }
    finding_list_clear(&v.findings);
    fixture_close(&a->f);
}

enum about { NONE, HOP, ROUTE, SERVER };

#define WEAK "2 own-policy-weak: our Postfix "
#define ENCRYPT "; expected a.test encrypt protocols=>=TLSv1.2"
#define X "; seen a.test x in hash:/t\n"
#define K "; seen k = v in /main.cf\n"
#define W "; seen k = v in /main.cf; wrong: text\n"

/* What differs from a hop that has what the form requires. */
static const struct {
    const char *name;
    enum mta_kind kind;
    enum tls_level form;
    int level;         /* of our policy */
    bool no_entry;     /* the level is a default */
    const char *key;   /* of the policy's source */
    const char *match; /* a name of our policy */
    const char *digest;
    int version;     /* -1: a parameter says SSL 3; 0: no parameter says any */
    const char *hop; /* a host in place of the domain */
    bool by_mx;      /* its MX records count, too */
    unsigned port;
    enum mta_fate fate;
    const char *sender;
    bool wildcard; /* the question is about *.b.test */
    const char *below;
    enum about about; /* what has a fact of the code */
    enum mta_fact_code code;
    bool of_table; /* the fact is about a table; else about main.cf */
    const char *want;
} cases[] = {
    /* clang-format off */
    {.name = "as the form has it", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .want = ""},
    {.name = "no level", .form = LEVEL_MAY, .level = MTA_LEVEL_NONE, .want = ""},
    /* a weaker level */
    {.name = "plaintext", .form = LEVEL_ENCRYPT, .level = MTA_LEVEL_NONE,
     .want = WEAK "sends mail to it in plaintext" ENCRYPT X},
    {.name = "may", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY,
     .want = WEAK "may send mail to it in plaintext" ENCRYPT X},
    {.name = "dane", .form = LEVEL_ENCRYPT, .level = LEVEL_DANE,
     .want = WEAK "may send mail to it in plaintext; expected a.test encrypt "
      "protocols=>=TLSv1.2; seen a.test x in hash:/t; DANE requires TLS only where there are "
      "TLSA records\n"},
    {.name = "encrypt", .form = LEVEL_VERIFY, .level = LEVEL_ENCRYPT,
     .want = WEAK "does not verify its certificate; expected a.test verify match=hostname "
      "protocols=>=TLSv1.2" X},
    {.name = "verify", .form = LEVEL_DANE_ONLY, .level = LEVEL_VERIFY,
     .want = WEAK "accepts certificates that the form does not; expected a.test dane-only "
      "protocols=>=TLSv1.2" X},
    {.name = "no entry", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .no_entry = true,
     .want = "2 own-policy-missing: our Postfix may send mail to it in plaintext: it has no TLS "
      "policy" ENCRYPT X},
    {.name = "no source", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .key = "",
     .want = WEAK "may send mail to it in plaintext; expected a.test encrypt "
      "protocols=>=TLSv1.2; seen no TLS option\n"},
    {.name = "a name of Exim", .kind = MTA_EXIM, .form = LEVEL_VERIFY, .level = LEVEL_ENCRYPT,
     .key = "tls_verify_cert_hostnames",
     .want = "2 own-policy-weak: our Exim accepts a certificate for any name; expected "
      "tls_verify_cert_hostnames = * in transport smtp; seen tls_verify_cert_hostnames x in "
      "hash:/t\n"},
    {.name = "Exim", .kind = MTA_EXIM, .form = LEVEL_ENCRYPT, .level = LEVEL_MAY,
     .want = "2 own-policy-weak: our Exim may send mail to it in plaintext; expected "
      "hosts_require_tls = * in transport smtp" X},
    {.name = "below a wildcard", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .wildcard = true,
     .want = "0 own-policy-weak: our Postfix may send mail to it in plaintext; expected .b.test "
      "encrypt protocols=>=TLSv1.2" X},
    {.name = "a key below a wildcard", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY,
     .wildcard = true, .below = "x.b.test",
     .want = "0 own-policy-weak: our Postfix may send mail to it in plaintext; expected x.b.test "
      "encrypt protocols=>=TLSv1.2" X},
    {.name = "a host below a wildcard", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY,
     .wildcard = true, .hop = "mx.a.test",
     .want = "0 own-policy-weak: our Postfix may send mail to it in plaintext; expected mx.a.test "
      "encrypt protocols=>=TLSv1.2" X},
    {.name = "one gateway", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_HOSTS_LIMITED,
     .want = WEAK "may send mail to it in plaintext (gateway text)" ENCRYPT X},
    {.name = "a warning", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .no_entry = true,
     .about = HOP, .code = MTA_TABLE_WARNING,
     .want = "2 own-policy-missing: our Postfix may send mail to it in plaintext: it has no TLS "
      "policy; expected a.test encrypt protocols=>=TLSv1.2; seen a.test x in hash:/t; postmap "
      "warns \"text\"\n"},
    {.name = "for one sender", .form = LEVEL_ENCRYPT, .level = LEVEL_MAY, .sender = "us@own.test",
     .want = WEAK "may send mail to it in plaintext, for mail from us@own.test" ENCRYPT X},
    /* what else differs */
    {.name = "a name", .form = LEVEL_VERIFY, .level = LEVEL_VERIFY, .match = "c.test",
     .want = WEAK "accepts certificates for c.test; expected a.test verify match=hostname "
      "protocols=>=TLSv1.2" K},
    {.name = "a good name", .form = LEVEL_VERIFY, .level = LEVEL_VERIFY, .match = "hostname",
     .want = ""},
    {.name = "TLS 1.1", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .version = 0x0302,
     .want = WEAK "allows TLS 1.1; expected at least TLS 1.2, as in the form" K},
    {.name = "TLS 1.0", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .version = 0x0301,
     .want = WEAK "allows TLS 1.0; expected at least TLS 1.2, as in the form" K},
    {.name = "SSL 3", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .version = -1,
     .want = WEAK "allows SSL 3; expected at least TLS 1.2, as in the form" K},
    {.name = "TLS 1.2", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .version = 0x0303,
     .want = ""},
    {.name = "any version", .form = LEVEL_MAY, .level = LEVEL_ENCRYPT, .version = -1, .want = ""},
    {.name = "any version of dane", .form = LEVEL_DANE, .level = LEVEL_DANE, .version = -1,
     .want = ""},
    {.name = "another digest", .form = LEVEL_VERIFY, .level = LEVEL_FINGERPRINT,
     .digest = "sha512",
     .want = "2 own-policy-unknown: the fingerprint that our Postfix expects cannot be compared; "
      "expected the SHA-256 of the form, or of a certificate or key that was seen; seen sha512 "
      "digest in k = v in /main.cf\n"},
    {.name = "another fingerprint", .form = LEVEL_FINGERPRINT, .level = LEVEL_FINGERPRINT,
     .digest = "sha256",
     .want = WEAK "expects a fingerprint that is not the partner's; expected the SHA-256 of the "
      "form, or of a certificate or key that was seen; seen sha256 digest in k = v in /main.cf\n"},
    {.name = "no cipher", .form = LEVEL_ENCRYPT, .level = LEVEL_ENCRYPT, .about = HOP,
     .code = MTA_CIPHERS_NULL, .want = WEAK "allows cipher suites that do not encrypt" K},
    /* what defers mail */
    {.name = "deferred at any level", .form = LEVEL_MAY, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_ENTRY_MALFORMED,
     .want = WEAK "defers mail to it: the policy entry is malformed" W},
    {.name = "a parameter", .form = LEVEL_MAY, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_PARAMETER_MALFORMED,
     .want = WEAK "defers mail to it: a parameter is malformed" W},
    {.name = "twice", .form = LEVEL_MAY, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_TABLE_DUPLICATE,
     .want = WEAK "defers mail to it: a key is in the table twice" K},
    {.name = "no certificate", .form = LEVEL_MAY, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_CERT_MISSING, .want = ""},
    {.name = "no certificate, dane", .form = LEVEL_MAY, .level = LEVEL_DANE, .about = HOP,
     .code = MTA_CERT_MISSING, .want = ""},
    {.name = "no certificate, encrypt", .form = LEVEL_MAY, .level = LEVEL_ENCRYPT, .about = HOP,
     .code = MTA_CERT_MISSING,
     .want = WEAK "defers mail to it: our client certificate is not there" W},
    {.name = "the route is deferred", .form = LEVEL_MAY, .level = LEVEL_MAY, .about = ROUTE,
     .fate = MTA_DEFERRED, .code = MTA_CERT_MISSING,
     .want = WEAK "defers mail to it: our client certificate is not there" W},
    /* what is not known */
    {.name = "the hop is not known", .form = LEVEL_VERIFY, .level = LEVEL_MAY, .about = HOP,
     .code = MTA_TABLE_TIMEOUT,
     .want = "-1 own-policy-unknown: a table of our Postfix gives no answer: /main.cf; expected "
      "an answer within 5 s; look at the daemon that the table asks\n"},
    {.name = "the route is not known", .form = LEVEL_VERIFY, .level = LEVEL_MAY, .about = ROUTE,
     .code = MTA_NOT_FOLLOWED,
     .want = "-1 own-policy-unknown: what our Postfix does with the mail is not followed: k; "
      "seen k = v in /main.cf; look at the route by hand\n"},
    {.name = "a rule about the partner", .form = LEVEL_VERIFY, .level = LEVEL_MAY, .about = ROUTE,
     .code = MTA_NOT_FOLLOWED, .of_table = true,
     .want = "2 own-policy-unknown: what our Postfix does with the mail is not followed: a.test; "
      "seen a.test x in hash:/t; look at the route by hand\n"},
    {.name = "a table, whatever it was asked for", .form = LEVEL_VERIFY, .level = LEVEL_MAY,
     .about = ROUTE, .code = MTA_TABLE_TIMEOUT, .of_table = true,
     .want = "-1 own-policy-unknown: a table of our Postfix gives no answer: hash:/t; expected "
      "an answer within 5 s; look at the daemon that the table asks\n"},
    {.name = "the server is not known", .form = LEVEL_VERIFY, .about = SERVER,
     .fate = MTA_UNKNOWN, .code = MTA_CONFIG_MISSING,
     .want = "-1 own-policy-unknown: our Postfix cannot be asked: /main.cf is not there; correct "
      "[own], or run the check with --own on the mail server and with --no-own here\n"},
    {.name = "the server weakens nothing", .form = LEVEL_VERIFY, .about = SERVER,
     .fate = MTA_UNKNOWN, .code = MTA_LIST_COMMENT,
     .want = "2 own-policy-unknown: our Postfix did not say where mail for it goes; run the "
      "check with --own on the mail server\n"},
    {.name = "no answer, and nothing says why", .form = LEVEL_VERIFY, .fate = MTA_UNKNOWN,
     .want = "2 own-policy-unknown: our Postfix did not say where mail for it goes; run the "
      "check with --own on the mail server\n"},
    /* where mail goes */
    {.name = "kept", .form = LEVEL_MAY, .fate = MTA_KEPT,
     .want = WEAK "keeps mail for it on this machine; expected mail to its gateways\n"},
    {.name = "discarded", .form = LEVEL_MAY, .fate = MTA_DISCARDED,
     .want = WEAK "discards mail for it; expected mail to its gateways\n"},
    {.name = "bounced", .form = LEVEL_MAY, .fate = MTA_BOUNCED,
     .want = WEAK "bounces mail for it; expected mail to its gateways\n"},
    {.name = "deferred", .form = LEVEL_MAY, .fate = MTA_DEFERRED, .sender = "us@own.test",
     .want = WEAK "defers mail for it, for mail from us@own.test; expected mail to its gateways"
      K},
    {.name = "its gateway", .form = LEVEL_MAY, .hop = "MX.a.test", .want = ""},
    {.name = "its gateway as a domain", .form = LEVEL_MAY, .hop = "mx.a.test", .by_mx = true,
     .want = "2 own-relayed: our Postfix sends its mail to the relay mx.a.test; expected its own "
      "gateways, or a relay that [own] relay names" K},
    {.name = "another host", .form = LEVEL_MAY, .hop = "mx.c.test",
     .want = "2 own-relayed: our Postfix sends its mail to the relay mx.c.test; expected its own "
      "gateways, or a relay that [own] relay names" K},
    {.name = "our relay", .form = LEVEL_VERIFY, .hop = "R1.test", .port = 587, .want = ""},
    {.name = "our relay at its port", .form = LEVEL_VERIFY, .hop = "r2.test", .port = 26,
     .want = ""},
    {.name = "another port", .form = LEVEL_MAY, .hop = "r2.test", .port = 25,
     .want = "2 own-relayed: our Postfix sends its mail to the relay r2.test; expected its own "
      "gateways, or a relay that [own] relay names" K},
    /* clang-format on */
};

static void change(struct answer *a, int i)
{
    struct mta_fact_list fact = {&a->fact, 1};

    a->server.kind = cases[i].kind;
    a->form.level = cases[i].form;
    a->hop.policy.level = cases[i].level;
    a->hop.policy.found = !cases[i].no_entry;
    if (cases[i].key)
        a->hop.policy.source.key = cases[i].key;
    if (cases[i].key && !*cases[i].key)
        a->hop.policy.source = nothing;
    a->hop.policy.digest = cases[i].digest ? cases[i].digest : "";
    if (cases[i].digest)
        a->form.fingerprints = (struct form_list){a->prints, 1};
    if (cases[i].match) {
        a->names[0] = cases[i].match;
        a->hop.policy.match = (struct mta_list){a->names, 1};
    }
    if (cases[i].version != 0)
        a->hop.policy.version_source = parameter;
    a->hop.policy.min_version = cases[i].version > 0 ? cases[i].version : 0;
    if (cases[i].wildcard) {
        a->route.recipient = a->questions[1].recipient;
        a->hop.name = a->hop.next_hop = "x.b.test";
    }
    if (cases[i].hop) {
        a->hop.name = a->hop.next_hop = cases[i].hop;
        a->hop.port = cases[i].port;
        a->hop.by_mx = cases[i].by_mx;
        a->hop.source = parameter;
    }
    a->route.fate = cases[i].fate;
    a->route.source = cases[i].sender ? parameter : nothing;
    a->route.sender = cases[i].sender ? cases[i].sender : "";
    a->route.question = cases[i].wildcard;
    a->route.below = cases[i].below ? cases[i].below : "";
    a->fact = (struct mta_fact){cases[i].code, cases[i].of_table ? table : parameter, "text"};
    if (cases[i].about == HOP)
        a->hop.facts = fact;
    if (cases[i].about == ROUTE)
        a->route.facts = fact;
    if (cases[i].about == SERVER)
        a->server.facts = fact;
}

START_TEST(answer)
{
    struct answer *a = malloc(sizeof *a);
    char got[2000];

    ck_assert_ptr_nonnull(a);
    make(a);
    change(a, _i);
    judge(a, got, sizeof got);
    ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: \"%s\"", cases[_i].name, got);
    free(a);
}
END_TEST

/* What is said of one route is not said again of another with the same hop. */
static const struct {
    const char *service, *next_hop, *key, *value; /* of the second hop */
    int level;
    size_t found;
} seconds[] = {
    {"smtp", "a.test", "a.test", "x", LEVEL_MAY, 1},
    {"relay", "a.test", "a.test", "x", LEVEL_MAY, 2},
    {"smtp", "[mx.a.test]", "a.test", "x", LEVEL_MAY, 2},
    {"smtp", "a.test", ".test", "x", LEVEL_MAY, 2},
    {"smtp", "a.test", "a.test", "y", LEVEL_MAY, 2},
    {"smtp", "a.test", "a.test", "x", MTA_LEVEL_NONE, 2},
};

START_TEST(once)
{
    struct answer *a = malloc(sizeof *a);
    struct mta_route routes[2];
    struct mta_hop hop;
    char got[2000];
    size_t lines = 0;

    ck_assert_ptr_nonnull(a);
    make(a);
    a->hop.policy.level = LEVEL_MAY;
    hop = a->hop;
    hop.service = seconds[_i].service;
    hop.next_hop = seconds[_i].next_hop;
    hop.policy.source.key = seconds[_i].key;
    hop.policy.source.value = seconds[_i].value;
    hop.policy.level = seconds[_i].level;
    routes[0] = routes[1] = a->route;
    routes[0].sender = "us@own.test";
    routes[1].sender = "you@own.test";
    routes[1].hops = &hop;
    a->server.routes = routes;
    a->server.route_count = 2;
    judge(a, got, sizeof got);
    for (const char *c = got; *c; c++)
        lines += *c == '\n';
    ck_assert_msg(lines == seconds[_i].found, "%d: %s", _i, got);
    free(a);
}
END_TEST

/* What is not known of the server counts as the command line says, the rest as the form does. */
START_TEST(terms)
{
    struct answer *a = malloc(sizeof *a);
    struct mta_fact late = {MTA_TIME_OVER, parameter, ""}, slow = {MTA_TABLE_TIMEOUT, table, ""};
    struct mta_route routes[2];
    struct mta_hop hops[2];
    char got[2000];

    ck_assert_ptr_nonnull(a);
    make(a);
    a->policy.on[F_OWN_POLICY_UNKNOWN] = STATE_OK;
    a->run.outbound.on[F_OWN_POLICY_WEAK] = STATE_OK;
    routes[0] = routes[1] = a->route;
    routes[0].facts = (struct mta_fact_list){&late, 1};
    hops[0] = hops[1] = a->hop;
    hops[0].facts = (struct mta_fact_list){&slow, 1};
    hops[1].next_hop = "a.test:26";
    hops[1].policy.level = LEVEL_MAY;
    routes[1].hops = hops;
    routes[1].hop_count = 2;
    a->server.routes = routes;
    a->server.route_count = 2;
    judge(a, got, sizeof got);
    ck_assert_str_eq(got,
                     "-1 own-policy-unknown (OK): the time ran out before our Postfix had "
                     "answered; raise -t or --stage-timeout\n"
                     "-1 own-policy-unknown (OK): a table of our Postfix gives no answer: hash:/t; "
                     "expected an answer within 5 s; look at the daemon that the table asks\n"
                     "2 own-policy-weak (OK): our Postfix may send mail to it in plaintext"
                     "; expected a.test:26 encrypt protocols=>=TLSv1.2" X);
    free(a);
}
END_TEST

/* What a client's mail without TLS met. */
static const struct {
    unsigned code;
    const char *reply;
    bool unknown;
    const char *want;
} refusals[] = {
    {550, "5.7.1 TLS required", false, ""},
    {400, "encrypt", false, ""},
    {399, "TLS", false,
     "1 plaintext-accepted: our Exim accepts mail without TLS from 192.0.2.1; expected a refusal "
     "that names TLS, seen 399 TLS to RCPT\n"},
    {250, "2.1.5 Ok", false,
     "1 plaintext-accepted: our Exim accepts mail without TLS from 192.0.2.1; expected a refusal "
     "that names TLS, seen 250 2.1.5 Ok to RCPT\n"},
    {550, "5.7.1 no", false,
     "1 plaintext-inconclusive: unclear whether our Exim refuses mail without TLS; expected a "
     "refusal that names TLS, seen 550 5.7.1 no to RCPT\n"},
    {400, "5.7.1 no", false,
     "1 plaintext-inconclusive: unclear whether our Exim refuses mail without TLS; expected a "
     "refusal that names TLS, seen 400 5.7.1 no to RCPT\n"},
    {250, "", true,
     "-1 own-policy-unknown: the time ran out before our Exim had answered; raise -t or "
     "--stage-timeout\n"},
};

START_TEST(refusal)
{
    struct answer *a = malloc(sizeof *a);
    char got[2000];

    ck_assert_ptr_nonnull(a);
    make(a);
    a->server.kind = MTA_EXIM;
    a->server.route_count = 0;
    a->refusal = (struct mta_refusal){
        .command = "RCPT", .code = refusals[_i].code, .reply = refusals[_i].reply};
    if (refusals[_i].unknown)
        a->refusal.facts = (struct mta_fact_list){&a->fact, 1};
    a->server.refusals = &a->refusal;
    a->server.refusal_count = 1;
    judge(a, got, sizeof got);
    ck_assert_msg(strcmp(got, refusals[_i].want) == 0, "%d: \"%s\"", _i, got);
    free(a);
}
END_TEST

UNIT_CASE(judge_own, {answer, COUNT(cases)}, {once, COUNT(seconds)}, {terms, 1},
          {refusal, COUNT(refusals)})
