/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_route.h"

#include <stdio.h>

#include "mta/exim_hosts.h"
#include "unit/mta/exim_fixture.h"
#include "unit/unit.h"

/* --- routes --- */

static const struct {
    const char *settings, *routes, *due;
} routes[] = {
    {ROUTER("smart", "driver = manualroute\nroute_list = * smart.example.com::587 byname\n")
         TRANSPORT("t", "driver = smtp\n" STRICT),
     WITH("smart, transport = t") "  host smart.example.com [203.0.113.3] port=587\n> ",
     "0 sent\n  smart.example.com:587 by t [router smart: route_list = * smart.example.com::587 "
     "byname]\n   verify match=hostname [transport t: tls_verify_hosts = *]\n"},
    {ROUTER("all", "driver = accept\n")
         TRANSPORT("t", "driver = smtp\nhosts = A.example.com : b.example.com::26/mx\n" STRICT
                        "fallback_hosts = [192.0.2.9]::25\n"),
     WITH("all, transport = t") "> ",
     "0 sent\n"
     "  a.example.com by t [transport t: hosts = A.example.com : b.example.com::26/mx]\n"
     "   verify match=hostname [transport t: tls_verify_hosts = *]\n"
     "  b.example.com:26 by t [transport t: hosts = A.example.com : b.example.com::26/mx]\n"
     "   verify match=hostname [transport t: tls_verify_hosts = *]\n"
     "  192.0.2.9:25 (fallback) by t [transport t: fallback_hosts = [192.0.2.9]::25]\n"
     "   verify match=hostname [transport t: tls_verify_hosts = *]\n"},
    {ROUTER("p", "driver = accept\n") TRANSPORT("pipe", "driver = pipe\n"),
     WITH("p, transport = pipe") "> ", "0 kept [router p: transport = ]\n"},
    {ROUTER("l", "driver = manualroute\n") TRANSPORT("t", "driver = smtp\nprotocol = lmtp\n"),
     WITH("l, transport = t") "  host mx [192.0.2.1]\n> ",
     "0 sent\n  not-followed [transport t: protocol = lmtp]\n  mx by t [router l: driver = "
     "manualroute]\n   may [transport t: hosts_require_tls = ]\n"},
    {ROUTER("a", "driver = redirect\n"), "> postmaster@example.test is undeliverable: no\n> ",
     "0 bounced [exim -bt: postmaster@example.test = no]\n"},
    {ROUTER("a", "driver = redirect\n"),
     "> postmaster@example.test cannot be resolved at this time\n> ",
     "0 deferred [exim -bt: postmaster@example.test = ]\n"},
    {ROUTER("a", "driver = redirect\n"), "> mail to postmaster@example.test is discarded\n> ",
     "0 discarded [exim -bt: postmaster@example.test = ]\n"},
    /* A copy for us beside mail that is sent does not change where that goes. */
    {ROUTER("copy", "driver = accept\n") ROUTER("r", "driver = dnslookup\n")
         TRANSPORT("file", "driver = appendfile\n") TRANSPORT("t", "driver = smtp\n" STRICT),
     WITH("copy, transport = file") "postmaster@example.test\n  router = r, transport = t\n"
                                    "  host mx [192.0.2.1] MX=1\n> ",
     "0 sent\n  example.test (MX) by t\n   verify match=hostname [transport t: tls_verify_hosts = "
     "*]\n"},
    /* Mail for another domain */
    {ROUTER("r", "driver = dnslookup\n") TRANSPORT("t", "driver = smtp\n" STRICT),
     "> a@other.test\n    <-- postmaster@example.test\n  router = r, transport = t\n"
     "  host mx [192.0.2.1] MX=1\n> ",
     "0 sent\n  not-followed [exim -bt: postmaster@example.test = a@other.test]\n  other.test (MX) "
     "by t\n   verify match=hostname [transport t: tls_verify_hosts = *]\n"},
    /* Hosts that are not shown, or not known */
    {ROUTER("p", "driver = accept\n")
         TRANSPORT("t", "driver = smtp\nhosts = <value not displayable>\n"),
     WITH("p, transport = t") "> ", "0 sent\n  value-hidden [transport t: hosts = ]\n"},
    {ROUTER("p", "driver = accept\n") TRANSPORT("t", "driver = smtp\nhosts = $address_data\n"),
     WITH("p, transport = t") "> ",
     "0 sent\n  value-unexpanded [transport t: hosts = $address_data] $address_data\n"},
    {ROUTER("p", "driver = manualroute\nfallback_hosts = $h_x:\n")
         TRANSPORT("t", "driver = smtp\n" STRICT "fallback_hosts = f.example.com\n"),
     WITH("p, transport = t") "  host mx [192.0.2.1]\n> ",
     "0 sent\n  value-unexpanded [router p: fallback_hosts = $h_x:] $h_x\n  mx by t [router p: "
     "driver = manualroute]\n   verify match=hostname [transport t: tls_verify_hosts = *]\n"},
    /* No answer */
    {ROUTER("r", "driver = dnslookup\n"),
     "> syntax error: missing or malformed local part (expected word or \"<\")\n> ",
     "0 unknown\n  table-failed [exim -bt: postmaster@example.test = ] missing or malformed local "
     "part "
     "(expected word or \"<\")\n"},
    {ROUTER("r", "driver = dnslookup\n"), "> \n> ",
     "0 unknown\n  table-failed [exim -bt: postmaster@example.test = ]\n"},
    {ROUTER("r", "driver = dnslookup\n"), "> postmaster@example.test\n",
     "0 unknown\n  table-failed [exim -bt: postmaster@example.test = ]\n"},
    /* A host's name is the partner's: it is never expanded. */
    {ROUTER("r", "driver = dnslookup\n")
         TRANSPORT("t", "driver = smtp\nhosts_require_tls = ${if eq{$host}{mx}{*}{}}\n"),
     WITH("r, transport = t") "  host ${run{/bin/id}} [192.0.2.1] MX=1\n> ",
     "0 sent\n  example.test (MX) by t\n   may [:  = ]\n   value-unexpanded [transport t: "
     "hosts_require_tls = ${if eq{$host}{mx}{*}{}}] $host\n"},
    /* Routers that exim -bt does not ask, or not with the mail */
    {ROUTER("hidden", "driver = manualroute\nno_address_test\n") ROUTER("r", "driver = dnslookup\n")
         TRANSPORT("t", "driver = smtp\n" STRICT),
     WITH("r, transport = t") "  host mx [192.0.2.1] MX=1\n> ",
     "0 sent\n  example.test (MX) by t\n   verify match=hostname [transport t: tls_verify_hosts = "
     "*]\n"},
    /* No MX records now: the configuration tells all the same. */
    {ROUTER("local", "driver = accept\ndomains = example.com\n") ROUTER(
         "r", "driver = dnslookup\ntransport = t\n") TRANSPORT("t", "driver = smtp\n" STRICT),
     "> postmaster@example.test is undeliverable\n> ",
     "0 sent\n  example.test (MX) by t\n   verify match=hostname [transport t: tls_verify_hosts = "
     "*]\n"},
    {ROUTER("perhaps", "driver = accept\nlocal_parts = postmaster\n") ROUTER(
         "r", "driver = dnslookup\ntransport = t\n") TRANSPORT("t", "driver = smtp\n" STRICT),
     "> postmaster@example.test is undeliverable\n> ",
     "0 bounced [exim -bt: postmaster@example.test = ]\n"},
};

START_TEST(route)
{
    struct mta_ask ask = exim_one_question();
    char settings[4096];
    struct exim_place p;

    exim_place_make(&p);
    snprintf(settings, sizeof settings, "primary_hostname = mx1.example.com\n%s",
             routes[_i].settings);
    exim_place_put(&p, "settings", settings);
    exim_place_put(&p, "routes", routes[_i].routes);
    exim_check(NULL, &ask, routes[_i].due);
    exim_place_drop(&p);
}
END_TEST

START_TEST(blind_spots)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;

    exim_place_make(&p);
    exim_place_put(&p, "routes", WITH("r, transport = t") "  host mx [192.0.2.1] MX=1\n> ");
    exim_place_put(&p, "settings",
                   "primary_hostname = mx1.example.com\n"
                   "\nskipped router:\nno_address_test\ndomains = example.test\n"
                   "\nlocal router:\nno_address_test\ndomains = example.com\n"
                   "\nverify router:\nno_address_test\nverify_only\n"
                   "\nby_header router:\naddress_test\ncondition = ${if eq{$h_x:}{1}}\n"
                   "\nr router:\naddress_test\ndriver = dnslookup\n"
                   "\nafter router:\nno_address_test\n" TRANSPORT("t", "driver = smtp\n" STRICT));
    exim_check(
        NULL, &ask,
        "0 sent\n  not-followed [router skipped: address_test = no]\n"
        "  value-unexpanded [router by_header: condition = ${if eq{$h_x:}{1}}]\n"
        "  example.test (MX) by t\n   verify match=hostname [transport t: tls_verify_hosts = "
        "*]\n");
    exim_place_drop(&p);
}
END_TEST

START_TEST(two_senders)
{
    struct mta_ask ask = exim_one_question();
    struct exim_place p;

    exim_place_make(&p);
    ask.question_count = 2;
    ask.sender_count = 2;
    exim_place_put(
        &p, "exim",
        "#!/bin/sh\ncd \"${0%/*}\"\ncase \"$*\" in\n*-bV) cat version ;;\n*-bP*) cat settings ;;\n"
        "'-f postmaster@example.com -bt') printf '> a@example.test\\n  router = r, transport = "
        "t\\n> b@y is "
        "undeliverable\\n> ' ;;\n"
        "'-f b@example.com -bt') printf '> a@example.test\\n  router = s, transport = t\\n> b@y is "
        "undeliverable\\n> ' ;;\nesac\n");
    exim_place_put(&p, "settings",
                   ROUTER("r", "driver = accept\n") TRANSPORT("t", "driver = pipe\n"));
    exim_check(NULL, &ask,
               "0 from postmaster@example.com kept [router r: transport = ]\n"
               "0 from b@example.com kept [router s: transport = ]\n"
               "1 bounced [exim -bt: u@other.test = ]\n");
    exim_place_drop(&p);
}
END_TEST

/* --- hosts of a form --- */

START_TEST(guess)
{
    static const char *const names[] = {"mx1.example.test", "*.example.test", "mx2.example.test"};
    struct exim_targets t = {0};

    ck_assert(exim_hosts_guess(&t, names, 3));
    ck_assert_uint_eq(t.count, 2);
    ck_assert_str_eq(t.at[0].name, "mx1.example.test");
    ck_assert_str_eq(t.at[1].name, "mx2.example.test");
    ck_assert_str_eq(t.at[1].address, "");
    exim_hosts_free(&t);
    ck_assert(exim_hosts_guess(&t, names + 1, 1));
    ck_assert_uint_eq(t.count, 1);
    ck_assert_str_eq(t.at[0].name, "");
    exim_hosts_free(&t);
}
END_TEST

static const struct {
    const char *port, *due; /* due: the ports of mx, mx:26 and mx:0 */
} ports[] = {
    {"smtps", "465 26 465"}, {"submissions", "465 26 465"},
    {"ssmtp", "465 26 465"}, {"submission", "587 26 587"},
    {"lmtp", "24 26 24"},    {"smtp", "0 26 0"},
    {"25", "0 26 0"},        {"24", "24 26 24"},
    {"", "0 26 0"},          {"2525", "2525 26 2525"},
    {"$x", "0 26 0"},
};

START_TEST(port)
{
    const struct exim_setting set = {.value = span_of(ports[_i].port)};
    struct exim_targets t = {0};
    char got[40];

    ck_assert(exim_hosts_read(&t, span_of("mx : mx::26 : mx::0")));
    ck_assert_uint_eq(t.count, 3);
    exim_hosts_port(&t, NULL);
    ck_assert_uint_eq(t.at[0].port, 0);
    exim_hosts_port(&t, &set);
    snprintf(got, sizeof got, "%u %u %u", t.at[0].port, t.at[1].port, t.at[2].port);
    ck_assert_str_eq(got, ports[_i].due);
    exim_hosts_free(&t);
}
END_TEST

UNIT_CASE(exim_route, {route, COUNT(routes)}, {blind_spots, 1}, {two_senders, 1}, {guess, 1},
          {port, COUNT(ports)})
