#include "cert.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void clean_asn1(const ASN1_STRING *s, char *out, size_t cap)
{
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, s);

    out[0] = '\0';
    if (len >= 0)
        text_clean(out, cap, (const char *)utf8, (size_t)len);
    else /* not in the encoding that it claims */
        text_clean(out, cap, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
    OPENSSL_free(utf8);
}

static void name_text(X509_NAME *name, char *out, size_t cap)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;

    out[0] = '\0';
    if (!bio)
        return;
    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    len = BIO_get_mem_data(bio, &data);
    if (len > 0)
        text_clean(out, cap, data, (size_t)len);
    BIO_free(bio);
}

/* The last of a kind of attribute, which is the most specific one. */
static void attribute(X509_NAME *name, int nid, char *out, size_t cap)
{
    int last = -1, at;

    out[0] = '\0';
    while ((at = X509_NAME_get_index_by_NID(name, nid, last)) >= 0)
        last = at;
    if (last >= 0)
        clean_asn1(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)), out, cap);
}

static void hex(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

static void digests(X509 *x, struct cert_facts *out)
{
    unsigned char md[EVP_MAX_MD_SIZE], *der = NULL;
    unsigned int len = 0;
    int der_len;

    if (X509_digest(x, EVP_sha256(), md, &len))
        hex(md, len, out->sha256);
    der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    if (der_len > 0 && EVP_Digest(der, (size_t)der_len, md, &len, EVP_sha256(), NULL))
        hex(md, len, out->key_sha256);
    OPENSSL_free(der);
}

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

static void key_and_signature(X509 *x, struct cert_facts *out)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    int nid = X509_get_signature_nid(x);
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;

    out->kind = kind_of(key);
    if (type)
        snprintf(out->key, sizeof out->key, "%s %d", type, EVP_PKEY_get_bits(key));
    else
        text_copy(out->key, sizeof out->key, "unknown key");
    text_copy(out->signature, sizeof out->signature,
              nid == NID_undef ? "unknown signature" : OBJ_nid2ln(nid));
}

static void serial_text(X509 *x, char *out, size_t cap)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *s = n ? BN_bn2hex(n) : NULL;

    text_copy(out, cap, s ? s : "");
    OPENSSL_free(s);
    BN_free(n);
}

/* The first URL of an access method. */
static void access_url(X509 *x, int method, char *out, size_t cap)
{
    AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);

    out[0] = '\0';
    for (int i = 0; aia && i < sk_ACCESS_DESCRIPTION_num(aia) && !out[0]; i++) {
        ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia, i);

        if (OBJ_obj2nid(d->method) == method && d->location->type == GEN_URI)
            clean_asn1(d->location->d.uniformResourceIdentifier, out, cap);
    }
    AUTHORITY_INFO_ACCESS_free(aia);
}

/* RFC 5280 4.2.1.13; only HTTP, which is what we can fetch. */
static void crl_url(X509 *x, char *out, size_t cap)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);

    out[0] = '\0';
    for (int i = 0; i < sk_DIST_POINT_num(points) && !out[0]; i++) {
        DIST_POINT_NAME *name = sk_DIST_POINT_value(points, i)->distpoint;
        GENERAL_NAMES *names = name && name->type == 0 ? name->name.fullname : NULL;

        for (int k = 0; k < sk_GENERAL_NAME_num(names) && !out[0]; k++) {
            GENERAL_NAME *n = sk_GENERAL_NAME_value(names, k);

            if (n->type == GEN_URI)
                clean_asn1(n->d.uniformResourceIdentifier, out, cap);
            if (strncmp(out, "http", 4) != 0)
                out[0] = '\0';
        }
    }
    CRL_DIST_POINTS_free(points);
}

/* RFC 7633 4.1: the feature is the number of the TLS extension, status_request 5. */
static bool demands_staple(X509 *x)
{
    TLS_FEATURE *features = X509_get_ext_d2i(x, NID_tlsfeature, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        found = found || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == 5;
    TLS_FEATURE_free(features);
    return found;
}

static bool add_name(struct cert_facts *out, const char *name)
{
    out->names[out->name_count] = strdup(name);
    return out->names[out->name_count++] != NULL;
}

static bool add_general_name(struct cert_facts *out, const GENERAL_NAME *n)
{
    char buf[256];
    const ASN1_OCTET_STRING *ip = n->d.ip;

    if (n->type == GEN_DNS) {
        out->has_dns_name = true;
        clean_asn1(n->d.dNSName, buf, sizeof buf);
        return add_name(out, buf);
    }
    if (n->type == GEN_IPADD && (ip->length == 4 || ip->length == 16)) {
        inet_ntop(ip->length == 4 ? AF_INET : AF_INET6, ip->data, buf, sizeof buf);
        return add_name(out, buf);
    }
    return true;
}

static bool copy_names(X509 *x, struct cert_facts *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(names);
    bool ok = true;

    if (count > CERT_NAMES_MAX)
        count = CERT_NAMES_MAX;
    if (count > 0) {
        out->names = calloc((size_t)count, sizeof *out->names);
        ok = out->names != NULL;
    }
    for (int i = 0; ok && i < count; i++)
        ok = add_general_name(out, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    return ok;
}

time_t cert_time(const ASN1_TIME *t)
{
    struct tm tm;

    return t && ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

bool cert_facts_from(X509 *x, struct cert_facts *out)
{
    X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);

    *out = (struct cert_facts){.not_before = cert_time(X509_get0_notBefore(x)),
                               .not_after = cert_time(X509_get0_notAfter(x))};
    if (!copy_names(x, out)) {
        cert_facts_clear(out);
        return false;
    }
    name_text(subject, out->subject, sizeof out->subject);
    name_text(issuer, out->issuer, sizeof out->issuer);
    attribute(subject, NID_commonName, out->cn, sizeof out->cn);
    attribute(issuer, NID_commonName, out->issuer_cn, sizeof out->issuer_cn);
    attribute(subject, NID_organizationName, out->organization, sizeof out->organization);
    attribute(subject, NID_organizationalUnitName, out->unit, sizeof out->unit);
    serial_text(x, out->serial, sizeof out->serial);
    key_and_signature(x, out);
    digests(x, out);
    access_url(x, NID_ad_ca_issuers, out->aia, sizeof out->aia);
    access_url(x, NID_ad_OCSP, out->ocsp, sizeof out->ocsp);
    crl_url(x, out->crl, sizeof out->crl);
    out->must_staple = demands_staple(x);
    out->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    return true;
}

void cert_facts_clear(struct cert_facts *c)
{
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->names);
    free(c->der);
    *c = (struct cert_facts){0};
}

enum cert_match cert_matches(X509 *x, const char *name)
{
    /* ".example.com" is Postfix's for any depth of subdomain; OpenSSL limits it only on request. */
    const unsigned int flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                               (name[0] == '.' ? 0 : X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS);
    unsigned char address[sizeof(struct in6_addr)];
    GENERAL_NAMES *names;
    bool dns_name = false;

    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_check_ip_asc(x, name, 0) == 1 ? CERT_MATCH_SAN : CERT_MATCH_NONE;
    if (X509_check_host(x, name, 0, flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1)
        return CERT_MATCH_SAN;
    names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        dns_name = dns_name || sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
    GENERAL_NAMES_free(names);
    if (dns_name)
        return CERT_MATCH_NONE;
    return X509_check_host(x, name, 0, flags, NULL) == 1 ? CERT_MATCH_CN : CERT_MATCH_NONE;
}

bool cert_has_content(X509 *x, unsigned selector, unsigned matching, const unsigned char *data,
                      size_t len)
{
    const EVP_MD *const digests_of[] = {NULL, EVP_sha256(), EVP_sha512()};
    unsigned char *der = NULL, md[EVP_MAX_MD_SIZE];
    int der_len;
    unsigned md_len = 0;
    bool same;

    if (selector > 1 || matching > 2)
        return false;
    der_len = selector == 0 ? i2d_X509(x, &der) : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    if (der_len <= 0)
        return false;
    if (matching == 0)
        same = len == (size_t)der_len && memcmp(data, der, len) == 0;
    else
        same = EVP_Digest(der, (size_t)der_len, md, &md_len, digests_of[matching], NULL) &&
               len == md_len && memcmp(data, md, len) == 0;
    OPENSSL_free(der);
    return same;
}

bool cert_keep_der(X509 *x, struct cert_facts *out)
{
    int len = i2d_X509(x, NULL);
    unsigned char *at;

    if (len <= 0)
        return false;
    at = out->der = malloc((size_t)len);
    out->der_len = at ? (size_t)i2d_X509(x, &at) : 0;
    return out->der != NULL;
}

const char *cert_kind_name(enum cert_kind kind)
{
    static const char *const names[CERT_KINDS] = {"", "RSA", "ECDSA"};

    return names[kind];
}

const char *cert_title(const struct cert_facts *c)
{
    if (c->cn[0])
        return c->cn;
    if (c->name_count > 0)
        return c->names[0];
    return c->subject[0] ? c->subject : "(no subject)";
}

const char *cert_issuer_title(const struct cert_facts *c)
{
    return c->issuer_cn[0] ? c->issuer_cn : c->issuer;
}

const char *cert_role(const struct cert_facts *c)
{
    if (c->path <= 1)
        return "certificate";
    return c->self_issued ? "root certificate" : "intermediate certificate";
}

double cert_lifetime_days(const struct cert_facts *c)
{
    return (double)(c->not_after - c->not_before) / 86400;
}
