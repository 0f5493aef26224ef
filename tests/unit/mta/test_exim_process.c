/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes that exim_ask runs: how many, with what input, and what becomes of those that fail.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit/mta/exim_fixture.h"
#include "unit/unit.h"

enum { TEXT_MAX = 20000 };

/* --- processes --- */

START_TEST(few_processes)
{
    enum { MANY = 500 };
    static struct mta_question many[MANY];
    static char recipients[MANY][40];
    struct mta_ask ask = exim_one_question();
    struct text output;
    struct mta_server s;
    struct exim_place p;
    struct error e;
    char calls[4096];
    size_t lines = 0;

    exim_place_make(&p);
    text_init(&output, 1000000);
    for (int i = 0; i < MANY; i++) {
        snprintf(recipients[i], sizeof recipients[i], "p@%d.test", i);
        many[i] = (struct mta_question){.recipient = recipients[i], .domain = recipients[i] + 2};
        text_addf(&output, "> p@%d.test\n  router = dnslookup, transport = remote_smtp\n", i);
        text_addf(&output, "  host mx.%d.test [192.0.2.1] MX=1\n", i);
    }
    text_add(&output, "> ");
    exim_place_put(&p, "routes", text_str(&output));
    exim_place_put(&p, "settings",
                   LOOKUP DEFAULTS "hosts_require_tls = +strict\ntls_verify_hosts = "
                                   "${lookup{$domain}lsearch{/f}{*}{}}\n");
    exim_place_put(&p, "lists", "hostlist strict = ^mx\ndomainlist local_domains = example.com\n");
    exim_place_put(
        &p, "texts",
        "s/^> \\([0-9]*\\):${lookup.*/> \\1:*:\\1/\ns/^> \\([0-9]*\\):${if.*/> \\1:yes:\\1/\n");
    ask.questions = many;
    ask.question_count = MANY;
    ck_assert(exim_ask(NULL, &ask, &s, &e));
    ck_assert_uint_eq(s.route_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_uint_eq(s.routes[i].hop_count, 1);
        ck_assert_uint_eq(s.routes[i].hops[0].facts.count, 0);
        ck_assert_int_eq(s.routes[i].hops[0].policy.level, LEVEL_VERIFY);
    }
    exim_place_get(&p, "calls", calls, sizeof calls);
    for (const char *c = calls; *c; c++)
        lines += *c == '\n';
    ck_assert_msg(lines <= 7, "%s", calls);
    mta_facts_free(&s);
    text_free(&output);
    exim_place_drop(&p);
}
END_TEST

START_TEST(input)
{
    static const struct mta_question odd[] = {{.recipient = "a@x.test", .domain = "x.test"},
                                              {.recipient = "a\nb@x.test", .domain = "x.test"},
                                              {.recipient = "a\\", .domain = "x.test"}};
    struct mta_ask ask = exim_one_question();
    char asked[200], calls[200];
    struct mta_server s;
    struct exim_place p;
    struct error e;

    exim_place_make(&p);
    exim_place_put(&p, "settings", LOOKUP);
    ask.questions = odd;
    ask.question_count = COUNT(odd);
    ck_assert(exim_ask(NULL, &ask, &s, &e));
    exim_place_get(&p, "asked", asked, sizeof asked);
    ck_assert_str_eq(asked, "a@x.test\n@\n@\n");
    mta_facts_free(&s);
    exim_place_put(&p, "calls", "");
    exim_place_put(&p, "conf", "");
    ck_assert(exim_ask("/dev/null", &ask, &s, &e));
    exim_place_get(&p, "calls", calls, sizeof calls);
    ck_assert_ptr_nonnull(strstr(calls, "-C /dev/null -f postmaster@example.com -bt\n"));
    mta_facts_free(&s);
    exim_place_drop(&p);
}
END_TEST

/* --- failures --- */

static const struct {
    const char *exim, *due; /* the program's body; NULL: there is none */
} failures[] = {
    {NULL, "program-missing [: exim = ]\n0 unknown\n"},
    {"echo 'Exim configuration error in line 3 of /c:' >&2; echo '  option \"x\" unknown' >&2; "
     "exit 1",
     "program-failed [*: exim = status 1] Exim configuration error in line 3 of /c:   option \"x\" "
     "unknown\n0 unknown\n"},
    {"kill -9 $$", "program-failed [*: exim = signal 9]\n0 unknown\n"},
    {"exec yes", "program-too-long [*: exim = ]\n0 unknown\n"},
    {"[ \"$1\" = -bV ] && exec cat version; exec sleep 30",
     "program-timeout [*: exim = ]\n0 unknown\n"},
    {"case \"$*\" in *-bV) cat version ;; *-bP*) cat settings ;; *) exec sleep 30 ;; esac",
     "program-timeout [*: exim = ]\n0 unknown\n"},
    {"case \"$*\" in *-bV) cat version ;; *-bP*) cat settings ;; *) exec yes ;; esac",
     "program-too-long [*: exim = ]\n0 unknown\n"},
    {"case \"$*\" in *-bV) cat version ;; *-bP*) cat settings ;; *) echo 'exim: permission "
     "denied' >&2; exit 1 ;; esac",
     "program-failed [*: exim = status 1] exim: permission denied\n0 unknown\n"},
};

/* The path of the place, which is another in each run, as "*". */
static void starred(const char *text, const char *dir, struct text *out)
{
    text_init(out, TEXT_MAX);
    for (const char *at = text; *at;) {
        if (strncmp(at, dir, strlen(dir)) == 0) {
            text_add(out, "*");
            at += strlen(dir) + strlen("/exim");
        } else {
            text_add_bytes(out, at++, 1);
        }
    }
}

START_TEST(failure)
{
    struct mta_ask ask = exim_one_question();
    struct mta_server s;
    struct text t, stars;
    struct exim_place p;
    struct error e;
    char body[1000], path[64];

    exim_place_make(&p);
    snprintf(path, sizeof path, "%s/exim", p.dir);
    snprintf(body, sizeof body, "#!/bin/sh\ncd \"${0%%/*}\"\n%s\n",
             failures[_i].exim ? failures[_i].exim : "");
    exim_place_put(&p, "exim", body);
    if (!failures[_i].exim)
        unlink(path);
    exim_place_put(&p, "settings", LOOKUP STRICT);
    if (failures[_i].exim && strstr(failures[_i].exim, "sleep"))
        ask.deadline = deadline_in_ms(1500);
    ck_assert(exim_ask(NULL, &ask, &s, &e));
    exim_describe(&s, &t);
    starred(text_str(&t), p.dir, &stars);
    ck_assert_str_eq(text_str(&stars), failures[_i].due);
    text_free(&stars);
    text_free(&t);
    mta_facts_free(&s);
    exim_place_drop(&p);
}
END_TEST

/* exim -be gives up its rights first: where that fails, the value is not known, and Exim has not
 * failed. */
START_TEST(expansion_fails)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;

    exim_place_make(&p);
    exim_place_put(
        &p, "exim",
        "#!/bin/sh\ncd \"${0%/*}\"\ncase \"$*\" in *-bV) cat version ;; *-bP*) cat "
        "settings ;; *-bt) cat routes ;; *) echo 'exim: no rights' >&2; exit 1 ;; esac\n");
    exim_place_put(&p, "settings",
                   LOOKUP DEFAULTS "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}\n"
                                   "tls_verify_hosts = *\n");
    exim_place_put(&p, "routes", ROUTED);
    exim_check(NULL, &ask,
               BY "may [:  = ]\n   value-unexpanded " T
                  "hosts_require_tls = ${lookup{$domain}lsearch{/f}{*}{}}] exim: no rights\n");
    exim_place_drop(&p);
}
END_TEST

START_TEST(other_name)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;
    char from[64], to[64];

    exim_place_make(&p);
    snprintf(from, sizeof from, "%s/exim", p.dir);
    snprintf(to, sizeof to, "%s/exim4", p.dir);
    ck_assert_int_eq(rename(from, to), 0);
    exim_place_put(&p, "settings", LOOKUP STRICT);
    exim_place_put(&p, "routes", ROUTED);
    exim_check(NULL, &ask, VERIFIED);
    exim_place_drop(&p);
}
END_TEST

START_TEST(no_config)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;

    exim_place_make(&p);
    exim_check("/none/exim.conf", &ask, "config-missing [/none/exim.conf:  = ]\n0 unknown\n");
    exim_place_drop(&p);
}
END_TEST

START_TEST(libraries)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;

    exim_place_make(&p);
    exim_place_put(&p, "settings",
                   LOOKUP "tls_try_verify_hosts = \n" DEFAULTS "hosts_require_tls = *\n");
    exim_place_put(&p, "routes", ROUTED);
    exim_place_put(&p, "version", "Exim version 4.97 #1\nSupport for: IPv6 OpenSSL DANE\n");
    exim_check(NULL, &ask, BY "verify match=hostname " T "tls_verify_hosts = ]\n");
    exim_place_put(&p, "version", "Exim version 4.97 #1\nSupport for: IPv6\n");
    exim_place_put(&p, "settings", LOOKUP STRICT);
    exim_check(NULL, &ask, VERIFIED "   tls-not-built " T "hosts_require_tls = *]\n");
    exim_place_drop(&p);
}
END_TEST

/* --- inbound --- */

START_TEST(clients)
{
    static const struct mta_client asked[] = {
        {.address = "192.0.2.1", .sender = "a@example.test", .recipient = "p@mx1.example.com"},
        {.address = "192.0.2.1", .sender = "a\r\nDATA", .recipient = "p@mx1.example.com"}};
    static const struct {
        const char *replies, *due;
    } sessions[] = {
        {"220 x\r\n250-x\r\n250 y\r\n250 OK\r\n550 5.7.0 TLS is required\r\n221 x\r\n",
         "client 0: RCPT 550 5.7.0 TLS is required\nclient 1:  0 \n"},
        {"220 x\r\n250 x\r\n250 OK\r\n250 Accepted\r\n221 x\r\n",
         "client 0: RCPT 250 Accepted\nclient 1:  0 \n"},
        {"220 x\r\n250 x\r\n530 5.7.0 STARTTLS first\r\n503 x\r\n221 x\r\n",
         "client 0: MAIL 530 5.7.0 STARTTLS first\nclient 1:  0 \n"},
        {"554 no\r\n", "client 0: CONNECT 554 no\nclient 1:  0 \n"},
    };
    struct mta_ask ask = exim_one_question();
    char session[300];
    struct exim_place p;

    ask.question_count = 0;
    ask.clients = asked;
    ask.client_count = COUNT(asked);
    exim_place_make(&p);
    for (int i = 0; i < COUNT(sessions); i++) {
        exim_place_put(&p, "replies", sessions[i].replies);
        exim_check(NULL, &ask, sessions[i].due);
    }
    exim_place_get(&p, "session", session, sizeof session);
    ck_assert_str_eq(session, "EHLO monitoring.invalid\r\nMAIL FROM:<a@example.test>\r\n"
                              "RCPT TO:<p@mx1.example.com>\r\nQUIT\r\n");
    exim_place_drop(&p);
}
END_TEST

UNIT_CASE(exim_process, {few_processes, 1}, {input, 1}, {failure, COUNT(failures)},
          {expansion_fails, 1}, {other_name, 1}, {no_config, 1}, {libraries, 1}, {clients, 1})
