/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/hostname.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

/* --- names and hosts --- */

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct {
    const char *in, *name, *host; /* NULL: refused */
} names[] = {
    {"example.com", "example.com", "example.com"},
    {"EXAMPLE.com", "example.com", "example.com"},
    {"example.com.", "example.com", "example.com"},
    {"localhost", "localhost", "localhost"},
    {"a-b.example.com", "a-b.example.com", "a-b.example.com"},
    {"_dmarc.example.com", "_dmarc.example.com", "_dmarc.example.com"},
    {"1.example.com", "1.example.com", "1.example.com"},
    {"b\xc3\xbc"
     "cher.example",
     "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"B\xc3\x9c"
     "CHER.Example",
     "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"bu\xcc\x88"
     "cher.example",
     "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"fa\xc3\x9f.de", "xn--fa-hia.de", "xn--fa-hia.de"}, /* nontransitional */
    {"xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {L63 ".com", L63 ".com", L63 ".com"},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi",
     L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi",
     L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi"},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij",
     NULL, NULL},
    {L63 "x.com", NULL, NULL},
    {"", NULL, NULL},
    {".", NULL, NULL},
    {"..", NULL, NULL},
    {"example..com", NULL, NULL},
    {".example.com", NULL, NULL},
    {"example.com..", NULL, NULL},
    {"exa mple.com", NULL, NULL},
    {" example.com", NULL, NULL},
    {"example.com\n", NULL, NULL},
    {"example.com:25", NULL, NULL},
    {"exam|ple.com", NULL, NULL},
    {"a@example.com", NULL, NULL},
    {"*.example.com", NULL, NULL},
    {"a\\.b.example.com", NULL, NULL},
    {"Z\xfcrich.ch", NULL, NULL},
    {"\xe2\x80\xae.example", NULL, NULL},
    /* addresses are hosts, not names */
    {"[192.0.2.1]", NULL, "192.0.2.1"},
    {"2001:db8::1", NULL, "2001:db8::1"},
    {"2001:DB8:0::1", NULL, "2001:db8::1"},
    {"[2001:db8::1]", NULL, "2001:db8::1"},
    {"[IPv6:2001:db8::1]", NULL, "2001:db8::1"},
    {"[ipv6:::1]", NULL, "::1"},
    {"[192.0.2.1", NULL, NULL},
    {"192.0.2.1]", NULL, NULL},
    {"[]", NULL, NULL},
    {"[example.com]", NULL, NULL},
    {"2001:db8:::1", NULL, NULL},
};

START_TEST(name)
{
    struct error e = {0};
    const char *got = hostname_ascii(names[_i].in, &e);

    ck_assert_msg(!got == !names[_i].name, "\"%s\": %s", names[_i].in, got);
    if (got)
        ck_assert_str_eq(got, names[_i].name);
    else
        ck_assert(e.cause == ERROR_USAGE && e.text[0]);
    free((char *)got);
}
END_TEST

START_TEST(host)
{
    struct error e = {0};
    const char *got = hostname_or_address(names[_i].in, &e);

    ck_assert_msg(!got == !names[_i].host, "\"%s\": %s", names[_i].in, got);
    if (got)
        ck_assert_str_eq(got, names[_i].host);
    free((char *)got);
}
END_TEST

static const struct {
    const char *in, *want;
} addresses[] = {
    {"192.0.2.1", "192.0.2.1"}, {"192.0.2.256", NULL}, {"192.0.2", NULL}, {"1", NULL},
    {"192.0.2.1.5", NULL},
};

START_TEST(address)
{
    struct error e = {0};
    const char *got = hostname_or_address(addresses[_i].in, &e);

    ck_assert_pstr_eq(got, addresses[_i].want);
    free((char *)got);
}
END_TEST

/* --- mailboxes --- */

static const struct {
    const char *in, *mailbox, *domain;
} mailboxes[] = {
    {"info@hella.com", "info@hella.com", "hella.com"},
    {"Info@HELLA.com", "Info@hella.com", "hella.com"},
    {"a+b=c@example.com", "a+b=c@example.com", "example.com"},
    {"first.last@example.com.", "first.last@example.com", "example.com"},
    {"\"a b\"@example.com", "\"a b\"@example.com", "example.com"},
    {"\"a@b\"@example.com", "\"a@b\"@example.com", "example.com"},
    {"info@b\xc3\xbc"
     "cher.example",
     "info@xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"postmaster@[192.0.2.1]", "postmaster@[192.0.2.1]", "192.0.2.1"},
    {"postmaster@[IPv6:2001:db8::1]", "postmaster@[IPv6:2001:db8::1]", "2001:db8::1"},
    {"a234567890123456789012345678901234567890123456789012345678901234@example.com",
     "a234567890123456789012345678901234567890123456789012345678901234@example.com", "example.com"},
    {"a2345678901234567890123456789012345678901234567890123456789012345@example.com", NULL, NULL},
    {"", NULL, NULL},
    {"@", NULL, NULL},
    {"info", NULL, NULL},
    {"info@", NULL, NULL},
    {"@example.com", NULL, NULL},
    {"a@b@example.com", NULL, NULL},
    {"a b@example.com", NULL, NULL},
    {".a@example.com", NULL, NULL},
    {"a.@example.com", NULL, NULL},
    {"a..b@example.com", NULL, NULL},
    {"a>@example.com", NULL, NULL},
    {"<a@example.com>", NULL, NULL},
    {"a\r\nDATA@example.com", NULL, NULL},
    {"\"a\r\n\"@example.com", NULL, NULL},
    {"\"a\"b\"@example.com", NULL, NULL},
    {"\"a\\\"@example.com", NULL, NULL},
    {"\"a\\\\\"@example.com", "\"a\\\\\"@example.com", "example.com"},
    {"\"a\\\"b\"@example.com", "\"a\\\"b\"@example.com", "example.com"},
    {"\"a\\\x01\"@example.com", NULL, NULL},
    {"\"\"@example.com", "\"\"@example.com", "example.com"},
    {"\"<>\"@example.com", "\"<>\"@example.com", "example.com"},
    {"\"\xc3\xbc b\"@example.com", "\"\xc3\xbc b\"@example.com", "example.com"},
    {"\"\xc3\"@example.com", NULL, NULL},
    {"\"@example.com", NULL, NULL},
    {"a\x01@example.com", NULL, NULL},
    {"\xc3\xbc.x@example.com", "\xc3\xbc.x@example.com", "example.com"},
    {"\xc3@example.com", NULL, NULL},
    {"\xed\xa0\x80@example.com", NULL, NULL},
    {"a@example..com", NULL, NULL},
    {"a@exam ple.com", NULL, NULL},
    {"a@[example.com", NULL, NULL},
};

START_TEST(mailbox)
{
    struct error e = {0};
    const char *domain = NULL, *got = hostname_mailbox(mailboxes[_i].in, &domain, &e);

    ck_assert_msg(!got == !mailboxes[_i].mailbox, "\"%s\": %s", mailboxes[_i].in, got);
    if (got) {
        ck_assert_str_eq(got, mailboxes[_i].mailbox);
        ck_assert_str_eq(domain, mailboxes[_i].domain);
        free((char *)domain);
    } else {
        ck_assert(e.cause == ERROR_USAGE && e.text[0]);
    }
    free((char *)got);
}
END_TEST

/* --- another client, as XCLIENT says it --- */

#define DIGITS60 "123456789012345678901234567890123456789012345678901234567890"

static const struct {
    const char *in, *address, *name, *why; /* `why` of those that are refused */
} clients[] = {
    {"192.0.2.1", "192.0.2.1", NULL, NULL},
    {"2001:DB8:0::1", "2001:db8::1", NULL, NULL},
    {"192.0.2.1,mx.Example.com", "192.0.2.1", "mx.example.com", NULL},
    {"::ffff:255.255.255.255,mx", "::ffff:255.255.255.255", "mx", NULL},
    {"", NULL, NULL, "is not ADDRESS or ADDRESS,NAME"},
    {",mx.example.com", NULL, NULL, "is not ADDRESS or ADDRESS,NAME"},
    {"mx.example.com", NULL, NULL, "is not ADDRESS or ADDRESS,NAME"},
    {"192.0.2.1 ,mx.example.com", NULL, NULL, "is not ADDRESS or ADDRESS,NAME"},
    {"192.0.2.1" DIGITS60, NULL, NULL, "is not ADDRESS or ADDRESS,NAME"},
    {"192.0.2.1,", NULL, NULL, "is not a domain name"},
    {"192.0.2.1,a b", NULL, NULL, "is not a domain name"},
};

START_TEST(client)
{
    const char *got = "unset", *got_name = "unset";
    struct error e = {0};
    bool ok = hostname_xclient(clients[_i].in, &got, &got_name, &e);

    ck_assert_msg(ok == !clients[_i].why, "\"%s\"", clients[_i].in);
    ck_assert_pstr_eq(got, clients[_i].address);
    ck_assert_pstr_eq(got_name, clients[_i].name);
    if (!ok) {
        ck_assert_int_eq(e.cause, ERROR_USAGE);
        ck_assert_str_eq(e.text, clients[_i].why);
    }
    free((char *)got);
    free((char *)got_name);
}
END_TEST

UNIT_CASE(hostname, {name, COUNT(names)}, {host, COUNT(names)}, {address, COUNT(addresses)},
          {mailbox, COUNT(mailboxes)}, {client, COUNT(clients)})
