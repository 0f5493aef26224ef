/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/cert.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/text.h"
#include "tls/cert_key.h"

/* Bytes that are kept of an attribute, a serial number and a URL, the NUL included. */
enum { ATTRIBUTE_SIZE = 128, SERIAL_SIZE = 64, URL_SIZE = 160 };

/* Writes a string as cleaned UTF-8 with its NUL to `out` of `cap` (> 4) bytes; too long a one is
 * cut. One that is not in the encoding that it claims is cleaned byte by byte. */
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

void cert_name(X509_NAME *name, char out[CERT_NAME_SIZE])
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
        text_clean(out, CERT_NAME_SIZE, data, (size_t)len);
    BIO_free(bio);
}

/* A name as cert_name writes it, kept in `texts`. Never NULL. */
static const char *name_text(X509_NAME *name, struct strings *texts)
{
    char out[CERT_NAME_SIZE];

    cert_name(name, out);
    return strings_keep(texts, out);
}

/* The last of a kind of attribute (a NID), which is the most specific one, cleaned and kept in
 * `texts`. "" where there is none; also where memory is short, which sets texts->failed. */
static const char *attribute(X509_NAME *name, int nid, struct strings *texts)
{
    char out[ATTRIBUTE_SIZE] = "";
    int last = -1, at;

    while ((at = X509_NAME_get_index_by_NID(name, nid, last)) >= 0)
        last = at;
    if (last >= 0)
        clean_asn1(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)), out, sizeof out);
    return strings_keep(texts, out);
}

/* Writes 2 * len lower-case digits and a NUL, for which `out` must have room. */
static void hex(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

void cert_sha256(X509 *x, char out[CERT_SHA256_HEX])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    out[0] = '\0';
    if (X509_digest(x, EVP_sha256(), md, &len))
        hex(md, len, out);
}

/* Fills sha256 and key_sha256 in lower-case hexadecimal without colons. key_sha256 stays as it is
 * if OpenSSL cannot make it; the caller sets it to "" before. */
static void digests(X509 *x, struct cert_facts *out)
{
    unsigned char md[EVP_MAX_MD_SIZE], *der = NULL;
    unsigned int len = 0;
    int der_len;

    cert_sha256(x, out->sha256);
    der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    if (der_len > 0 && EVP_Digest(der, (size_t)der_len, md, &len, EVP_sha256(), NULL))
        hex(md, len, out->key_sha256);
    OPENSSL_free(der);
}

/* The serial number in upper-case hexadecimal without colons, cut, kept in `texts`; "" where memory
 * is short, which texts->failed does not always tell. */
static const char *serial_text(X509 *x, struct strings *texts)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *s = n ? BN_bn2hex(n) : NULL, out[SERIAL_SIZE] = "";

    if (s)
        text_copy(out, sizeof out, s);
    OPENSSL_free(s);
    BN_free(n);
    return strings_keep(texts, out);
}

/* The first URL of an access method (a NID), whatever its scheme, cleaned, cut to URL_SIZE and kept
 * in `texts`; "" where there is none or memory is short. */
static const char *access_url(X509 *x, int method, struct strings *texts)
{
    AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    char out[URL_SIZE] = "";

    for (int i = 0; aia && i < sk_ACCESS_DESCRIPTION_num(aia) && !out[0]; i++) {
        ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia, i);

        if (OBJ_obj2nid(d->method) == method && d->location->type == GEN_URI)
            clean_asn1(d->location->d.uniformResourceIdentifier, out, sizeof out);
    }
    AUTHORITY_INFO_ACCESS_free(aia);
    return strings_keep(texts, out);
}

/* Adds a copy of a URL that we can fetch; `point` is 0 unless it is a CRL's. Passes over names of
 * another kind, other schemes, and URLs that are too long or too many. False: memory alone. */
static bool add_url(struct cert_facts *out, const GENERAL_NAME *n, enum cert_url_kind kind,
                    size_t point)
{
    char text[1024];
    struct cert_url *urls;

    if (n->type != GEN_URI || out->url_count == CERT_URLS_MAX ||
        ASN1_STRING_length(n->d.uniformResourceIdentifier) >= (int)sizeof text)
        return true;
    clean_asn1(n->d.uniformResourceIdentifier, text, sizeof text);
    if (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0)
        return true;
    urls = array_grow(out->urls, out->url_count, sizeof *urls);
    if (!urls)
        return false;
    out->urls = urls;
    urls += out->url_count;
    *urls = (struct cert_url){.text = strdup(text), .kind = kind, .point = point};
    out->url_count += urls->text != NULL;
    return urls->text != NULL;
}

/* Adds the URLs of OCSP responders, if any. False: memory. */
static bool add_responders(X509 *x, struct cert_facts *out)
{
    AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    bool ok = true;

    for (int i = 0; ok && i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia, i);

        if (OBJ_obj2nid(d->method) == NID_ad_OCSP)
            ok = add_url(out, d->location, CERT_URL_OCSP, 0);
    }
    AUTHORITY_INFO_ACCESS_free(aia);
    return ok;
}

/* Adds the URLs of CRLs, if any, with their points' indices, which also count the points that have
 * no URL for us. False: memory. */
static bool add_lists(X509 *x, struct cert_facts *out)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    bool ok = true;

    for (int i = 0; ok && i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT_NAME *name = sk_DIST_POINT_value(points, i)->distpoint;
        GENERAL_NAMES *names = name && name->type == 0 ? name->name.fullname : NULL;

        for (int k = 0; ok && k < sk_GENERAL_NAME_num(names); k++)
            ok = add_url(out, sk_GENERAL_NAME_value(names, k), CERT_URL_CRL, (size_t)i);
    }
    CRL_DIST_POINTS_free(points);
    return ok;
}

size_t cert_url_count(const struct cert_facts *c, enum cert_url_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < c->url_count; i++)
        count += c->urls[i].kind == kind;
    return count;
}

/* Whether the certificate has TLS feature 5, the number of the extension status_request (RFC 7633
 * 4.1). */
static bool demands_staple(X509 *x)
{
    TLS_FEATURE *features = X509_get_ext_d2i(x, NID_tlsfeature, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        found = found || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == 5;
    TLS_FEATURE_free(features);
    return found;
}

/* Appends a DNS name or an IP address to out->names, which has room. Names of other kinds are
 * passed over. */
static void add_general_name(struct cert_facts *out, const GENERAL_NAME *n)
{
    char buf[256];
    const ASN1_OCTET_STRING *ip = n->d.ip;

    if (n->type == GEN_DNS) {
        out->has_dns_name = true;
        clean_asn1(n->d.dNSName, buf, sizeof buf);
    } else if (n->type == GEN_IPADD && (ip->length == 4 || ip->length == 16)) {
        inet_ntop(ip->length == 4 ? AF_INET : AF_INET6, ip->data, buf, sizeof buf);
    } else {
        return;
    }
    out->names[out->name_count++] = strings_keep(&out->texts, buf);
}

/* Copies up to CERT_NAMES_MAX subjectAltNames, if there are any, to out->names, which is NULL
 * before. False: memory; what was copied is left to cert_facts_clear. */
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
        add_general_name(out, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    return ok;
}

/* Frees what X509_get_ext_d2i returned for that NID; not NULL. */
static void free_extension(int nid, void *value)
{
    const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(nid);

    if (method->it)
        ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
    else
        method->ext_free(value);
}

/* Whether the extension is there but cannot be read, or is there twice; `why` then says so, as a
 * part of a sentence, else it is unchanged. */
static bool is_unreadable(X509 *x, int nid, char *why, size_t cap)
{
    int critical = -1;
    void *value = X509_get_ext_d2i(x, nid, &critical, NULL);

    if (value) {
        free_extension(nid, value);
        return false;
    }
    if (critical == -2)
        text_format(why, cap, "two extensions %s", OBJ_nid2sn(nid));
    else if (critical >= 0)
        text_format(why, cap, "extension %s cannot be read", OBJ_nid2sn(nid));
    return critical != -1;
}

bool cert_malformed(X509 *x, char *why, size_t cap)
{
    /* those that OpenSSL reads before it verifies */
    static const int nids[] = {NID_subject_alt_name,
                               NID_basic_constraints,
                               NID_key_usage,
                               NID_ext_key_usage,
                               NID_name_constraints,
                               NID_subject_key_identifier,
                               NID_authority_key_identifier,
                               NID_crl_distribution_points};

    text_copy(why, cap, "");
    if (!(X509_get_extension_flags(x) & EXFLAG_INVALID))
        return false;
    for (size_t i = 0; i < sizeof nids / sizeof *nids; i++) {
        if (is_unreadable(x, nids[i], why, cap))
            return true;
    }
    text_copy(why, cap, "an extension that OpenSSL refuses");
    return true;
}

/* Fills `signs` and `enciphers`, both true without key usage. OpenSSL reports no usage at all of a
 * malformed certificate: then both are true, too. */
static void read_key_usage(X509 *x, struct cert_facts *out)
{
    bool malformed = X509_get_extension_flags(x) & EXFLAG_INVALID;
    uint32_t usage = malformed ? UINT32_MAX : X509_get_key_usage(x);

    out->signs = usage & X509v3_KU_DIGITAL_SIGNATURE;
    out->enciphers = usage & X509v3_KU_KEY_ENCIPHERMENT;
}

time_t cert_time(const ASN1_TIME *t)
{
    struct tm tm;

    return t && ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

void cert_facts_init(struct cert_facts *c)
{
    *c = (struct cert_facts){.subject = "",
                             .issuer = "",
                             .cn = "",
                             .issuer_cn = "",
                             .organization = "",
                             .unit = "",
                             .serial = "",
                             .key = "",
                             .signature = "",
                             .aia = ""};
}

/* Fills the texts but `key` and `signature`, and self_issued of *out, which cert_facts_init has
 * set. A lack of memory sets texts.failed. */
static void copy_texts(X509 *x, struct cert_facts *out)
{
    X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);
    struct strings *texts = &out->texts;

    out->subject = name_text(subject, texts);
    out->issuer = name_text(issuer, texts);
    out->cn = attribute(subject, NID_commonName, texts);
    out->issuer_cn = attribute(issuer, NID_commonName, texts);
    out->organization = attribute(subject, NID_organizationName, texts);
    out->unit = attribute(subject, NID_organizationalUnitName, texts);
    out->serial = serial_text(x, texts);
    out->aia = access_url(x, NID_ad_ca_issuers, texts);
    out->self_issued = X509_NAME_cmp(subject, issuer) == 0;
}

bool cert_facts_from(X509 *x, struct cert_facts *out)
{
    cert_facts_init(out);
    out->not_before = cert_time(X509_get0_notBefore(x));
    out->not_after = cert_time(X509_get0_notAfter(x));
    if (!copy_names(x, out) || !add_responders(x, out) || !add_lists(x, out)) {
        cert_facts_clear(out);
        return false;
    }
    copy_texts(x, out);
    cert_key_read(x, out);
    digests(x, out);
    out->must_staple = demands_staple(x);
    read_key_usage(x, out);
    if (out->texts.failed) {
        cert_facts_clear(out);
        return false;
    }
    return true;
}

void cert_facts_clear(struct cert_facts *c)
{
    for (size_t i = 0; i < c->url_count; i++)
        free(c->urls[i].text);
    strings_clear(&c->texts);
    free(c->urls);
    free(c->names);
    free(c->der);
    cert_facts_init(c);
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
    return text_or(c->subject, "(no subject)");
}

const char *cert_issuer_title(const struct cert_facts *c)
{
    return text_or(c->issuer_cn, c->issuer);
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
