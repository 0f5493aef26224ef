/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static EVP_PKEY *rsa(size_t slot, unsigned bits)
{
    static EVP_PKEY *made[3][2];
    static unsigned turn[3];
    EVP_PKEY **key = &made[slot][turn[slot]++ % 2];

    if (*key == NULL)
        *key = EVP_RSA_gen(bits);
    if (*key != NULL)
        EVP_PKEY_up_ref(*key);
    return *key;
}

EVP_PKEY *keys_make(const char *kind)
{
    if (strcmp(kind, "ec") == 0)
        return EVP_EC_gen("P-256");
    if (strcmp(kind, "ec384") == 0)
        return EVP_EC_gen("P-384");
    if (strcmp(kind, "brainpool") == 0)
        return EVP_EC_gen("brainpoolP256r1");
    if (strcmp(kind, "ed25519") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (strcmp(kind, "rsa1024") == 0)
        return rsa(0, 1024);
    if (strcmp(kind, "rsa2048") == 0)
        return rsa(1, 2048);
    if (strcmp(kind, "rsa4096") == 0)
        return rsa(2, 4096);
    return NULL;
}

static EVP_PKEY *dh_from(OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    EVP_PKEY *key = NULL;

    if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *dh_named(const char *group)
{
    char name[16];
    OSSL_PARAM params[2];

    snprintf(name, sizeof name, "%s", group);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    return dh_from(params);
}

static EVP_PKEY *dh_prime(BIGNUM *prime)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    BIGNUM *two = BN_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (bld != NULL && prime != NULL && two != NULL && BN_set_word(two, 2) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, prime) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, two) == 1)
        params = OSSL_PARAM_BLD_to_param(bld);
    if (params != NULL)
        key = dh_from(params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    BN_free(two);
    BN_free(prime);
    return key;
}

/* As hard to compute in as the group, and known to no library, so that no exponent is cut short. */
static EVP_PKEY *dh_beside(EVP_PKEY *group)
{
    BIGNUM *p = NULL;
    bool ok = group != NULL && EVP_PKEY_get_bn_param(group, OSSL_PKEY_PARAM_FFC_P, &p) == 1 &&
              BN_sub_word(p, 2) == 1;

    EVP_PKEY_free(group);
    if (ok)
        return dh_prime(p);
    BN_free(p);
    return NULL;
}

EVP_PKEY *keys_dh(int bits)
{
    char group[16];

    if (bits == 768)
        return dh_prime(BN_get_rfc2409_prime_768(NULL));
    if (bits == 1024)
        return dh_prime(BN_get_rfc2409_prime_1024(NULL));
    if (bits == 1536)
        return dh_prime(BN_get_rfc3526_prime_1536(NULL));
    if (bits == KEYS_DH_SLOW)
        return dh_beside(dh_named("ffdhe8192"));
    snprintf(group, sizeof group, "ffdhe%d", bits);
    return dh_named(group);
}
