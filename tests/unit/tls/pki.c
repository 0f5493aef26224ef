/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/tls/pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "unit/unit.h"

enum { DAY = 86400 };

static void add_entry(X509_NAME *name, int nid, const char *value, size_t len)
{
    ck_assert_int_eq(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                                (const unsigned char *)value, (int)len, -1, 0),
                     1);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509_EXTENSION *e;
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ck_assert_msg(e != NULL, "extension \"%s\"", value);
    ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

static void add_raw_name(X509 *x, const char *name, size_t len)
{
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *n = GENERAL_NAME_new();
    ASN1_IA5STRING *s = ASN1_IA5STRING_new();

    ck_assert(list && n && s);
    ASN1_STRING_set(s, name, (int)len);
    GENERAL_NAME_set0_value(n, GEN_DNS, s);
    sk_GENERAL_NAME_push(list, n);
    ck_assert_int_eq(X509_add1_ext_i2d(x, NID_subject_alt_name, list, 0, 0), 1);
    GENERAL_NAMES_free(list);
}

static EVP_PKEY *make_key(enum pki_key kind)
{
    EVP_PKEY *key = kind == PKI_EC ? EVP_EC_gen("P-256") : EVP_RSA_gen(1024u);

    ck_assert_ptr_nonnull(key);
    return key;
}

struct pki pki_make(const struct pki_spec *s, const struct pki *issuer)
{
    static long serial = 0x1000;
    struct pki p = {X509_new(), make_key(s->key)};
    const struct pki *by = issuer ? issuer : &p;
    X509_NAME *name = X509_get_subject_name(p.x);
    time_t now = time(NULL);

    X509_set_version(p.x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(p.x), ++serial);
    ASN1_TIME_adj(X509_getm_notBefore(p.x), s->from ? s->from : now - 180 * DAY, 0, 0);
    ASN1_TIME_adj(X509_getm_notAfter(p.x), s->until ? s->until : now + 180 * DAY, 0, 0);
    if (s->o)
        add_entry(name, NID_organizationName, s->o, strlen(s->o));
    if (s->cn)
        add_entry(name, NID_commonName, s->cn, s->cn_len ? s->cn_len : strlen(s->cn));
    X509_set_issuer_name(p.x, X509_get_subject_name(by->x));
    X509_set_pubkey(p.x, p.key);
    add_extension(p.x, by->x, NID_basic_constraints, s->ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (s->san)
        add_extension(p.x, by->x, NID_subject_alt_name, s->san);
    if (s->san_raw)
        add_raw_name(p.x, s->san_raw, s->san_raw_len);
    if (s->aia)
        add_extension(p.x, by->x, NID_info_access, s->aia);
    if (s->eku)
        add_extension(p.x, by->x, NID_ext_key_usage, s->eku);
    ck_assert_int_gt(X509_sign(p.x, by->key, EVP_sha256()), 0);
    return p;
}

void pki_free(struct pki *p)
{
    X509_free(p->x);
    EVP_PKEY_free(p->key);
    *p = (struct pki){0};
}

void pki_file(X509 *const *list, size_t count, char path[64])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;

    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(PEM_write_bio_X509(bio, list[i]), 1);
    len = BIO_get_mem_data(bio, &data);
    unit_file(data, (size_t)len, path);
    BIO_free(bio);
}
