/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that stand in for postconf and postmap (tests/gateway/programs) read the instances here;
 * tests/integration/real compares with real ones. */
#include "mta/postfix.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "unit/unit.h"

/* An instance in a directory of its own; "@" in its texts is that directory. */
struct place {
    char dir[40];
};

static const char master[] = "rewrite unix - - n - - trivial-rewrite\n"
                             "smtp unix - - n - - smtp\n"
                             "smtp inet n - n - - smtpd\n"
                             "pickup unix n - n 60 1 pickup\n"
                             "cleanup unix n - n - 0 cleanup\n"
                             "relay unix - - n - - smtp -o smtp_tls_security_level=may\n"
                             "strict unix - - n - - smtp -o smtp_tls_security_level=secure\n"
                             "lmtp unix - - y - - lmtp\n"
                             "error unix - - n - - error\n"
                             "retry unix - - n - - error\n"
                             "discard unix - - n - - discard\n"
                             "virtual unix - - n - - virtual\n"
                             "other unix - - n - - pipe\n"
                             "local unix - - n - - local\n";

static void put(const struct place *p, const char *name, const char *text)
{
    char path[80];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    for (; *text; text++) {
        if (*text == '@' && text[1] == '/')
            fputs(p->dir, f);
        else
            fputc(*text, f);
    }
    fclose(f);
}

static void make_place(struct place *p)
{
    setenv("MAILTLS_TEST_PROGRAMS", "tests/gateway/programs", 1);
    signal(SIGPIPE, SIG_IGN);
    snprintf(p->dir, sizeof p->dir, "/tmp/unit-postfix-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->dir));
    put(p, "master.cf", master);
    put(p, "ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    put(p, "own.pem", "-----BEGIN CERTIFICATE-----\nAA\nAA\n-----END CERTIFICATE-----\n");
    put(p, "none.pem", "\n");
}

static void drop_place(const struct place *p)
{
    static const char *const names[] = {"master.cf", "main.cf", "policy",  "transport", "list",
                                        "postconf",  "postmap", "own.pem", "ca.pem",    "none.pem"};
    char path[80];

    for (int i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", p->dir, names[i]);
        unlink(path);
    }
    rmdir(p->dir);
    unsetenv("MAILTLS_TEST_PROGRAMS");
}

static const char *const senders[] = {"us@own.test", "you@own.test"};
static const char *const hosts[] = {"mx.a.test"};

static void ask(const struct place *p, const char *domain, struct mta_server *s)
{
    char recipient[60];
    const struct mta_question question = {.domain = domain, .hosts = hosts, .host_count = 1};
    struct mta_question asked = question;
    const struct mta_ask a = {.questions = &asked,
                              .question_count = 1,
                              .senders = senders,
                              .sender_count = 2,
                              .deadline = deadline_in_ms(30000)};
    struct error e = {0};

    snprintf(recipient, sizeof recipient, "p+x@%s%s", *domain == '*' ? "any" : "",
             domain + (*domain == '*'));
    asked.recipient = recipient;
    ck_assert_msg(postfix_ask(p->dir, &a, s, &e), "%s", e.text);
}

static const char *const words[] = {
    [MTA_PROGRAM_FAILED] = "failed",
    [MTA_CONFIG_MISSING] = "missing",
    [MTA_SERVICE_MISSING] = "service",
    [MTA_TABLE_FAILED] = "table",
    [MTA_TABLE_DENIED] = "denied",
    [MTA_TABLE_TOO_LONG] = "too-long",
    [MTA_NOT_FOLLOWED] = "not-followed",
    [MTA_ENTRY_MALFORMED] = "entry",
    [MTA_PARAMETER_MALFORMED] = "parameter",
    [MTA_TABLE_DUPLICATE] = "duplicate",
    [MTA_CA_NONE] = "no-ca",
    [MTA_CA_MISSING] = "ca-missing",
    [MTA_CA_EMPTY] = "ca-empty",
    [MTA_CA_OWN] = "ca-own",
    [MTA_CERT_MISSING] = "cert-missing",
    [MTA_DNSSEC_OFF] = "dnssec",
    [MTA_STARTTLS_DISCARDED] = "starttls",
    [MTA_LIST_COMMENT] = "comment",
    [MTA_CIPHERS_NULL] = "null",
    [MTA_TABLE_WARNING] = "warning",
};

/* The facts of a list as "!WORD key". */
static void show_facts(const struct mta_fact_list *l, char *out, size_t cap)
{
    for (size_t i = 0; i < l->count; i++)
        text_append(out, cap, "!%s %s ", words[l->at[i].code], l->at[i].source.key);
}

/* "p+x@a.test us: hop/service level found; ..." */
static void show(const struct mta_server *s, char *out, size_t cap)
{
    static const char *const fates[] = {"",         "kept ",     "discarded ",
                                        "bounced ", "deferred ", "unknown "};

    text_copy(out, cap, "");
    show_facts(&s->facts, out, cap);
    for (size_t i = 0; i < s->route_count; i++) {
        const struct mta_route *r = &s->routes[i];

        text_append(out, cap, "%s%s%s%s%s", i ? "| " : "", r->sender, *r->sender ? " " : "",
                    fates[r->fate], r->below);
        text_append(out, cap, "%s", *r->below ? " " : "");
        show_facts(&r->facts, out, cap);
        for (size_t h = 0; h < r->hop_count; h++) {
            const struct mta_hop *hop = &r->hops[h];

            text_append(out, cap, "%s/%s ", hop->next_hop, hop->service);
            if (hop->port != 25)
                text_append(out, cap, "port %u ", hop->port);
            text_append(out, cap, "%s%s%d%s%s ", hop->by_mx ? "mx " : "",
                        hop->fallback ? "fallback " : "", hop->policy.level,
                        hop->policy.found ? "" : " default", hop->policy.wrapper ? " wrapper" : "");
            show_facts(&hop->facts, out, cap);
        }
    }
}

#define CA "smtp_tls_CAfile = @/ca.pem\n"
#define POLICY CA "smtp_tls_policy_maps = texthash:@/policy\n"
#define TRANSPORT POLICY "transport_maps = texthash:@/transport\n"

static const struct {
    const char *name, *main, *policy, *transport;
    const char
        *want; /* levels: 0 may, 1 encrypt, 2 fingerprint, 3 verify, 4 secure, 5 dane, 6 only */
    const char *domain; /* NULL: a.test */
} cases[] = {
    {"nothing", "", "", "", "a.test/smtp mx -1 default ", NULL},
    {"an entry", POLICY, "a.test verify\n", "", "a.test/smtp mx 3 ", NULL},
    {"a parent's", POLICY, ".test secure\n", "", "a.test/smtp mx 4 ", NULL},
    {"another's", POLICY, "[a.test] secure\n", "", "a.test/smtp mx -1 default ", NULL},
    {"by user and extension", TRANSPORT, "", "p+x@a.test smtp:[x]\na.test smtp:[y]\n",
     "[x]/smtp -1 default ", NULL},
    {"by user", "recipient_delimiter = +\n" TRANSPORT, "", "p@a.test smtp:[x]\na.test smtp:[y]\n",
     "[x]/smtp -1 default ", NULL},
    {"by parent", TRANSPORT, "", ".test smtp:[x]\n", "[x]/smtp -1 default ", NULL},
    {"by pattern", POLICY "transport_maps = regexp:@/transport\n", "", "/^.*@a.test$/ smtp:[x]\n",
     "[x]/smtp -1 default ", NULL},
    {"by a pattern that copies", POLICY "transport_maps = regexp:@/transport\n", "",
     "/^.*@(a).test$/ smtp:[$1]\n", "unknown !not-followed p+x@a.test ", NULL},
    {"by a pattern in main.cf", "transport_maps = regexp:{{/^.*@a.test$/ :[x]}}\n", "", "",
     "[x]/smtp -1 default ", NULL},
    {"by one that copies", "transport_maps = regexp:{{/^.*@(a).test$/ :[$1]}}\n", "", "",
     "unknown !not-followed p+x@a.test ", NULL},
    {"by bare parent", "parent_domain_matches_subdomains = transport_maps\n" TRANSPORT, "",
     "test smtp:[x]\n", "[x]/smtp -1 default ", NULL},
    {"by star", TRANSPORT, "[x]:26 may\n", "* :[x]:26\n", "[x]:26/smtp port 26 0 ", NULL},
    {"the usual port by its name", "relayhost = [x]:smtp\nsmtp_tcp_port = 26\n", "", "",
     "[x]:smtp/smtp -1 default ", NULL},
    {"a port by its name", "relayhost = [x]:submission\n", "", "",
     "[x]:submission/smtp port 587 -1 default ", NULL},
    {"a port of no name", "relayhost = [x]:mail\n", "", "", "[x]:mail/smtp port 0 -1 default ",
     NULL},
    {"the client's port", "smtp_tcp_port = 26\n", "", "", "a.test/smtp port 26 mx -1 default ",
     NULL},
    {"two hops and a fallback", "smtp_fallback_relay = [f]\n" TRANSPORT, "[f] encrypt\n",
     "a.test relay:x,[y]\n", "x/relay mx 0 default [y]/relay 0 default [f]/relay fallback 1 ",
     NULL},
    {"a service's own", "default_transport = strict:[x]\n" CA, "", "", "[x]/strict 4 default ",
     NULL},
    {"relayhost", "relayhost = x\n", "", "", "x/smtp mx -1 default ", NULL},
    {"relay_transport", "relay_domains = test\nrelay_transport = strict\n" CA, "", "",
     "a.test/strict mx 4 default ", NULL},
    {"another relay domain", "relay_domains = best\nrelay_transport = strict\n" CA, "", "",
     "a.test/smtp mx -1 default ", NULL},
    {"bounced", TRANSPORT, "", "a.test error:no\n", "bounced ", NULL},
    {"deferred", TRANSPORT, "", "a.test retry:no\n", "deferred ", NULL},
    {"discarded", TRANSPORT, "", "a.test discard:\n", "discarded ", NULL},
    {"kept", "mydestination = !b.test, a.test\n", "", "", "kept ", NULL},
    {"kept by a file", "mydestination = @/list\n", "", "", "kept ", NULL},
    {"a socket", "default_transport = lmtp:unix:/x\n", "", "", "kept ", NULL},
    {"alias domain", "virtual_alias_domains = static:x\n", "", "", "bounced ", NULL},
    {"mailbox domain", "virtual_mailbox_domains = a.test\n", "", "", "kept ", NULL},
    {"relocated", "relocated_maps = static:x\n", "", "", "bounced ", NULL},
    {"no such service", TRANSPORT, "", "a.test gone:\n", "deferred !parameter gone ", NULL},
    {"a pipe", TRANSPORT, "", "a.test other:\n", "unknown !not-followed other ", NULL},
    {"an alias elsewhere", "virtual_alias_maps = static:x@b.test\n", "", "",
     "unknown !not-followed p+x@a.test ", NULL},
    {"an alias that stays", "virtual_alias_maps = static:x@a.test\n", "", "",
     "a.test/smtp mx -1 default ", NULL},
    {"a filter elsewhere", "content_filter = smtp:[192.0.2.1]:10024\n", "", "",
     "unknown !not-followed content_filter ", NULL},
    {"a filter here", "content_filter = smtp:[127.0.0.1]:10024\n", "", "",
     "a.test/smtp mx -1 default ", NULL},
    {"a filter by recipient",
     "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access texthash:@/policy\n",
     "a.test filter smtp:[192.0.2.1]\n", "", "unknown !not-followed a.test ", NULL},
    {"a filter by a parent", "smtpd_data_restrictions = check_recipient_access texthash:@/policy\n",
     "test OK\n.test FILTER smtp:[192.0.2.1]\n", "", "a.test/smtp mx -1 default ", NULL},
    {"a filter here, by recipient",
     "smtpd_sender_restrictions = check_recipient_access texthash:@/policy\n",
     "a.test FILTER smtp:[127.0.0.1]:10025\n", "", "a.test/smtp mx -1 default ", NULL},
    {"another action", "smtpd_relay_restrictions = check_recipient_access texthash:@/policy\n",
     "a.test REJECT FILTER smtp:[192.0.2.1]\n", "", "a.test/smtp mx -1 default ", NULL},
    {"another table of a restriction",
     "smtpd_relay_restrictions = check_sender_access texthash:@/policy\n",
     "a.test FILTER smtp:[192.0.2.1]\n", "", "a.test/smtp mx -1 default ", NULL},
    {"a filter by headers", "header_checks = regexp:@/policy\n",
     "/^To:.*a.test/ filter smtp:[192.0.2.1]\n", "",
     "!not-followed header_checks a.test/smtp mx -1 default ", NULL},
    {"a filter here, by headers", "body_checks = pcre:@/policy\n",
     "/^x/\tFILTER smtp:[127.0.0.1]:10025\n/no FILTER/ WARN\n", "", "a.test/smtp mx -1 default ",
     NULL},
    {"by sender", "sender_dependent_relayhost_maps = texthash:@/policy\n", "you@own.test [x]\n", "",
     "us@own.test a.test/smtp mx -1 default | you@own.test [x]/smtp -1 default ", NULL},
    {"by a sender's user", "sender_dependent_default_transport_maps = texthash:@/policy\n",
     "us smtp:[x]\nyou DUNNO\n", "",
     "us@own.test [x]/smtp -1 default | you@own.test a.test/smtp mx -1 default ", NULL},
    {"by a sender's pattern that copies",
     "default_transport = smtp:[y]\nsender_dependent_relayhost_maps = "
     "regexp:{{/^(us)@own.test$/ [$1]}}\n",
     "", "", "us@own.test unknown !not-followed us@own.test | you@own.test [y]/smtp -1 default ",
     NULL},
    {"by another such",
     "sender_dependent_default_transport_maps = regexp:{{/^(us)@own.test$/ smtp:[$1]}}\n", "", "",
     "us@own.test unknown !not-followed us@own.test | you@own.test a.test/smtp mx -1 default ",
     NULL},
    {"from all alike", "sender_dependent_relayhost_maps = static:[x]\n", "", "",
     "us@own.test [x]/smtp -1 default ", NULL},
    {"per site", "smtp_tls_per_site = texthash:@/policy\n" CA, "mx.a.test MUST\na.test MAY\n", "",
     "a.test/smtp mx 3 ", NULL},
    {"per site none", "smtp_tls_security_level = may\nsmtp_tls_per_site = texthash:@/policy\n",
     "a.test NONE\n", "", "a.test/smtp mx -1 ", NULL},
    {"per site, malformed", "smtp_tls_per_site = texthash:@/policy\n", "a.test SHALL\n", "",
     "a.test/smtp mx -1 default !entry a.test ", NULL},
    {"malformed entry", POLICY, "a.test verify x\n", "", "a.test/smtp mx -1 !entry a.test ", NULL},
    {"malformed level", "smtp_tls_security_level = must\n", "", "",
     "a.test/smtp mx -1 default !parameter smtp_tls_security_level ", NULL},
    {"malformed hop", "relayhost = [x\n", "", "", "[x/smtp 0 default !parameter relayhost ", NULL},
    {"a comment among maps", "smtp_tls_policy_maps = static:may #\n", "", "",
     "a.test/smtp mx 0 default !parameter smtp_tls_policy_maps ", NULL},
    {"a table that proxymap may read",
     "proxy_read_maps = proxy:static:x proxy:static:may\nsmtp_tls_policy_maps = proxy:static:may\n",
     "", "", "a.test/smtp mx 0 ", NULL},
    {"a table that proxymap may not read",
     "proxy_read_maps = proxy:static:mat proxy:static:\nsmtp_tls_policy_maps = proxy:static:may\n",
     "", "", "a.test/smtp mx 0 default !parameter smtp_tls_policy_maps ", NULL},
    {"a comment among names", "smtp_tls_verify_cert_match = hostname #\n" POLICY, "a.test verify\n",
     "", "a.test/smtp mx 3 !comment smtp_tls_verify_cert_match ", NULL},
    {"no fingerprint", POLICY, "a.test fingerprint\n", "",
     "a.test/smtp mx 2 !parameter smtp_tls_fingerprint_cert_match ", NULL},
    {"no encryption", "smtp_tls_mandatory_ciphers = null\n" POLICY, "a.test verify\n", "",
     "a.test/smtp mx 3 !null smtp_tls_mandatory_ciphers ", NULL},
    {"no CA", "smtp_tls_security_level = verify\n", "", "",
     "a.test/smtp mx 3 default !no-ca smtp_tls_CAfile ", NULL},
    {"an empty CA file", "smtp_tls_security_level = verify\nsmtp_tls_CAfile = @/none.pem\n", "", "",
     "a.test/smtp mx 3 default !ca-empty smtp_tls_CAfile ", NULL},
    {"our own certificate alone",
     "smtp_tls_security_level = verify\nsmtp_tls_CAfile = @/ca.pem\nsmtp_tls_cert_file = "
     "@/own.pem\n",
     "", "", "a.test/smtp mx 3 default !ca-own smtp_tls_CAfile ", NULL},
    {"the system's CAs", "smtp_tls_security_level = verify\ntls_append_default_CA = yes\n", "", "",
     "a.test/smtp mx 3 default ", NULL},
    {"a directory of no CA", "smtp_tls_security_level = verify\nsmtp_tls_CApath = @/\n", "", "",
     "a.test/smtp mx 3 default !ca-empty smtp_tls_CApath ", NULL},
    {"a tafile that is not there", POLICY, "a.test verify tafile=/nonexistent\n", "",
     "a.test/smtp mx 3 !ca-missing a.test ", NULL},
    {"TLS from the first byte", "smtp_tls_wrappermode = yes\n" POLICY, "a.test encrypt\n", "",
     "a.test/smtp mx 1 wrapper ", NULL},
    {"TLS from the first byte, which is not required",
     "smtp_tls_wrappermode = yes\nsmtp_tls_security_level = may\n", "", "",
     "a.test/smtp mx 0 default wrapper !parameter smtp_tls_wrappermode ", NULL},
    {"DANE without DNSSEC", POLICY, "a.test dane\n", "",
     "a.test/smtp mx 5 !dnssec smtp_dns_support_level ", NULL},
    {"STARTTLS is ignored", "smtp_discard_ehlo_keywords = x, StartTLS\n" POLICY, "a.test encrypt\n",
     "", "a.test/smtp mx 1 !starttls smtp_discard_ehlo_keywords ", NULL},
    {"STARTTLS is ignored at some",
     "smtp_discard_ehlo_keyword_address_maps = static:starttls\n" POLICY, "a.test encrypt\n", "",
     "a.test/smtp mx 1 !not-followed smtp_discard_ehlo_keyword_address_maps ", NULL},
    {"anchor files",
     "smtp_tls_security_level = verify\nsmtp_tls_trust_anchor_file = @/ca.pem, @/none.pem "
     "@/gone.pem\n",
     "", "",
     "a.test/smtp mx 3 default !ca-empty smtp_tls_trust_anchor_file !ca-missing "
     "smtp_tls_trust_anchor_file ",
     NULL},
    {"an anchor file", "smtp_tls_security_level = verify\nsmtp_tls_trust_anchor_file = @/ca.pem\n",
     "", "", "a.test/smtp mx 3 default ", NULL},
    {"our certificate is missing",
     "smtp_tls_security_level = encrypt\nsmtp_tls_cert_file = @/gone.pem\n", "", "",
     "a.test/smtp mx 1 default !cert-missing smtp_tls_cert_file ", NULL},
    {"domains below one, by a dot",
     "parent_domain_matches_subdomains =\nrelay_domains = .test\nrelay_transport = strict\n" CA, "",
     "", "a.test/strict mx 4 default ", NULL},
    {"domains below one, without a dot",
     "parent_domain_matches_subdomains =\nrelay_domains = test\nrelay_transport = strict\n" CA, "",
     "", "a.test/smtp mx -1 default ", NULL},
    {"our domains below one", "mydestination = .test\n", "", "", "a.test/smtp mx -1 default ",
     NULL},
    {"domains of a table", "relay_domains = texthash:@/policy\nrelay_transport = strict\n" CA,
     "test x\n", "", "a.test/strict mx 4 default ", NULL},
    {"domains of a table, by a dot",
     "parent_domain_matches_subdomains =\nrelay_domains = texthash:@/policy\nrelay_transport = "
     "strict\n" CA,
     ".test x\n", "", "a.test/strict mx 4 default ", NULL},
    {"LMTP",
     "default_transport = lmtp:inet:x\nlmtp_tls_policy_maps = "
     "static:encrypt\nlmtp_tls_mandatory_ciphers = medium\n",
     "", "", "x/lmtp port 24 1 ", NULL},
    {"a wildcard, and keys below it", TRANSPORT,
     ".a.test verify\nb.a.test may\n.c.a.test none\na.test may\nx.test may\n", "d.a.test :[x]\n",
     "any.a.test/smtp mx 3 | b.a.test b.a.test/smtp mx 0 | .c.a.test mailtls-test.c.a.test/smtp mx "
     "-1 | d.a.test [x]/smtp -1 default ",
     "*.a.test"},
};

START_TEST(answer)
{
    struct place p;
    struct mta_server s;
    char got[1000];

    make_place(&p);
    put(&p, "main.cf", cases[_i].main);
    put(&p, "policy", cases[_i].policy);
    put(&p, "transport", cases[_i].transport);
    put(&p, "list", "# ours\nb.test\na.test\n");
    ask(&p, cases[_i].domain ? cases[_i].domain : "a.test", &s);
    show(&s, got, sizeof got);
    drop_place(&p);
    ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: \"%s\", due \"%s\"", cases[_i].name, got,
                  cases[_i].want);
    ck_assert_str_eq(s.version, "3.7.11");
    mta_facts_free(&s);
}
END_TEST

#define FINGERPRINT POLICY "smtp_tls_fingerprint_digest = sha512\n"

static const struct {
    const char *main, *policy, *want; /* the source's key, the algorithm, the digests */
} digests[] = {
    {FINGERPRINT, "a.test fingerprint match=AB:cd|EF match=0:1:\n", "a.test sha512 abcd ef 01 "},
    {FINGERPRINT "smtp_tls_fingerprint_cert_match = 01:AA, 02\t03\n", "a.test fingerprint\n",
     "smtp_tls_fingerprint_cert_match sha512 01aa 02 03 "},
    {FINGERPRINT "smtp_tls_fingerprint_cert_match = 01:AA\n", "a.test fingerprint match=02\n",
     "a.test sha512 02 "},
};

START_TEST(fingerprints)
{
    struct place p;
    struct mta_server s;
    const struct mta_policy *policy;
    char got[200];

    make_place(&p);
    put(&p, "main.cf", digests[_i].main);
    put(&p, "policy", digests[_i].policy);
    ask(&p, "a.test", &s);
    drop_place(&p);
    ck_assert_uint_eq(s.route_count, 1);
    ck_assert_uint_eq(s.routes[0].hop_count, 1);
    policy = &s.routes[0].hops[0].policy;
    ck_assert_int_eq(policy->level, LEVEL_FINGERPRINT);
    text_format(got, sizeof got, "%s %s ", policy->match_source.key, policy->digest);
    for (size_t i = 0; i < policy->digests.count; i++)
        text_append(got, sizeof got, "%s ", policy->digests.at[i]);
    ck_assert_str_eq(got, digests[_i].want);
    mta_facts_free(&s);
}
END_TEST

/* A key with a line feed would be two lines, and postmap would answer to each. */
START_TEST(keys_are_lines)
{
    const struct mta_question question = {.recipient = "p\nx@a.test", .domain = "a.test"};
    const struct mta_ask a = {.questions = &question,
                              .question_count = 1,
                              .senders = senders,
                              .sender_count = 1,
                              .deadline = deadline_in_ms(30000)};
    struct place p;
    struct mta_server s;
    struct error e = {0};
    char path[80], asked[400];
    FILE *f;

    make_place(&p);
    put(&p, "main.cf", TRANSPORT);
    put(&p, "policy", "");
    put(&p, "transport", "");
    put(&p, "postmap", "cat >>\"$dir/list\"");
    ck_assert_msg(postfix_ask(p.dir, &a, &s, &e), "%s", e.text);
    snprintf(path, sizeof path, "%s/list", p.dir);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    asked[fread(asked, 1, sizeof asked - 1, f)] = '\0';
    fclose(f);
    ck_assert_ptr_nonnull(strstr(asked, "a.test\n"));
    ck_assert_msg(!strstr(asked, "x@a.test\n"), "%s", asked);
    mta_facts_free(&s);
    drop_place(&p);
}
END_TEST

/* Programs that do not answer as they should. */
static const struct {
    const char *name, *postconf, *postmap, *want;
} failures[] = {
    {"postconf fails", "exit 75", "", "!failed postconf unknown "},
    {"postconf says nothing", "exit 0", "", "!service rewrite unknown "},
    {"postmap gives up", "", "echo 'postmap: fatal: query error' >&2; exit 1",
     "a.test/smtp mx -1 default !table a.test "},
    {"postmap has no right", "", "echo 'postmap: fatal: open x: Permission denied' >&2; exit 1",
     "a.test/smtp mx -1 default !denied a.test "},
    {"postmap dies", "", "kill -9 $$", "a.test/smtp mx -1 default !table a.test "},
    {"postmap without end", "", "exec yes", "a.test/smtp mx -1 default !too-long a.test "},
    {"a key after the fatal one", "",
     "printf 'a.test\\tverify\\n'; echo 'postmap: fatal: query error' >&2; exit 1",
     "a.test/smtp mx 3 "},
    {"twice", "",
     "echo \"postmap: warning: ${table#*:}, line 2: duplicate entry: \\\"k\\\"\" >&2; exit 1",
     "a.test/smtp mx -1 default !duplicate k "},
    {"a warning", "", "echo \"postmap: warning: ${table#*:} is odd\" >&2; exit 1",
     "a.test/smtp mx -1 default !warning  "},
};

START_TEST(failure)
{
    struct place p;
    struct mta_server s;
    char got[1000];

    make_place(&p);
    put(&p, "main.cf", POLICY);
    put(&p, "policy", "");
    if (*failures[_i].postconf)
        put(&p, "postconf", failures[_i].postconf);
    if (*failures[_i].postmap)
        put(&p, "postmap", failures[_i].postmap);
    ask(&p, "a.test", &s);
    show(&s, got, sizeof got);
    drop_place(&p);
    ck_assert_msg(strcmp(got, failures[_i].want) == 0, "%s: \"%s\", due \"%s\"", failures[_i].name,
                  got, failures[_i].want);
    mta_facts_free(&s);
}
END_TEST

START_TEST(no_directory)
{
    struct place p = {"/nonexistent"};
    struct mta_server s;
    char got[200];

    ask(&p, "a.test", &s);
    show(&s, got, sizeof got);
    ck_assert_str_eq(got, "!missing  unknown ");
    mta_facts_free(&s);
}
END_TEST

UNIT_CASE(postfix, {answer, COUNT(cases)}, {fingerprints, COUNT(digests)}, {keys_are_lines, 1},
          {failure, COUNT(failures)}, {no_directory, 1})
