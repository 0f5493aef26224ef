/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/network.h"

#include "unit/unit.h"

static const struct {
    const char *network, *address;
    bool inside;
} cases[] = {
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.8/29", "192.0.2.15", true},
    {"192.0.2.8/29", "192.0.2.16", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"[2001:db8::]/32", "2001:db8::1", true},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"[::1]", "::1", true},
    {"2001:db8::1", "IPv6:2001:db8::1", true},
    {"::ffff:192.0.2.0/120", "192.0.2.7", true},
    {"192.0.2.0/24", "192.0.2.0/24", true},
    {"192.0.2.0/24", "192.0.2.0/25", true},
    {"192.0.2.0/25", "192.0.2.0/24", false},
    {"192.0.2.0/31", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.2", false},
    {"192.0.2.0/32", "192.0.2.1", false},
    {"2001:db8::/127", "2001:db8::1", true},
    {"2001:db8::/128", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "192.0.2.1", true},
};

START_TEST(an_address_is_inside_or_not)
{
    struct network outer, inner;

    ck_assert(network_parse(span_of(cases[_i].network), &outer));
    ck_assert(network_parse(span_of(cases[_i].address), &inner));
    ck_assert_int_eq(network_contains(&outer, &inner), cases[_i].inside);
}
END_TEST

static const char *const wrong[] = {
    "",
    "example.com",
    "192.0.2.0/33",
    "192.0.2.0/",
    "192.0.2",
    "2001:db8::/129",
    "/24",
    "192.0.2.0/x",
    "[192.0.2.1",
    "192.0.2.1]",
    "[]",
    "[",
    "192.0.2.0/24/24",
    "IPv6:",
};

START_TEST(anything_else_is_refused)
{
    struct network n;

    ck_assert(!network_parse(span_of(wrong[_i]), &n));
}
END_TEST

static const struct {
    const char *address;
    bool is;
} loopbacks[] = {{"127.0.0.1", true},    {"127.9.9.9", true}, {"::1", true},
                 {"128.0.0.1", false},   {"::2", false},      {"127.0.0.0/8", true},
                 {"126.0.0.0/7", false}, {"::/127", false},   {"::ffff:127.0.0.1", true}};

START_TEST(loopback_is_known)
{
    struct network n;

    ck_assert(network_parse(span_of(loopbacks[_i].address), &n));
    ck_assert_int_eq(network_is_loopback(&n), loopbacks[_i].is);
}
END_TEST

UNIT_CASE(network, {an_address_is_inside_or_not, COUNT(cases)},
          {anything_else_is_refused, COUNT(wrong)}, {loopback_is_known, COUNT(loopbacks)})
