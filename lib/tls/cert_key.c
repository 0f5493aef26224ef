/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/cert_key.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

/* The kind of a certificate with that key; CERT_OTHER also where `key` is NULL. */
static enum cert_kind kind_of(EVP_PKEY *key)
{
    switch (key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return CERT_RSA;
    case EVP_PKEY_EC:
        return CERT_ECDSA;
    default:
        return CERT_OTHER;
    }
}

/* The name that TLS has for the curve of an EC key, kept in `texts`. "" for any other key, Ed25519
 * included, for NULL, and where memory is short. */
static const char *curve_of(const EVP_PKEY *key, struct strings *texts)
{
    char name[40] = "";

    if (!key || !EVP_PKEY_is_a(key, "EC") ||
        EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
        return "";
    return strings_keep(texts, strcmp(name, "prime256v1") == 0 ? "secp256r1" : name);
}

void cert_key_read(X509 *x, struct cert_facts *out)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    int nid = X509_get_signature_nid(x);
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    char text[24] = "unknown key";

    out->kind = kind_of(key);
    out->curve = curve_of(key, &out->texts);
    out->key_bits = key && EVP_PKEY_get_bits(key) > 0 ? (unsigned)EVP_PKEY_get_bits(key) : 0;
    if (type)
        snprintf(text, sizeof text, "%s %u", type, out->key_bits);
    out->key = strings_keep(&out->texts, text);
    out->signature = nid == NID_undef ? "unknown signature" : OBJ_nid2ln(nid);
}
