/* SPDX-License-Identifier: BSD-2-Clause */
#include "hello/own_hello.h"

#include "unit/unit.h"

/* Whether OpenSSL 3.5 sends a key share for X25519MLKEM768 with these groups: the first group's
 * alone, or where some are marked by a "*" those of the marked (SSL_CTX_set1_groups_list(3)). */
static const struct {
    const char *curves, *ffdhe;
    bool sent;
} groups[] = {
    {"", "", true},
    {" ", "", true},
    {"X25519 X448 prime256v1 secp384r1 secp521r1", "ffdhe2048 ffdhe3072", false},
    {"", "ffdhe2048", false},
    {"X25519MLKEM768 X25519", "", true},
    {"x25519mlkem768:X25519", "", true},
    {"?X25519MLKEM768, X25519", "ffdhe2048", true},
    {"X25519 X25519MLKEM768", "", false},
    {"X25519 *X25519MLKEM768", "", true},
    {"?*X25519MLKEM768 / ?*X25519:?secp256r1", "", true},
    {"?X25519MLKEM768 / ?*X25519:?secp256r1", "", false},
    {"?X25519MLKEM768:DEFAULT", "", false},
    {"DEFAULT", "", true},
    {"X448:DEFAULT", "", true},
    {"DEFAULT:-X25519MLKEM768", "", false},
    {"X25519MLKEM768:-X25519MLKEM768:X25519", "", false},
};

START_TEST(send)
{
    ck_assert_msg(own_hello_groups_send(groups[_i].curves, groups[_i].ffdhe) == groups[_i].sent,
                  "\"%s\" \"%s\"", groups[_i].curves, groups[_i].ffdhe);
}
END_TEST

static const struct {
    enum sent_hello_name kind;
    const char *host;
    bool dane;
    const char *name;
} names[] = {
    {SENT_HELLO_NO_NAME, "mx.example.com", false, NULL},
    {SENT_HELLO_NO_NAME, "mx.example.com", true, "mx.example.com"},
    {SENT_HELLO_HOST_NAME, "mx.example.com", false, "mx.example.com"},
    {SENT_HELLO_HOST_NAME, NULL, false, NULL},
    {SENT_HELLO_FIXED_NAME, "mx.example.com", false, "fixed.example.com"},
};

START_TEST(server_name)
{
    struct sent_hello h = {.name = names[_i].kind, .server_name = "fixed.example.com"};
    const char *name = sent_hello_server_name(&h, names[_i].host, names[_i].dane);

    ck_assert_pstr_eq(name, names[_i].name);
}
END_TEST

START_TEST(title)
{
    struct sent_hello h = {.program = "Postfix 3.10.4", .library = "OpenSSL 3.5.1"};
    char out[SENT_HELLO_TITLE];

    sent_hello_title(&h, out);
    ck_assert_str_eq(out, "Postfix 3.10.4 with OpenSSL 3.5.1");
    h.program[0] = '\0';
    sent_hello_title(&h, out);
    ck_assert_str_eq(out, "OpenSSL 3.5.1");
}
END_TEST

UNIT_CASE(own_hello, {send, COUNT(groups)}, {server_name, COUNT(names)}, {title, 1})
