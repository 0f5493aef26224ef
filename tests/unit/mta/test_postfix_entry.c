/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_entry.h"

#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

enum { V37 = 307, V39 = 309, V310 = 310 };

static const struct {
    const char *value;
    int version;
    bool good;
    int level;
    const char *match, *why; /* names with blanks between them; the part that is wrong */
} entries[] = {
    {"verify", V37, true, LEVEL_VERIFY, "", ""},
    {"  SECURE\tmatch=a.test:.b.test, match=c ", V37, true, LEVEL_SECURE, "a.test .b.test c", ""},
    {"fingerprint match=AB:CD|EF", V37, true, LEVEL_FINGERPRINT, "AB:CD EF", ""},
    {"none match=x what", V37, true, MTA_LEVEL_NONE, "", ""},
    {"dane-only protocols=>=TLSv1.2 ciphers=high exclude=aNULL", V37, true, LEVEL_DANE_ONLY, "",
     ""},
    {"encrypt connection_reuse=no servername=a.test", V37, true, LEVEL_ENCRYPT, "", ""},
    {"verify tafile=/a tafile=/b", V37, true, LEVEL_VERIFY, "", ""},
    {"", V37, false, 0, "", ""},
    {"half-dane", V37, false, 0, "", "half-dane"},
    {"must", V37, false, 0, "", "must"},
    {"verify match", V37, false, 0, "", "match"},
    {"verify match=", V37, false, 0, "", "match="},
    {"verify =x", V37, false, 0, "", "=x"},
    {"verify macth=x", V37, false, 0, "", "macth=x"},
    {"encrypt match=x", V37, false, 0, "", "match=x"},
    {"encrypt tafile=/a", V37, false, 0, "", "tafile=/a"},
    {"verify ciphers=", V37, false, 0, "", "ciphers="},
    {"verify ciphers=high ciphers=high", V37, false, 0, "", "ciphers=high"},
    {"verify protocols=x protocols=x", V37, false, 0, "", "protocols=x"},
    {"verify servername=192.0.2.1", V37, false, 0, "", "servername=192.0.2.1"},
    {"verify connection_reuse=maybe", V37, false, 0, "", "connection_reuse=maybe"},
    {"verify enable_rpk=no", V37, false, 0, "", "enable_rpk=no"},
    {"verify enable_rpk=no", V39, true, LEVEL_VERIFY, "", ""},
    {"secure policy_type=sts", V39, false, 0, "", "policy_type=sts"},
    {"secure { policy_string = a, b } policy_type=sts match=x", V310, true, LEVEL_SECURE, "x", ""},
    {"secure { match = x }", V37, false, 0, "", "{"},
    {"secure { match = x", V310, false, 0, "", "{ match = x"},
};

START_TEST(entry)
{
    struct postfix_entry e;
    char why[100], match[200] = "";
    bool good = postfix_entry_read(entries[_i].value, entries[_i].version, &e, why, sizeof why);

    ck_assert_msg(good == entries[_i].good, "%s: %s", entries[_i].value, why);
    if (!good) {
        ck_assert_str_eq(why, entries[_i].why);
        return;
    }
    ck_assert_int_eq(e.level, entries[_i].level);
    for (size_t i = 0; i < e.match_count; i++)
        snprintf(match + strlen(match), sizeof match - strlen(match), "%s%s", i ? " " : "",
                 e.match[i]);
    ck_assert_str_eq(match, entries[_i].match);
}
END_TEST

START_TEST(limits)
{
    static char value[POSTFIX_ENTRY_MAX + 10];
    struct postfix_entry e;
    char why[20];

    memset(value, 'x', sizeof value - 1);
    ck_assert(!postfix_entry_read(value, V37, &e, why, sizeof why));
    strcpy(value, "verify match=a");
    for (size_t i = 1; i < POSTFIX_ENTRY_NAMES; i++)
        strcat(value, ":a");
    ck_assert(postfix_entry_read(value, V37, &e, why, sizeof why));
    ck_assert_uint_eq(e.match_count, POSTFIX_ENTRY_NAMES);
    strcat(value, ":a");
    ck_assert(!postfix_entry_read(value, V37, &e, why, sizeof why));
}
END_TEST

static const struct {
    const char *hop, *name, *port;
    bool by_mx, good;
} hops[] = {
    {"Example.COM", "example.com", "", true, true},
    {"example.com:587", "example.com", "587", true, true},
    {"[mx.example.com]", "mx.example.com", "", false, true},
    {"[mx.example.com]:submission", "mx.example.com", "submission", false, true},
    {"[IPv6:2001:DB8::1]:25", "2001:db8::1", "25", false, true},
    {"[2001:db8::1]", "2001:db8::1", "", false, true},
    {"[mx.example.com", "", "", false, false},
    {"[mx.example.com]x", "", "", false, false},
    {"[]", "", "", false, false},
    {"example.com:", "", "", true, false},
    {"", "", "", true, false},
};

START_TEST(hop)
{
    char name[64], port[32];
    bool by_mx, good = postfix_entry_read_hop(hops[_i].hop, name, sizeof name, port, &by_mx);

    ck_assert_msg(good == hops[_i].good, "%s", hops[_i].hop);
    if (!good)
        return;
    ck_assert_str_eq(name, hops[_i].name);
    ck_assert_str_eq(port, hops[_i].port);
    ck_assert(by_mx == hops[_i].by_mx);
}
END_TEST

static const struct {
    const char *text;
    unsigned port;
} ports[] = {
    {"25", 25},    {"65535", 65535},    {"65536", 0},   {"0", 0},       {"99999999999", 0},
    {"smtp", 25},  {"Submission", 587}, {"smtps", 465}, {"SMTPS", 465}, {"submissions", 465},
    {"smtpss", 0}, {"submission ", 0},  {"", 0},        {"25x", 0},     {"-1", 0},
};

START_TEST(port)
{
    ck_assert_uint_eq(postfix_entry_port(ports[_i].text), ports[_i].port);
}
END_TEST

START_TEST(names)
{
    char name[258];

    ck_assert(postfix_entry_is_hostname("a-b.example.com") && postfix_entry_is_hostname("1.a_b"));
    ck_assert(!postfix_entry_is_hostname("192.0.2.1") && !postfix_entry_is_hostname("[a.b]"));
    ck_assert(!postfix_entry_is_hostname("") && !postfix_entry_is_hostname(".a") &&
              !postfix_entry_is_hostname("a."));
    ck_assert(!postfix_entry_is_hostname("-a.b") && !postfix_entry_is_hostname("a-.b"));
    ck_assert(!postfix_entry_is_hostname("a:25") && !postfix_entry_is_hostname("a..b"));
    memset(name, 'a', sizeof name);
    for (size_t at = 50; at < sizeof name; at += 50)
        name[at] = '.';
    name[256] = '\0';
    ck_assert(!postfix_entry_is_hostname(name));
    name[255] = '\0';
    ck_assert(postfix_entry_is_hostname(name));
    memset(name, 'a', 64);
    name[64] = '\0'; /* a label has 63 bytes at most */
    ck_assert(!postfix_entry_is_hostname(name) && postfix_entry_is_hostname(name + 1));
    ck_assert(postfix_entry_grade_known("Medium") && !postfix_entry_grade_known("strong"));
}
END_TEST

UNIT_CASE(postfix_entry, {entry, COUNT(entries)}, {limits, 1}, {hop, COUNT(hops)},
          {port, COUNT(ports)}, {names, 1})
