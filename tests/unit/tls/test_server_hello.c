/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/server_hello.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/tls_code.h"
#include "unit/unit.h"

enum { ANSWER_MAX = 2 * 1024 * 1024 };

/* Bytes under way. */
static unsigned char answer[ANSWER_MAX];
static size_t answer_len;

/* Appends bytes that are given in hexadecimal; blanks are passed over. */
static void add(const char *hex)
{
    for (; *hex; hex += 2) {
        unsigned byte;

        while (*hex == ' ')
            hex++;
        ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
        answer[answer_len++] = (unsigned char)byte;
    }
}

/* The content of a hello up to its random, and what follows an empty session id. */
#define ZEROS "0000000000000000"
#define NO_RANDOM ZEROS ZEROS ZEROS ZEROS
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
#define HELLO_1_2(length, suite) "02 0000" length " 0303 " NO_RANDOM " 00 " suite " 00"

static const struct {
    const char *hex; /* the whole answer */
    struct server_hello want;
} answers[] = {
    /* TLS 1.3: HelloRetryRequest with a group; with a cookie only; ServerHello */
    {"160303 0038 02 000034 0303 " RETRY " 00 1301 00 000c 002b0002 0304 00330002 11ec",
     {SERVER_HELLO_ACCEPTED, 0x0304, 0x1301, true, 0x11ec, 0, 0, 0, ""}},
    {"160303 0038 02 000034 0303 " RETRY " 00 1302 00 000c 002c0002 aaaa 002b0002 0304",
     {SERVER_HELLO_ACCEPTED, 0x0304, 0x1302, true, 0, 0, 0, 0, ""}},
    {"160303 003c 02 000038 0303 " NO_RANDOM " 00 1303 00 0010 00330006 001d 0002 abcd 002b0002 "
     "0304",
     {SERVER_HELLO_ACCEPTED, 0x0304, 0x1303, false, 29, 0, 0, 0, ""}},
    /* RSA key exchange, without extensions: nothing follows that matters */
    {"160303 002a " HELLO_1_2("26", "002f"),
     {SERVER_HELLO_ACCEPTED, 0x0303, 0x002f, false, 0, 0, 0, 0, ""}},
    {"160302 002a 02 000026 0302 " NO_RANDOM " 00 0035 00",
     {SERVER_HELLO_ACCEPTED, 0x0302, 0x0035, false, 0, 0, 0, 0, ""}},
    /* ECDHE: certificate skipped, curve and signature read; no signature algorithm below 1.2 */
    {"160303 002a " HELLO_1_2("26", "c02f") "160303 0007 0b 000003 000000 160303 000f 0c 00000b 03 "
                                            "0017 01 04 0401 0002 aabb",
     {SERVER_HELLO_ACCEPTED, 0x0303, 0xc02f, false, 23, 0, 0x0401, 0, ""}},
    {"160301 002a 02 000026 0301 " NO_RANDOM " 00 c014 00 160301 000d 0c 000009 03 0018 01 04 0002 "
     "aabb",
     {SERVER_HELLO_ACCEPTED, 0x0301, 0xc014, false, 24, 0, 0, 0, ""}},
    /* DHE with a field of its own, of 10 bits, a zero in front */
    {"160303 002a " HELLO_1_2("26",
                              "009e") "160303 0016 0c 000012 0003 000201 0001 02 0001 04 0804 "
                                      "0003 aabbcc",
     {SERVER_HELLO_ACCEPTED, 0x0303, 0x009e, false, TLS_CODE_OTHER_DH, 10, 0x0804, 0, ""}},
    /* alerts: fatal; close_notify; a warning is passed over */
    {"150303 0002 0228", {SERVER_HELLO_ALERT, 0, 0, false, 0, 0, 0, 40, ""}},
    {"150303 0002 0100", {SERVER_HELLO_ALERT, 0, 0, false, 0, 0, 0, 0, ""}},
    {"150303 0002 0170 150302 0002 0246", {SERVER_HELLO_ALERT, 0, 0, false, 0, 0, 0, 70, ""}},
    {"150303 0001 02 150303 0001 28", {SERVER_HELLO_ALERT, 0, 0, false, 0, 0, 0, 40, ""}},
    {"160303 002a " HELLO_1_2("26", "c02f") "150303 0002 0250",
     {SERVER_HELLO_ALERT, 0x0303, 0xc02f, false, 0, 0, 0, 80, ""}},
    /* a ServerHello over three records, of which one is of another type */
    {"160303 0003 020000 140303 0001 01 160303 0001 26 160303 0026 0303 " NO_RANDOM " 00 002f 00",
     {SERVER_HELLO_ACCEPTED, 0x0303, 0x002f, false, 0, 0, 0, 0, ""}},
    /* against the RFCs */
    {"323230206d78 0d0a", {SERVER_HELLO_MALFORMED, .fault = "no TLS record"}},
    {"170303 0001 00", {SERVER_HELLO_MALFORMED, .fault = "no TLS record"}},
    {"160203 0001 00", {SERVER_HELLO_MALFORMED, .fault = "no TLS record"}},
    {"160303 0000", {SERVER_HELLO_MALFORMED, .fault = "a record of a forbidden length"}},
    {"160303 4001", {SERVER_HELLO_MALFORMED, .fault = "a record of a forbidden length"}},
    {"160303 0004 0b 000000",
     {SERVER_HELLO_MALFORMED, .fault = "a message other than ServerHello"}},
    {"160303 0004 0c 000000",
     {SERVER_HELLO_MALFORMED, .fault = "a message other than ServerHello"}},
    {"160303 0004 02 000000", {SERVER_HELLO_MALFORMED, .fault = "a truncated ServerHello"}},
    {"160303 0004 02 002000", {SERVER_HELLO_MALFORMED, .fault = "a message that is too long"}},
    {"160303 0006 02 000002 0303",
     {SERVER_HELLO_MALFORMED, 0x0303, .fault = "a truncated ServerHello"}},
    {"160303 002b 02 000027 0303 " NO_RANDOM " 00 1301 00 00",
     {SERVER_HELLO_MALFORMED, 0x0303, 0x1301, .fault = "a truncated ServerHello"}},
    {"160303 0030 02 00002c 0303 " NO_RANDOM " 00 1301 00 0004 002b0002",
     {SERVER_HELLO_MALFORMED, 0, 0x1301, .fault = "a truncated ServerHello"}},
    {"160303 0031 02 00002d 0303 " NO_RANDOM " 00 1301 00 0005 002b0001 03",
     {SERVER_HELLO_MALFORMED, 0, 0x1301, .fault = "a truncated ServerHello"}},
    {"160303 0032 02 00002e 0303 " NO_RANDOM " 00 1301 00 0006 002b0002 0305",
     {SERVER_HELLO_MALFORMED, 0x0305, 0x1301, .fault = "a ServerHello of an unknown version"}},
    {"160303 002a 02 000026 0303 " RETRY " 00 002f 00",
     {SERVER_HELLO_MALFORMED, 0x0303, 0x002f, true, .fault = "a HelloRetryRequest below TLS 1.3"}},
    {"160303 002a " HELLO_1_2("26", "c02f") "160303 0004 0e 000000",
     {SERVER_HELLO_MALFORMED, 0x0303, 0xc02f, .fault = "no ServerKeyExchange"}},
    {"160303 002a " HELLO_1_2("26", "c02f") "160303 002a " HELLO_1_2("26", "c02f"),
     {SERVER_HELLO_MALFORMED, 0x0303, 0xc02f, .fault = "a second ServerHello"}},
    {"160303 002a " HELLO_1_2("26", "c02f") "160303 0009 0c 000005 03 0017 04 04",
     {SERVER_HELLO_MALFORMED, 0x0303, 0xc02f, false, 23, .fault = "a truncated ServerKeyExchange"}},
    {"160303 002a " HELLO_1_2("26", "c02f") "160303 0009 0c 000005 01 0017 01 04",
     {SERVER_HELLO_MALFORMED, 0x0303, 0xc02f, .fault = "a truncated ServerKeyExchange"}},
    {"160303 002a " HELLO_1_2("26", "009e") "160303 000f 0c 00000b 0001 00 0001 02 0001 04 0804",
     {SERVER_HELLO_MALFORMED, 0x0303, 0x009e, .fault = "a truncated ServerKeyExchange"}},
};

/* Reads the answer in pieces of at most `size` bytes. */
static struct server_hello read_in(size_t size)
{
    static struct server_hello_reader r;

    r = (struct server_hello_reader){0};
    for (size_t i = 0; i < answer_len; i += size) {
        /* a copy of its own, so that reading past its end is caught */
        size_t len = answer_len - i < size ? answer_len - i : size;
        unsigned char *piece = malloc(len);

        memcpy(piece, answer + i, len);
        server_hello_take(&r, piece, len);
        free(piece);
    }
    return r.seen;
}

static void is(const struct server_hello *got, const struct server_hello *want)
{
    ck_assert_str_eq(got->fault, want->fault);
    ck_assert_int_eq(got->status, want->status);
    ck_assert_uint_eq(got->version, want->version);
    ck_assert_uint_eq(got->suite, want->suite);
    ck_assert_int_eq(got->retry, want->retry);
    ck_assert_uint_eq(got->group, want->group);
    ck_assert_uint_eq(got->dh_bits, want->dh_bits);
    ck_assert_uint_eq(got->signature, want->signature);
    ck_assert_int_eq(got->alert, want->alert);
}

START_TEST(pieces)
{
    struct server_hello got;

    answer_len = 0;
    add(answers[_i].hex);
    for (size_t size = 1; size <= answer_len; size++) {
        got = read_in(size);
        is(&got, &answers[_i].want);
    }
}
END_TEST

/* Every beginning of an answer that was accepted or refused has no end yet. */
START_TEST(truncated)
{
    struct server_hello got;
    size_t whole;

    if (answers[_i].want.status == SERVER_HELLO_MALFORMED)
        return;
    answer_len = 0;
    add(answers[_i].hex);
    for (whole = answer_len, answer_len = 0; answer_len < whole; answer_len++) {
        got = read_in(ANSWER_MAX);
        ck_assert_int_eq(got.status, SERVER_HELLO_MORE);
    }
}
END_TEST

/* The finite fields of RFC 7919, as OpenSSL has them, and others of the same size. */
START_TEST(fields)
{
    static const char *const names[] = {"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
                                        "ffdhe8192", "modp_2048", "modp_3072"};
    static const unsigned bits[] = {2048, 3072, 4096, 6144, 8192, 2048, 3072};
    static const uint16_t groups[] = {
        256, 257, 258, 259, 260, TLS_CODE_OTHER_DH, TLS_CODE_OTHER_DH};
    EVP_PKEY *key = EVP_PKEY_new();
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("group", (char *)names[_i], 0),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    struct server_hello got;
    BIGNUM *p = NULL;
    size_t len;
    char hex[40];

    ck_assert(EVP_PKEY_fromdata_init(ctx) == 1 &&
              EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) == 1 &&
              EVP_PKEY_get_bn_param(key, "p", &p) == 1);
    answer_len = 0;
    add("160303 002a " HELLO_1_2("26", "009e"));
    len = (size_t)BN_num_bytes(p);
    snprintf(hex, sizeof hex, "160303%04zx0c%06zx%04zx", len + 16, len + 12, len);
    add(hex);
    BN_bn2bin(p, answer + answer_len);
    answer_len += len;
    add("0001 02 0001 04 0804 0000");
    got = read_in(ANSWER_MAX);
    ck_assert_int_eq(got.status, SERVER_HELLO_ACCEPTED);
    ck_assert_uint_eq(got.dh_bits, bits[_i]);
    ck_assert_uint_eq(got.group, groups[_i]);
    BN_free(p);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
}
END_TEST

/* A peer that goes on and on: each kind of record, 1 MiB of it. */
static const char *const endless[] = {
    "150303 0002 0170",                               /* warnings */
    "140303 0001 01",                                 /* change_cipher_spec */
    "160303 0010 0b ffffff 000000000000000000000000", /* a certificate of 16 MiB */
    "160303 0004 0b 000000 160303 0004 16 000000",    /* empty messages */
};

START_TEST(without_an_end)
{
    struct server_hello got;

    answer_len = 0;
    add("160303 002a " HELLO_1_2("26", "c02f"));
    while (answer_len < 1024 * 1024)
        add(endless[_i]);
    for (size_t size = 1; size <= 65536; size *= 16) {
        got = read_in(size);
        ck_assert_int_eq(got.status, SERVER_HELLO_MALFORMED);
        ck_assert_str_eq(got.fault, "an answer without an end");
    }
}
END_TEST

/* The random of a HelloRetryRequest is what RFC 8446 says of it. */
START_TEST(retry_is_a_digest)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof digest + 1];

    SHA256((const unsigned char *)"HelloRetryRequest", 17, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, RETRY);
}
END_TEST

UNIT_CASE(server_hello, {pieces, COUNT(answers)}, {truncated, COUNT(answers)}, {fields, 7},
          {without_an_end, COUNT(endless)}, {retry_is_a_digest, 1})
