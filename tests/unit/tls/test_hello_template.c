/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/hello_template.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "tls/hello_openssl.h"
#include "unit/unit.h"

/* A hello for TLS 1.3 and 1.2 with a server name, a session ticket, two key shares and padding, and
 * what is sent instead, as a script of its own made them from the RFCs and from FIPS 203. */
static const char captured[] =
    "16030100fb010000f70303aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaa20bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb00041301"
    "c02f010000aa00000010000e00000b6f6c642e6578616d706c65000a00060004001d0017002b0005"
    "0403040303002300045449434b0033006b0069001d0020cccccccccccccccccccccccccccccccccc"
    "cccccccccccccccccccccccccccccc00170041045555555555555555555555555555555555555555"
    "55555555555555555555555555555555555555555555555555555555555555555555555555555555"
    "55555555001500080000000000000000";

static const char small[] =
    "16030100ee010000ea0303030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7"
    "ced5dc20e3eaf1f8ff060d141b222930373e454c535a61686f767d848b9299a0a7aeb5bc00041301"
    "c02f0100009d00000013001100000e6d782e6578616d706c652e636f6d000a00060004001d001700"
    "2b00050403040303002300000033006b0069001d0020232a31383f464d545b626970777e858c939a"
    "a1a8afb6bdc4cbd2d9e0e7eef5fc0017004104555555555555555555555555555555555555555555"
    "55555555555555555555555555555555555555555555555555555555555555555555555555555555"
    "555555";

enum { CAPTURED_MAX = 512, AT_SUITES = 76, SHARE_SIZE = 1220 };

/* Fills `out` with the bytes of `hex`. Returns how many. */
static size_t bytes_of(const char *hex, unsigned char out[CAPTURED_MAX])
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (unsigned char)byte;
    }
    return len;
}

static void fill_random(unsigned char random[HELLO_TEMPLATE_RANDOM])
{
    for (size_t i = 0; i < HELLO_TEMPLATE_RANDOM; i++)
        random[i] = (unsigned char)(i * 7 + 3);
}

static const struct {
    enum hello_template_size size;
    bool adds_share;
    const char *name;
    size_t len;
    const char *digest; /* SHA-256 */
} written[] = {
    {HELLO_TEMPLATE_LARGE, false, "mx.example.com", 259,
     "e676b5b59dec9fc0ed42bbfd4b5deea36050c7953e4b017aa435de2a4a57dc48"},
    {HELLO_TEMPLATE_LARGE, true, NULL, 1458,
     "fcbe77feb91ae0357ae7cf8d8d6f65722e7137179a972b5c61b09a9b854102ea"},
    {HELLO_TEMPLATE_SMALL, true, "mx.example.com", 245,
     "9bd2567348d9797487617c439db8161160014c400d0242c22b6022dfb757dfea"},
};

/* The two sizes have the same extensions, in the same order; the large one has the key share. */
START_TEST(sizes)
{
    unsigned char bytes[CAPTURED_MAX], random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    struct hello_template t;
    struct error e;
    unsigned size;

    fill_random(random);
    ck_assert(hello_template_read(bytes, bytes_of(captured, bytes), &t, &e));
    ck_assert(t.has_name);
    t.adds_share = written[_i].adds_share;
    ck_assert_uint_eq(hello_template_write(&t, written[_i].size, written[_i].name, random, out),
                      written[_i].len);
    ck_assert_int_eq(EVP_Digest(out, written[_i].len, digest, &size, EVP_sha256(), NULL), 1);
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, written[_i].digest);
}
END_TEST

START_TEST(small_bytes)
{
    unsigned char bytes[CAPTURED_MAX], random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    unsigned char want[CAPTURED_MAX];
    struct hello_template t;
    struct error e;
    size_t len = bytes_of(small, want);

    fill_random(random);
    ck_assert(hello_template_read(bytes, bytes_of(captured, bytes), &t, &e));
    ck_assert_uint_eq(hello_template_write(&t, HELLO_TEMPLATE_SMALL, "mx.example.com", random, out),
                      len);
    ck_assert_mem_eq(out, want, len);
}
END_TEST

/* A part of the record, from its start, or more than the record. */
START_TEST(cut)
{
    unsigned char bytes[CAPTURED_MAX] = {0};
    struct hello_template t;
    struct error e;
    size_t len = bytes_of(captured, bytes);

    for (size_t i = 0; i < CAPTURED_MAX; i++)
        ck_assert_msg(hello_template_read(bytes, i, &t, &e) == (i == len), "%zu bytes", i);
    ck_assert_str_eq(e.text, "is not a TLS record with one whole ClientHello");
}
END_TEST

/* One byte that changes what the record is. */
static const struct {
    const char *before, *after; /* hex */
    const char *text;
} changed[] = {
    {"160301", "150301", "is not a TLS record with one whole ClientHello"},
    {"16030100fb01", "16030100fb02", "is not a TLS record with one whole ClientHello"},
    {"20bbbb", "21bbbb", "is not a TLS record with one whole ClientHello"},
    {"00060004001d", "00060003001d", "is not a TLS record with one whole ClientHello"},
    {"0033006b0069", "0033006b0068", "is not a TLS record with one whole ClientHello"},
    {"001d0020cccc", "001d001fcccc", "is not a TLS record with one whole ClientHello"},
    {"001500080000", "000a00040000", "is not a TLS record with one whole ClientHello"},
    {"00050403040303", "00050403020303", "is a ClientHello without TLS 1.3"},
    {"0033006b0069", "0063006b0069", "is a ClientHello without TLS 1.3"},
    {"00230004", "00290004",
     "is a ClientHello that resumes a session; give the first one of a new session"},
    {"00230004", "002a0004",
     "is a ClientHello that resumes a session; give the first one of a new session"},
};

START_TEST(refused)
{
    unsigned char bytes[CAPTURED_MAX];
    char hex[sizeof captured], *at;
    struct hello_template t;
    struct error e;

    memcpy(hex, captured, sizeof hex);
    at = strstr(hex, changed[_i].before);
    ck_assert_ptr_nonnull(at);
    memcpy(at, changed[_i].after, strlen(changed[_i].after));
    ck_assert(!hello_template_read(bytes, bytes_of(hex, bytes), &t, &e));
    ck_assert_str_eq(e.text, changed[_i].text);
}
END_TEST

START_TEST(too_long)
{
    static unsigned char bytes[HELLO_TEMPLATE_MAX + 1];
    char name[257];
    unsigned char random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    struct hello_template t;
    struct error e;

    ck_assert(!hello_template_read(bytes, sizeof bytes, &t, &e));
    ck_assert_str_eq(e.text, "has more than 8192 bytes");
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fill_random(random);
    ck_assert(hello_template_read(bytes, bytes_of(captured, bytes), &t, &e));
    ck_assert_uint_eq(hello_template_write(&t, HELLO_TEMPLATE_LARGE, name, random, out), 0);
}
END_TEST

/* Each number of an encapsulation key is below the modulus, or a server refuses the key (FIPS 203
 * 7.2). */
START_TEST(key)
{
    unsigned char bytes[CAPTURED_MAX], random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    static const unsigned char head[] = {0x11, 0xec, 0x04, 0xc0};
    const unsigned char *at;
    struct hello_template t;
    struct error e;
    size_t len;

    memset(random, 0xff, sizeof random);
    ck_assert(hello_template_read(bytes, bytes_of(captured, bytes), &t, &e));
    t.adds_share = true;
    len = hello_template_write(&t, HELLO_TEMPLATE_LARGE, "mx.example.com", random, out);
    at = memmem(out, len, head, sizeof head);
    ck_assert_ptr_nonnull(at);
    at += sizeof head;
    for (size_t i = 0; i < 384; i++, at += 3) {
        ck_assert_uint_lt(at[0] | (at[1] & 0x0fu) << 8, 3329);
        ck_assert_uint_lt(at[1] >> 4 | (unsigned)at[2] << 4, 3329);
    }
}
END_TEST

/* What our own OpenSSL makes: a hello with its settings, which takes the key share. */
START_TEST(our_own)
{
    static const unsigned char suite[] = {0xc0, 0x2f};
    /* supported_groups: those of the list that every OpenSSL knows, in its order */
    static const unsigned char groups[] = {0x00, 0x0a, 0x00, 0x06, 0x00,
                                           0x04, 0x00, 0x1d, 0x00, 0x17};
    static unsigned char random[HELLO_TEMPLATE_RANDOM], out[HELLO_TEMPLATE_WRITTEN];
    struct hello_openssl_settings s = {.has_name = true};
    struct hello_template plain, limited;
    size_t small_len, large_len;
    struct error e;

    ck_assert(hello_template_random(random));
    ck_assert_msg(hello_openssl_make(&s, &plain, &e), "%s", e.text);
    ck_assert(plain.has_name);
    plain.adds_share = true;
    small_len = hello_template_write(&plain, HELLO_TEMPLATE_SMALL, "mx.example.com", random, out);
    large_len = hello_template_write(&plain, HELLO_TEMPLATE_LARGE, "mx.example.com", random, out);
    ck_assert_uint_gt(small_len, 200);
    ck_assert_uint_lt(small_len, HELLO_TEMPLATE_SEGMENT);
    ck_assert_uint_eq(large_len, small_len + SHARE_SIZE);
    s = (struct hello_openssl_settings){.ciphers = "ECDHE-RSA-AES128-GCM-SHA256",
                                        .groups = "nosuch, X25519:prime256v1 nosuch2",
                                        .verifies = true};
    ck_assert_msg(hello_openssl_make(&s, &limited, &e), "%s", e.text);
    ck_assert(!limited.has_name);
    ck_assert_uint_lt(limited.len, plain.len);
    ck_assert_ptr_nonnull(memmem(limited.bytes + AT_SUITES, 32, suite, sizeof suite));
    ck_assert_ptr_nonnull(memmem(limited.bytes, limited.len, groups, sizeof groups));
}
END_TEST

START_TEST(our_own_refused)
{
    struct hello_openssl_settings old = {.highest = 0x0303}, none = {.ciphers = "nosuch"};
    struct hello_template t;
    struct error e;

    ck_assert(!hello_openssl_make(&old, &t, &e));
    ck_assert_str_eq(e.text, "is a ClientHello without TLS 1.3");
    ck_assert(!hello_openssl_make(&none, &t, &e));
    ck_assert_str_eq(e.text, "has no cipher suite in \"nosuch\"");
}
END_TEST

UNIT_CASE(hello_template, {sizes, COUNT(written)}, {small_bytes, 1}, {cut, 1},
          {refused, COUNT(changed)}, {too_long, 1}, {key, 1}, {our_own, 1}, {our_own_refused, 1})
