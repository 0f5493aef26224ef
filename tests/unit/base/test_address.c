/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/source_address.h"
#include "unit/unit.h"

/* What others say of an address, from its first to its last one where there is a range. */
static const struct {
    const char *in, *text, *literal;
    bool loopback;
    const char *unusable;
} cases[] = {
    {"192.0.2.1", NULL, "[192.0.2.1]", false, NULL},
    {"0.0.0.0", NULL, "[0.0.0.0]", false, "the unspecified address"},
    {"0.255.255.255", NULL, "[0.255.255.255]", false, "the unspecified address"},
    {"1.0.0.0", NULL, "[1.0.0.0]", false, NULL},
    {"126.255.255.255", NULL, "[126.255.255.255]", false, NULL},
    {"127.0.0.0", NULL, "[127.0.0.0]", true, "a loopback address"},
    {"127.255.255.255", NULL, "[127.255.255.255]", true, "a loopback address"},
    {"128.0.0.0", NULL, "[128.0.0.0]", false, NULL},
    {"169.253.255.255", NULL, "[169.253.255.255]", false, NULL},
    {"169.254.0.0", NULL, "[169.254.0.0]", false, "a link-local address"},
    {"169.254.255.255", NULL, "[169.254.255.255]", false, "a link-local address"},
    {"169.255.0.0", NULL, "[169.255.0.0]", false, NULL},
    {"223.255.255.255", NULL, "[223.255.255.255]", false, NULL},
    {"224.0.0.0", NULL, "[224.0.0.0]", false, "a multicast address"},
    {"239.255.255.255", NULL, "[239.255.255.255]", false, "a multicast address"},
    {"240.0.0.0", NULL, "[240.0.0.0]", false, NULL},
    {"255.255.255.254", NULL, "[255.255.255.254]", false, NULL},
    {"255.255.255.255", NULL, "[255.255.255.255]", false, "the broadcast address"},
    {"2001:DB8:0::1", "2001:db8::1", "[IPv6:2001:db8::1]", false, NULL},
    {"::", NULL, "[IPv6:::]", false, "the unspecified address"},
    {"::1", NULL, "[IPv6:::1]", true, "a loopback address"},
    {"::2", NULL, "[IPv6:::2]", false, NULL},
    {"fe80::1", NULL, "[IPv6:fe80::1]", false, "a link-local address"},
    {"fec0::1", NULL, "[IPv6:fec0::1]", false, NULL},
    {"ff02::1", NULL, "[IPv6:ff02::1]", false, "a multicast address"},
    {"::ffff:192.0.2.1", NULL, "[IPv6:::ffff:192.0.2.1]", false, "an IPv4-mapped address"},
};

START_TEST(table)
{
    const char *in = cases[_i].in;
    struct address a;
    char literal[64];

    ck_assert_msg(address_parse(in, 25, &a), "%s", in);
    ck_assert_str_eq(a.text, cases[_i].text ? cases[_i].text : in);
    ck_assert_uint_eq(address_port(&a), 25);
    ck_assert_uint_eq(a.length,
                      strchr(in, ':') ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    address_literal(&a.sockaddr, literal, sizeof literal);
    ck_assert_str_eq(literal, cases[_i].literal);
    ck_assert_msg(address_is_loopback(&a) == cases[_i].loopback, "%s", in);
    ck_assert_pstr_eq(address_unusable(&a), cases[_i].unusable);
}
END_TEST

START_TEST(nothing_else)
{
    static const char *const wrong[] = {"", "192.0.2", "192.0.2.256", "[192.0.2.1]", "mx", ":::"};
    static const unsigned char bytes[17] = {0};
    struct address a;
    char literal[64];

    for (int i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!address_parse(wrong[i], 25, &a), "%s", wrong[i]);
    for (size_t len = 0; len <= sizeof bytes; len++)
        ck_assert_int_eq(address_from(bytes, len, 25, &a), len == 4 || len == 16);
    address_literal(&(struct sockaddr_storage){.ss_family = AF_UNIX}, literal, sizeof literal);
    ck_assert_str_eq(literal, "[127.0.0.1]");
}
END_TEST

/* Each address comes before the next one. */
START_TEST(order)
{
    static const char *const sorted[] = {"10.0.0.1", "10.0.0.2", "192.0.2.1", "2001:db8::1",
                                         "2001:db8::2"};
    struct address a, b;

    for (int i = 0; i < COUNT(sorted); i++) {
        for (int k = 0; k < COUNT(sorted); k++) {
            int got;

            ck_assert(address_parse(sorted[i], 1, &a) && address_parse(sorted[k], 2, &b));
            got = address_order(&a, &b);
            ck_assert_msg((got > 0) - (got < 0) == (i > k) - (i < k), "%s, %s: %d", sorted[i],
                          sorted[k], got);
        }
    }
}
END_TEST

START_TEST(one_of_each_family)
{
    struct address_pair pair = {0};

    ck_assert_ptr_null(address_pair_of(&pair, AF_INET));
    ck_assert_ptr_null(address_pair_of(&pair, AF_INET6));
    ck_assert(!address_pair_add(&pair, "mx"));
    ck_assert(address_pair_add(&pair, "192.0.2.1"));
    ck_assert(!address_pair_add(&pair, "192.0.2.2"));
    ck_assert_ptr_null(address_pair_of(&pair, AF_INET6));
    ck_assert(address_pair_add(&pair, "::1"));
    ck_assert(!address_pair_add(&pair, "::2"));
    ck_assert_str_eq(address_pair_of(&pair, AF_INET)->text, "192.0.2.1");
    ck_assert_str_eq(address_pair_of(&pair, AF_INET6)->text, "::1");
    ck_assert_uint_eq(address_port(&pair.v6), 0);
}
END_TEST

/* --- the address that a connection comes from --- */

START_TEST(of_our_own_host)
{
    struct sockaddr_in at = {0};
    socklen_t len = sizeof at;
    struct address source;
    struct error e = {0};
    char reason[100] = "none";
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert(address_parse("127.0.0.3", 0, &source));
    ck_assert(source_address_check(&source, &e) && e.cause == ERROR_NONE);
    ck_assert(source_address_bind(fd, &source, reason, sizeof reason));
    ck_assert_str_eq(reason, "none");
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    ck_assert_uint_eq(ntohl(at.sin_addr.s_addr), 0x7f000003);
    ck_assert_uint_eq(at.sin_port, 0); /* chosen when the socket connects */
    close(fd);
}
END_TEST

START_TEST(of_another_host)
{
    struct address source;
    struct error e = {0};
    char reason[100] = "";
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert(address_parse("192.0.2.1", 0, &source));
    ck_assert(!source_address_bind(fd, &source, reason, sizeof reason));
    ck_assert_str_eq(reason, "our source address 192.0.2.1: Cannot assign requested address");
    ck_assert(!source_address_check(&source, &e));
    ck_assert_int_eq(e.cause, ERROR_USAGE);
    ck_assert_str_eq(e.text, "is not an address of our own host: Cannot assign requested address");
    close(fd);
}
END_TEST

UNIT_CASE(address, {table, COUNT(cases)}, {nothing_else, 1}, {order, 1}, {one_of_each_family, 1},
          {of_our_own_host, 1}, {of_another_host, 1})
