/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_output.h"

#include <string.h>

#include "base/text.h"
#include "unit/unit.h"

/* --- exim -bP --- */

/* As Exim 4.96 prints it, shortened. */
static const char printed[] =
    "primary_hostname = mx1.example.com\n"
    "\n"
    "hubbed_hosts router:\n"
    "no_more\n"
    "domains = ${if exists{/etc/exim4/hubbed_hosts}{partial-lsearch;/etc/exim4/hubbed_hosts}fail}\n"
    "driver = manualroute\n"
    "\n"
    "dnslookup router:\n"
    "more\n"
    "domains = ! +local_domains\n"
    "route_list = \n"
    "\n"
    "remote_smtp transport:\n"
    "driver = smtp\n"
    "headers_add = X: a\\nhosts_require_tls = *\n"
    "hosts_require_tls = <value not displayable>\n"
    "no_hosts_override\n"
    "tls_verify_hosts =\n";

static const char lists[] = "domainlist both = example.com\n"
                            "hostlist both = *.example.com\n"
                            "no address, domain, host, or local part list called \"x\" exists\n"
                            "hostlist secret = <value not displayable>\n";

static const struct {
    enum exim_kind kind;
    const char *owner, *name, *value; /* NULL: there is none */
    bool hidden;
} settings[] = {
    {EXIM_MAIN, "", "primary_hostname", "mx1.example.com", false},
    {EXIM_MAIN, "", "driver", NULL, false},
    {EXIM_ROUTER, "hubbed_hosts", "more", "no", false},
    {EXIM_ROUTER, "dnslookup", "more", "yes", false},
    {EXIM_ROUTER, "dnslookup", "domains", "! +local_domains", false},
    {EXIM_ROUTER, "dnslookup", "route_list", "", false},
    {EXIM_ROUTER, "dnslookup", "driver", NULL, false},
    {EXIM_TRANSPORT, "remote_smtp", "driver", "smtp", false},
    {EXIM_TRANSPORT, "remote_smtp", "headers_add", "X: a\\nhosts_require_tls = *", false},
    {EXIM_TRANSPORT, "remote_smtp", "hosts_require_tls", "<value not displayable>", true},
    {EXIM_TRANSPORT, "remote_smtp", "hosts_override", "no", false},
    {EXIM_TRANSPORT, "remote_smtp", "tls_verify_hosts", "", false},
    {EXIM_TRANSPORT, "hubbed_hosts", "more", NULL, false},
    {EXIM_DOMAIN_LIST, "", "both", "example.com", false},
    {EXIM_HOST_LIST, "", "both", "*.example.com", false},
    {EXIM_HOST_LIST, "", "secret", "<value not displayable>", true},
    {EXIM_HOST_LIST, "", "x", NULL, false},
};

START_TEST(reads_settings)
{
    struct exim_settings s = {0};
    const struct exim_setting *found;
    struct error e;

    ck_assert(exim_output_add_settings(&s, span_of(printed), &e));
    ck_assert(exim_output_add_settings(&s, span_of(lists), &e));
    ck_assert_uint_eq(s.router_count, 2);
    ck_assert(span_is(s.routers[0], "hubbed_hosts"));
    ck_assert(span_is(s.routers[1], "dnslookup"));
    found = exim_output_get_setting(&s, settings[_i].kind, span_of(settings[_i].owner),
                                    settings[_i].name);
    ck_assert_msg((found == NULL) == (settings[_i].value == NULL), "%s", settings[_i].name);
    if (found) {
        ck_assert_msg(span_is(found->value, settings[_i].value), "%s: %.*s", settings[_i].name,
                      (int)found->value.len, found->value.at);
        ck_assert_int_eq(found->hidden, settings[_i].hidden);
    }
    exim_output_clear_settings(&s);
}
END_TEST

/* --- exim -bt --- */

static const char *const outcomes[] = {"routed",   "redirected", "undeliverable",
                                       "deferred", "discarded",  "misread"};

static void describe(const struct exim_deliveries *d, struct text *out)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct exim_delivery *v = &d->at[i];

        text_addf(out, "%s %.*s (%.*s) %.*s %.*s\n", outcomes[v->outcome], (int)v->address.len,
                  v->address.at, (int)v->reason.len, v->reason.at, (int)v->router.len, v->router.at,
                  (int)v->transport.len, v->transport.at);
        for (size_t k = 0; k < v->host_count; k++) {
            const struct exim_host *h = &v->hosts[k];

            text_addf(out, " %.*s [%.*s] %d %u\n", (int)h->name.len, h->name.at,
                      (int)h->address.len, h->address.at, h->mx, h->port);
        }
    }
}

/* Outputs of Exim 4.96, each with the next prompt. */
static const struct {
    const char *output, *due;
} routes[] = {
    {"> postmaster@example.test\n"
     "  router = dnslookup, transport = remote_smtp\n"
     "  host mx2.example.test [203.0.113.2] MX=20\n"
     "  host mx.example.test  [203.0.113.1] MX=10\n"
     "  host mx.example.test  [2001:db8::1] MX=10\n"
     "> ",
     "routed postmaster@example.test () dnslookup remote_smtp\n"
     " mx.example.test [2001:db8::1] 10 0\n"
     " mx.example.test [203.0.113.1] 10 0\n"
     " mx2.example.test [203.0.113.2] 20 0\n"},
    {"> u@example.test\n"
     "  router = smarthost, transport = remote_smtp_smarthost\n"
     "  host smart.example.com [203.0.113.3] port=587\n"
     "> ",
     "routed u@example.test () smarthost remote_smtp_smarthost\n"
     " smart.example.com [203.0.113.3] -1 587\n"},
    {"> u@hosts.test\n  router = hosts, transport = with_hosts\n> ",
     "routed u@hosts.test () hosts with_hosts\n"},
    {"> u@null.test is undeliverable\n> ", "undeliverable u@null.test ()  \n"},
    {"> u@null.test is undeliverable: an MX or SRV record indicated no SMTP service\n> ",
     "undeliverable u@null.test (an MX or SRV record indicated no SMTP service)  \n"},
    {"> d@example.test cannot be resolved at this time: later\n> ",
     "deferred d@example.test (later)  \n"},
    {"> mail to b@example.test is discarded\n> ", "discarded  ()  \n"},
    {"> syntax error: domain missing or malformed\n> ",
     "misread  (domain missing or malformed)  \n"},
    {"> b@other.test\n"
     "    <-- two@example.test\n"
     "  router = dnslookup, transport = remote_smtp\n"
     "  host mx.other.test [203.0.113.4] MX=10\n"
     "a@other.test   [duplicate, would not be delivered]\n"
     "    <-- two@example.test\n"
     "  router = dnslookup, transport = remote_smtp\n"
     "> ",
     "routed b@other.test () dnslookup remote_smtp\n"
     " mx.other.test [203.0.113.4] 10 0\n"
     "routed a@other.test () dnslookup remote_smtp\n"},
    {"> u@copy.test is undeliverable: Unrouteable address\n"
     "    <-- u@copy.test\n"
     "u@copy.test\n"
     "    <-- u@copy.test\n"
     "  router = copy, transport = file\n"
     "> ",
     "undeliverable u@copy.test (Unrouteable address)  \n"
     "routed u@copy.test () copy file\n"},
    {"> p@example.test -> |/bin/true\n  transport = pipe\n> ",
     "redirected p@example.test (|/bin/true)  pipe\n"},
    {"> u@example.test\n  router = r, transport = unset\n  host mx [unknown] MX=x port=y ** "
     "unusable **\n> ",
     "routed u@example.test () r unset\n mx [] -1 0\n"},
    {"> \n> ", ""},
    {">   host mx [1.2.3.4]\n> ", ""},
};

START_TEST(reads_routes)
{
    struct span text = span_of(routes[_i].output), answer;
    struct exim_deliveries d;
    struct text got;
    struct error e;

    text_init(&got, 10000);
    ck_assert(exim_output_next_answer(&text, &answer));
    ck_assert(exim_output_deliveries_read(answer, &d, &e));
    describe(&d, &got);
    ck_assert_str_eq(text_str(&got), routes[_i].due);
    ck_assert(exim_output_deliveries_are_equal(&d, &d));
    ck_assert(!exim_output_next_answer(&text, &answer));
    exim_output_deliveries_clear(&d);
    text_free(&got);
}
END_TEST

START_TEST(compares_routes)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } pairs[] = {
        {"u@x\n  router = r, transport = t\n  host a [192.0.2.1] MX=10\n  host b [192.0.2.2] MX=10",
         "u@x\n  router = r, transport = t\n  host b [192.0.2.2] MX=10\n  host a [192.0.2.1] MX=10",
         true},
        {"u@x\n  router = r, transport = t", "u@x\n  router = s, transport = t", false},
        {"u@x\n  router = r, transport = t", "u@x\n  router = r, transport = s", false},
        {"u@x\n  router = r, transport = t", "u@x is undeliverable", false},
        {"u@x is undeliverable", "u@x is undeliverable: why", true},
        {"u@x\n  router = r, transport = t\n  host a [192.0.2.1] port=25",
         "u@x\n  router = r, transport = t\n  host a [192.0.2.1]", false},
        {"u@x\n  router = r, transport = t", "", false},
    };

    for (int i = 0; i < COUNT(pairs); i++) {
        struct exim_deliveries a, b;
        struct error e;

        ck_assert(exim_output_deliveries_read(span_of(pairs[i].a), &a, &e));
        ck_assert(exim_output_deliveries_read(span_of(pairs[i].b), &b, &e));
        ck_assert_msg(exim_output_deliveries_are_equal(&a, &b) == pairs[i].equal, "%s", pairs[i].a);
        exim_output_deliveries_clear(&a);
        exim_output_deliveries_clear(&b);
    }
}
END_TEST

START_TEST(waits_for_prompts)
{
    /* The text after the last prompt may go on. */
    static const struct {
        const char *text;
        int answers;
    } texts[] = {{"", 0},        {"exim: permission denied\n", 0}, {"> ", 0},  {"> u@x\n", 0},
                 {"> a\n> ", 1}, {"> a\n> b\n> c\n", 2},           {"> \n", 0}};

    for (int i = 0; i < COUNT(texts); i++) {
        struct span text = span_of(texts[i].text), answer;
        int count = 0;

        while (exim_output_next_answer(&text, &answer))
            count++;
        ck_assert_msg(count == texts[i].answers, "%s: %d", texts[i].text, count);
    }
}
END_TEST

/* --- exim -bh --- */

START_TEST(reads_replies)
{
    static const char session[] =
        "\n**** SMTP testing session as if from host 192.0.2.1\n"
        "**** but without any ident (RFC 1413) callback.\n**** This is not for real!\n\n"
        "220 mx1.example.com ESMTP Exim 4.96\r\n250-mx1.example.com Hello x [192.0.2.1]\r\n"
        "250-STARTTLS\r\n250 HELP\r\n250 OK\r\n550 5.7.0 TLS is required\r\n221\r\n";
    static const struct {
        unsigned code;
        const char *reply;
    } due[] = {{220, "220 mx1.example.com ESMTP Exim 4.96"},
               {250, "250 HELP"},
               {250, "250 OK"},
               {550, "550 5.7.0 TLS is required"},
               {221, "221"}};
    struct span text = span_of(session), reply;
    unsigned code;

    for (int i = 0; i < COUNT(due); i++) {
        ck_assert(exim_output_next_reply(&text, &code, &reply));
        ck_assert_uint_eq(code, due[i].code);
        ck_assert(span_is(reply, due[i].reply));
    }
    ck_assert(!exim_output_next_reply(&text, &code, &reply));
}
END_TEST

UNIT_CASE(exim_output, {reads_settings, COUNT(settings)}, {reads_routes, COUNT(routes)},
          {compares_routes, 1}, {waits_for_prompts, 1}, {reads_replies, 1})
