/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "unit/unit.h"

static const struct {
    const char *in, *address; /* NULL: refused */
    unsigned port;
} servers[] = {
    {"192.0.2.1", "192.0.2.1", 53},
    {"192.0.2.1:5353", "192.0.2.1", 5353},
    {"127.0.0.1:1", "127.0.0.1", 1},
    {"127.0.0.1:65535", "127.0.0.1", 65535},
    {"2001:db8::1", "2001:db8::1", 53},
    {"::1", "::1", 53},
    {"[::1]", "::1", 53},
    {"[2001:db8::1]:5353", "2001:db8::1", 5353},
    {"[192.0.2.1]:5353", "192.0.2.1", 5353},
    {"fe80::1%lo", "fe80::1", 53},
    {"[fe80::1%lo]:5353", "fe80::1", 5353},
    {"", NULL, 0},
    {"localhost", NULL, 0},
    {"192.0.2", NULL, 0},
    {"192.0.2.256", NULL, 0},
    {" 192.0.2.1", NULL, 0},
    {"192.0.2.1 ", NULL, 0},
    {"192.0.2.1:", NULL, 0},
    {"192.0.2.1:0", NULL, 0},
    {"192.0.2.1:65536", NULL, 0},
    {"192.0.2.1:-53", NULL, 0},
    {"192.0.2.1:+53", NULL, 0},
    {"192.0.2.1: 53", NULL, 0},
    {"192.0.2.1:53x", NULL, 0},
    {"192.0.2.1:4294967349", NULL, 0}, /* 53 in 32 bits */
    {"192.0.2.1:18446744073709551669", NULL, 0},
    {"192.0.2.1:53:53", NULL, 0},
    {":53", NULL, 0},
    {"[::1", NULL, 0},
    {"[::1]x", NULL, 0},
    {"[::1]53", NULL, 0},
    {"[::1]:", NULL, 0},
    {"[]", NULL, 0},
    {"[]:53", NULL, 0},
    {"::1]:53", NULL, 0},
    {"2001:db8:::1", NULL, 0},
    {"fe80::1%no-interface", NULL, 0},
    {"fe80::1%", NULL, 0},
    {"192.0.2.1%lo", NULL, 0},
    {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL, 0},
};

static void server_text(const struct dns_server *s, char *out, size_t cap, unsigned *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&s->address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&s->address;

    if (s->address.sockaddr.ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, out, (socklen_t)cap);
        *port = ntohs(v4->sin_port);
    } else {
        inet_ntop(AF_INET6, &v6->sin6_addr, out, (socklen_t)cap);
        *port = ntohs(v6->sin6_port);
    }
}

START_TEST(add)
{
    struct dns_config c = {0};
    char address[64];
    unsigned port;
    bool ok = dns_config_add(&c, servers[_i].in);

    ck_assert_msg(ok == (servers[_i].address != NULL), "\"%s\"", servers[_i].in);
    ck_assert_uint_eq(c.server_count, ok);
    if (!ok)
        return;
    server_text(&c.servers[0], address, sizeof address, &port);
    ck_assert_str_eq(address, servers[_i].address);
    ck_assert_uint_eq(port, servers[_i].port);
    ck_assert_str_eq(c.servers[0].text, servers[_i].in);
}
END_TEST

START_TEST(room)
{
    struct dns_config c = {0};

    for (int i = 0; i < DNS_SERVERS_MAX; i++)
        ck_assert(dns_config_add(&c, "192.0.2.1"));
    ck_assert(!dns_config_add(&c, "192.0.2.1"));
    ck_assert_uint_eq(c.server_count, DNS_SERVERS_MAX);
}
END_TEST

static const struct {
    const char *name, *text, *servers; /* blank between */
    bool trust_ad;
} files[] = {
    {"empty", "", "", false},
    {"one", "nameserver 192.0.2.1\n", "192.0.2.1 ", false},
    {"no newline at the end", "nameserver 192.0.2.1", "192.0.2.1 ", false},
    {"two", "nameserver 192.0.2.1\nnameserver 2001:db8::1\n", "192.0.2.1 2001:db8::1 ", false},
    {"tabs, carriage returns", "nameserver\t192.0.2.1\t\r\n  nameserver 192.0.2.2 x\r\n",
     "192.0.2.1 192.0.2.2 ", false},
    {"comments", "# nameserver 192.0.2.1\n; nameserver 192.0.2.2\n#nameserver 192.0.2.3\n", "",
     false},
    {"comment behind", "nameserver 192.0.2.1 # first\n", "192.0.2.1 ", false},
    {"other lines", "domain example.com\nsearch a b\nsortlist 1\nnameserver 192.0.2.1\n",
     "192.0.2.1 ", false},
    {"not whole words", "nameservers 192.0.2.1\nnameserver192.0.2.1\nname server\n", "", false},
    {"bad address", "nameserver x\nnameserver\nnameserver 192.0.2.1\n", "192.0.2.1 ", false},
    {"trust-ad", "options trust-ad\n", "", true},
    {"trust-ad among others", "options ndots:2 trust-ad edns0\nnameserver 192.0.2.1\n",
     "192.0.2.1 ", true},
    {"not trust-ad", "options no-trust-ad trust-adx\n# options trust-ad\noption trust-ad\n", "",
     false},
    {"stays on", "options trust-ad\noptions edns0\n", "", true},
};

START_TEST(resolv_conf)
{
    struct dns_config c = {0};
    char got[256] = "", address[64];
    unsigned port;

    dns_config_read(&c, files[_i].text);
    for (size_t i = 0; i < c.server_count; i++) {
        server_text(&c.servers[i], address, sizeof address, &port);
        strcat(strcat(got, address), " ");
    }
    ck_assert_msg(strcmp(got, files[_i].servers) == 0, "%s: \"%s\"", files[_i].name, got);
    ck_assert(c.system_trust_ad == files[_i].trust_ad);
    ck_assert(!c.trust_ad);
}
END_TEST

static const struct {
    const char *text;
    bool use_vc, rotate, no_aaaa;
    unsigned timeout, attempts;
} options[] = {
    {"options use-vc\n", true, false, false, 0, 0},
    {"options rotate\n", false, true, false, 0, 0},
    {"options no-aaaa\n", false, false, true, 0, 0},
    {"options timeout:3 attempts:4\n", false, false, false, 3, 4},
    {"options timeout:99 attempts:99\n", false, false, false, DNS_TIMEOUT_MAX, DNS_ATTEMPTS_MAX},
    {"options timeout:0 attempts:0\n", false, false, false, 1, 1},
    {"options timeout:18446744073709551617\n", false, false, false, DNS_TIMEOUT_MAX, 0},
    {"options timeout: attempts:x\n", false, false, false, 1, 1},
    {"options timeout attempts\n", false, false, false, 0, 0},
    {"options ndots:2 use-vc edns0\noptions rotate no-aaaa timeout:2\n", true, true, true, 2, 0},
    {"options use-vcx no-rotate no-aaaaa timeouts:3\n", false, false, false, 0, 0},
    {"option use-vc\n# options rotate\n;options no-aaaa\n", false, false, false, 0, 0},
};

START_TEST(resolv_conf_options)
{
    struct dns_config c = {0};

    dns_config_read(&c, options[_i].text);
    ck_assert_msg(c.use_vc == options[_i].use_vc, "%s", options[_i].text);
    ck_assert_msg(c.rotate == options[_i].rotate, "%s", options[_i].text);
    ck_assert_msg(c.no_aaaa == options[_i].no_aaaa, "%s", options[_i].text);
    ck_assert_msg(c.timeout == options[_i].timeout, "%s: %u", options[_i].text, c.timeout);
    ck_assert_msg(c.attempts == options[_i].attempts, "%s: %u", options[_i].text, c.attempts);
}
END_TEST

/* The options of RES_OPTIONS are added to those of resolv.conf. */
START_TEST(further_options)
{
    struct dns_config c = {0};

    dns_config_read(&c, "nameserver 192.0.2.1\noptions rotate timeout:3\n");
    dns_config_read_options(&c, "");
    ck_assert(c.rotate && !c.no_aaaa && c.timeout == 3);
    dns_config_read_options(&c, " no-aaaa\ttimeout:2 ");
    ck_assert(c.rotate && c.no_aaaa && c.timeout == 2);
    dns_config_read_options(&c, "options nameserver 192.0.2.2");
    ck_assert_uint_eq(c.server_count, 1);
}
END_TEST

START_TEST(resolv_conf_hostile)
{
    static char text[20000];
    struct dns_config c = {0};

    memset(text, 'x', sizeof text - 1);
    dns_config_read(&c, text);
    for (size_t i = 0; i + 20 < sizeof text; i += 20)
        memcpy(text + i, "nameserver 192.0.2.1", 20), text[i + 19] = i % 40 ? '1' : '\n';
    dns_config_read(&c, text);
    ck_assert_uint_le(c.server_count, DNS_SERVERS_MAX);
}
END_TEST

static const struct {
    const char *servers[3];
    bool trust_ad, system_trust_ad;
    const char *doubted; /* NULL: none */
} trusts[] = {
    {{NULL}, false, false, NULL},
    {{"127.0.0.1"}, false, false, NULL},
    {{"127.255.255.255:5353"}, false, false, NULL},
    {{"::1"}, false, false, NULL},
    {{"192.0.2.1"}, false, false, "192.0.2.1"},
    {{"2001:db8::1"}, false, false, "2001:db8::1"},
    {{"128.0.0.1"}, false, false, "128.0.0.1"},
    {{"::"}, false, false, "::"},
    {{"192.0.2.1"}, true, false, NULL},
    {{"192.0.2.1"}, false, true, NULL},
    {{"127.0.0.1", "192.0.2.1"}, false, false, "192.0.2.1"},
    {{"192.0.2.1", "127.0.0.1"}, false, false, "192.0.2.1"},
    {{"127.0.0.1", "::1"}, false, false, NULL},
    {{"127.0.0.1", "192.0.2.1"}, true, false, NULL},
    {{"127.0.0.53"}, false, false, "127.0.0.53"},
    {{"127.0.0.53"}, false, true, "127.0.0.53"},
    {{"127.0.0.53"}, true, false, NULL},
    {{"127.0.0.11"}, false, true, "127.0.0.11"},
    {{"127.0.0.11:5353"}, false, true, "127.0.0.11:5353"},
    {{"127.0.0.11"}, true, true, NULL},
    {{"127.0.0.12"}, false, false, NULL},
    {{"127.0.0.1", "127.0.0.53"}, false, true, "127.0.0.53"},
};

START_TEST(trusted)
{
    struct dns_config c = {.trust_ad = trusts[_i].trust_ad,
                           .system_trust_ad = trusts[_i].system_trust_ad};
    const char *doubted;

    for (int i = 0; trusts[_i].servers[i]; i++)
        ck_assert(dns_config_add(&c, trusts[_i].servers[i]));
    doubted = dns_config_doubted(&c);
    ck_assert_int_eq(doubted != NULL, trusts[_i].doubted != NULL);
    if (doubted)
        ck_assert_str_eq(doubted, trusts[_i].doubted);
}
END_TEST

START_TEST(zone)
{
    struct dns_config c = {0};
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&c.servers[0].address.sockaddr;

    ck_assert(dns_config_add(&c, "fe80::1%lo"));
    ck_assert_uint_eq(v6->sin6_scope_id, if_nametoindex("lo"));
}
END_TEST

/* The text for a finding says why, even if nothing was asked. */
START_TEST(too_late)
{
    struct dns_config c = {0};
    struct dns_question q = {.name = "example.com", .type = DNS_MX};
    struct dns_answer a;

    ck_assert(dns_config_add(&c, "127.0.0.1"));
    dns_query(&c, &q, deadline_now() - 1, &a);
    ck_assert_int_eq(a.status, DNS_FAILURE);
    ck_assert_str_ne(a.why, "");
    dns_message_clear(&a);
}
END_TEST

START_TEST(resolver_port_beyond_16_bits)
{
    static const char *const wrong[] = {"127.0.0.1:65536", "127.0.0.1:4294967349",
                                        "[::1]:18446744073709551669", "127.0.0.1:0"};
    struct dns_config c = {0};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!dns_config_add(&c, wrong[i]), "%s", wrong[i]);
    ck_assert_uint_eq(c.server_count, 0);
}
END_TEST

UNIT_CASE(dns, {add, COUNT(servers)}, {zone, 1}, {room, 1}, {resolv_conf, COUNT(files)},
          {resolv_conf_options, COUNT(options)}, {further_options, 1}, {resolv_conf_hostile, 1},
          {trusted, COUNT(trusts)}, {too_late, 1}, {resolver_port_beyond_16_bits, 1})
