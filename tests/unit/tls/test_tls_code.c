/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/tls_code.h"

#include <openssl/ssl.h>
#include <string.h>

#include "unit/unit.h"

static const struct {
    enum tls_code_kind kind;
    unsigned number;
    const char *name, *other; /* other: a name that means it, too */
    unsigned use;
} codes[] = {
    {TLS_CODE_VERSION, 0x0301, "TLSv1", NULL, 0},
    {TLS_CODE_VERSION, 0x0304, "TLSv1.3", "tlsV1.3", 0},
    {TLS_CODE_SUITE, 0x1303, "TLS_CHACHA20_POLY1305_SHA256", NULL, TLS_CODE_1_3},
    {TLS_CODE_SUITE, 0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", TLS_CODE_1_2},
    {TLS_CODE_SUITE, 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ecdhe-rsa-aes128-gcm-sha256",
     TLS_CODE_1_2 | TLS_CODE_ECDHE},
    {TLS_CODE_SUITE, 0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256",
     TLS_CODE_1_2 | TLS_CODE_DHE},
    {TLS_CODE_SUITE, 0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "AECDH-AES128-SHA",
     TLS_CODE_1_2},
    {TLS_CODE_GROUP, 23, "secp256r1", NULL, TLS_CODE_1_2 | TLS_CODE_1_3},
    {TLS_CODE_GROUP, 0x11ec, "X25519MLKEM768", NULL, TLS_CODE_1_3 | TLS_CODE_HYBRID},
    {TLS_CODE_SIGNATURE, 0x0804, "rsa_pss_rsae_sha256", NULL, 0},
};

START_TEST(found)
{
    const struct tls_code *c = tls_code_find(codes[_i].kind, codes[_i].number);
    char buf[8];

    ck_assert_ptr_nonnull(c);
    ck_assert_str_eq(c->name, codes[_i].name);
    ck_assert_uint_eq(c->use, codes[_i].use);
    ck_assert_ptr_eq(tls_code_named(codes[_i].kind, codes[_i].name), c);
    if (codes[_i].other)
        ck_assert_ptr_eq(tls_code_named(codes[_i].kind, codes[_i].other), c);
    ck_assert_str_eq(tls_code_name(codes[_i].kind, codes[_i].number, buf), codes[_i].name);
}
END_TEST

START_TEST(unknown)
{
    char buf[8];

    ck_assert_ptr_null(tls_code_find(TLS_CODE_SUITE, 0x5a5a));
    ck_assert_ptr_null(tls_code_named(TLS_CODE_SUITE, ""));
    ck_assert_ptr_null(tls_code_named(TLS_CODE_GROUP, "TLSv1.2"));
    ck_assert_str_eq(tls_code_name(TLS_CODE_SUITE, 0x5a5a, buf), "0x5a5a");
}
END_TEST

/* Ascending, so none is there twice. */
START_TEST(ascending)
{
    size_t count;
    const struct tls_code *all = tls_code_all((enum tls_code_kind)_i, &count);

    ck_assert_uint_gt(count, 4);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_lt(all[i - 1].number, all[i].number);
}
END_TEST

/* Every suite of certificates that OpenSSL has is there, by its names. */
START_TEST(openssl_agrees)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    STACK_OF(SSL_CIPHER) * ciphers;
    int known = 0;

    ck_assert(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0") == 1);
    ciphers = SSL_CTX_get_ciphers(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        const char *name = SSL_CIPHER_standard_name(cipher);
        const struct tls_code *c =
            tls_code_find(TLS_CODE_SUITE, SSL_CIPHER_get_protocol_id(cipher));

        if (!c && (strstr(name, "PSK") || strstr(name, "SRP")))
            continue;
        ck_assert_msg(c && strcmp(c->name, name) == 0, "%s", name);
        ck_assert_ptr_eq(tls_code_named(TLS_CODE_SUITE, SSL_CIPHER_get_name(cipher)), c);
        known++;
    }
    ck_assert_int_gt(known, 50);
    SSL_CTX_free(ctx);
}
END_TEST

UNIT_CASE(tls_code, {found, COUNT(codes)}, {unknown, 1}, {ascending, TLS_CODE_KINDS},
          {openssl_agrees, 1})
