/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/client_hello.h"

#include <stdio.h>
#include <string.h>

#include "tls/tls_code.h"
#include "unit/unit.h"

enum { LIST_MAX = 8 };

/* The bytes as a script of its own made them from the RFCs; the random is 00 to 3f. */
static const struct {
    uint16_t version;
    uint16_t suites[LIST_MAX];
    size_t suite_count;
    uint16_t groups[LIST_MAX];
    size_t group_count;
    uint16_t signatures[LIST_MAX];
    size_t signature_count;
    const char *sni;
    const char *hex;
} hellos[] = {
    {0x0300,
     {0x0005},
     1,
     {0},
     0,
     {0},
     0,
     NULL,
     "1603000038010000340300000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
     "1d1e1f000002000501000009ff0100010000170000"},
    {0x0302,
     {0x0035, 0xc014},
     2,
     {0x0017},
     1,
     {0x0201},
     1,
     "mx.example.com",
     "160301005f0100005b0302000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
     "1d1e1f0000040035c0140100002e00000013001100000e6d782e6578616d706c652e636f6d000a00"
     "0400020017000b00020100ff0100010000170000"},
    {0x0303,
     {0xc02f},
     1,
     {0x0017, 0x0018},
     2,
     {0x0401, 0x0804},
     2,
     "mx.example.com",
     "1603010069010000650303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
     "1d1e1f000002c02f0100003a00000013001100000e6d782e6578616d706c652e636f6d000a000600"
     "0400170018000d0006000404010804000b00020100ff0100010000170000"},
    {0x0303,
     {0x009e},
     1,
     {0},
     0,
     {0x0201},
     1,
     NULL,
     "16030100400100003c0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
     "1d1e1f000002009e01000011000d000400020201ff0100010000170000"},
    {0x0304,
     {0x1301, 0x1303},
     2,
     {0x11ec},
     1,
     {0x0804},
     1,
     "mx.example.com",
     "1603010085010000810303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
     "1d1e1f20202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f00041301"
     "13030100003400000013001100000e6d782e6578616d706c652e636f6d000a0004000211ec000d00"
     "0400020804002b0003020304003300020000"},
};

static unsigned char random_bytes[CLIENT_HELLO_RANDOM];

static void fill_random(void)
{
    for (size_t i = 0; i < sizeof random_bytes; i++)
        random_bytes[i] = (unsigned char)i;
}

START_TEST(bytes)
{
    struct client_hello h = {
        .version = hellos[_i].version,
        .suites = {hellos[_i].suites, hellos[_i].suite_count},
        .groups = {hellos[_i].groups, hellos[_i].group_count},
        .signatures = {hellos[_i].signatures, hellos[_i].signature_count},
        .sni = hellos[_i].sni,
        .random = random_bytes,
    };
    unsigned char out[CLIENT_HELLO_MAX];
    char hex[2 * CLIENT_HELLO_MAX + 1] = "";
    size_t len;

    fill_random();
    len = client_hello_write(&h, out);
    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", out[i]);
    ck_assert_str_eq(hex, hellos[_i].hex);
}
END_TEST

/* Numbers of a kind, everything that the table has. */
static struct client_hello_list everything(enum tls_code_kind kind, uint16_t out[512])
{
    size_t count;
    const struct tls_code *all = tls_code_all(kind, &count);

    for (size_t i = 0; i < count; i++)
        out[i] = all[i].number;
    return (struct client_hello_list){out, count};
}

START_TEST(room)
{
    uint16_t numbers[3][512];
    char name[257];
    struct client_hello h = {
        .version = TLS_CODE_TLS_1_2,
        .suites = everything(TLS_CODE_SUITE, numbers[0]),
        .groups = everything(TLS_CODE_GROUP, numbers[1]),
        .signatures = everything(TLS_CODE_SIGNATURE, numbers[2]),
        .sni = name,
        .random = random_bytes,
    };
    unsigned char out[CLIENT_HELLO_MAX];
    size_t len;

    memset(name, 'a', sizeof name);
    name[255] = '\0';
    len = client_hello_write(&h, out);
    ck_assert_uint_gt(len, 0);
    ck_assert_uint_eq(len - 5, (size_t)out[3] << 8 | out[4]);
    name[255] = 'a';
    name[256] = '\0';
    ck_assert_uint_eq(client_hello_write(&h, out), 0);
}
END_TEST

START_TEST(too_long)
{
    uint16_t many[CLIENT_HELLO_MAX / 2] = {0};
    unsigned char out[CLIENT_HELLO_MAX + 1];
    struct client_hello h = {.version = TLS_CODE_TLS_1_2, .random = random_bytes};
    bool fits = true;

    out[CLIENT_HELLO_MAX] = 0xa5;
    for (size_t n = 1; n <= CLIENT_HELLO_MAX / 2; n++) {
        size_t len;

        h.suites = (struct client_hello_list){many, n};
        len = client_hello_write(&h, out);
        ck_assert(len > 0 ? fits && len <= CLIENT_HELLO_MAX : n > 900);
        fits = len > 0;
        ck_assert_uint_eq(out[CLIENT_HELLO_MAX], 0xa5);
    }
    ck_assert(!fits);
}
END_TEST

static const struct {
    uint16_t version;
    const char *hex;
} farewells[] = {
    {0x0300, "15030000 02015a 15030000 020100"},
    {0x0303, "15030300 02015a 15030300 020100"},
    {0x0304, "15030300 02015a 15030300 020100"},
};

START_TEST(farewell)
{
    unsigned char out[14];
    char hex[2 * sizeof out + 1], want[64] = "";
    size_t len = client_hello_farewell(farewells[_i].version, out);

    ck_assert_uint_eq(len, sizeof out);
    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", out[i]);
    for (const char *c = farewells[_i].hex; *c; c++) {
        if (*c != ' ')
            strncat(want, c, 1);
    }
    ck_assert_str_eq(hex, want);
}
END_TEST

UNIT_CASE(client_hello, {bytes, COUNT(hellos)}, {room, 1}, {too_long, 1},
          {farewell, COUNT(farewells)})
