/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/der.h"

#include "unit/unit.h"

static const struct {
    const char *bytes;
    size_t len;
    bool ok;
    size_t content, rest;
} takes[] = {
    {"\x30\x00", 2, true, 0, 0},
    {"\x30\x01\x05\x02", 4, true, 1, 1},
    {"", 0, false, 0, 0},
    {"\x30", 1, false, 0, 1},
    {"\x31\x00", 2, false, 0, 2},
    {"\x30\x02\x05", 3, false, 0, 3},                 /* beyond what is left */
    {"\x30\x80\x05\x00\x00\x00", 6, false, 0, 6},     /* indefinite */
    {"\x30\x81\x7f", 3, false, 0, 3},                 /* not the shortest form */
    {"\x30\x82\x00\x80", 4, false, 0, 4},             /* the same, two bytes */
    {"\x30\x85\x01\x00\x00\x00\x00", 7, false, 0, 7}, /* five bytes */
    {"\x30\x84\xff\xff\xff\xff\x00", 7, false, 0, 7},
    {"\x30\x81", 2, false, 0, 2},
};

START_TEST(take)
{
    struct der d = {(const unsigned char *)takes[_i].bytes, takes[_i].len}, whole, content;

    ck_assert_int_eq(der_take(&d, DER_SEQUENCE, &whole, &content), takes[_i].ok);
    ck_assert_uint_eq(d.len, takes[_i].rest);
    if (takes[_i].ok) {
        ck_assert_uint_eq(content.len, takes[_i].content);
        ck_assert_uint_eq(whole.len, takes[_i].len - takes[_i].rest);
    }
}
END_TEST

START_TEST(long_form)
{
    static unsigned char bytes[4 + 300] = {0x30, 0x82, 0x01, 0x2c};
    struct der d = {bytes, sizeof bytes}, content;

    ck_assert(der_take(&d, DER_SEQUENCE, NULL, &content));
    ck_assert_uint_eq(content.len, 300);
    ck_assert_int_eq(der_peek(&d), -1);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    bool ok, critical;
} extensions[] = {
    {"\x30\x07\x06\x03\x55\x1d\x1c\x04\x00", 9, true, false},
    {"\x30\x0a\x06\x03\x55\x1d\x1c\x01\x01\xff\x04\x00", 12, true, true},
    {"\x30\x0a\x06\x03\x55\x1d\x1c\x01\x01\x00\x04\x00", 12, true, false},
    {"\x30\x09\x06\x03\x55\x1d\x1c\x01\x00\x04\x00", 11, false,
     false},                                           /* a BOOLEAN without value */
    {"\x30\x05\x06\x03\x55\x1d\x1c", 7, false, false}, /* no value */
    {"\x30\x09\x06\x03\x55\x1d\x1c\x04\x00\x05\x00", 11, false, false}, /* something after it */
    {"\x30\x08\x06\x03\x55\x1d\x1c\x04\x00\x05", 10, false, false},     /* one byte after it */
    {"\x30\x02\x04\x00", 4, false, false},
};

START_TEST(extension)
{
    struct der d = {(const unsigned char *)extensions[_i].bytes, extensions[_i].len};
    struct der_extension e;

    ck_assert_int_eq(der_take_extension(&d, &e), extensions[_i].ok);
    ck_assert_uint_eq(d.len, extensions[_i].ok ? 0 : extensions[_i].len);
    if (extensions[_i].ok) {
        ck_assert_int_eq(e.critical, extensions[_i].critical);
        ck_assert(der_is(&e.oid, "\x55\x1d\x1c", 3));
        ck_assert(!der_is(&e.oid, "\x55\x1d\x1c", 2));
    }
}
END_TEST

UNIT_CASE(der, {take, COUNT(takes)}, {long_form, 1}, {extension, COUNT(extensions)})
