/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/cert.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "unit/tls/pki.h"
#include "unit/unit.h"

#define NAME(literal) literal, sizeof literal - 1

static const struct {
    const char *cn, *san, *name;
    enum cert_match want;
} matches[] = {
    {"x", "DNS:mx.example.com", "mx.example.com", CERT_MATCH_SAN},
    {"x", "DNS:mx.example.com", "MX.Example.COM", CERT_MATCH_SAN},
    {"x", "DNS:MX.EXAMPLE.com", "mx.example.com", CERT_MATCH_SAN},
    {"x", "DNS:mx1.example.com,DNS:mx2.example.com", "mx2.example.com", CERT_MATCH_SAN},
    {"x", "DNS:mx.example.com", "mx.example.org", CERT_MATCH_NONE},
    {"x", "DNS:mx.example.com", "a.mx.example.com", CERT_MATCH_NONE},
    {"x", "DNS:mx.example.com", "example.com", CERT_MATCH_NONE},
    {"x", "DNS:example.com", "mx.example.com", CERT_MATCH_NONE},
    /* wildcards: one whole leftmost label (RFC 6125 6.4.3, RFC 9525 6.3) */
    {"x", "DNS:*.example.com", "mx.example.com", CERT_MATCH_SAN},
    {"x", "DNS:*.example.com", "MX.example.com", CERT_MATCH_SAN},
    {"x", "DNS:*.example.com", "example.com", CERT_MATCH_NONE},
    {"x", "DNS:*.example.com", ".example.com", CERT_MATCH_SAN},
    {"x", "DNS:*.example.com", "a.b.example.com", CERT_MATCH_NONE},
    {"x", "DNS:mx*.example.com", "mx1.example.com", CERT_MATCH_NONE},
    {"x", "DNS:*1.example.com", "mx1.example.com", CERT_MATCH_NONE},
    {"x", "DNS:m*1.example.com", "mx1.example.com", CERT_MATCH_NONE},
    {"x", "DNS:mx.*.com", "mx.example.com", CERT_MATCH_NONE},
    {"x", "DNS:*.*.com", "mx.example.com", CERT_MATCH_NONE},
    {"x", "DNS:*", "localhost", CERT_MATCH_NONE},
    {"x", "DNS:*.com", "example.com", CERT_MATCH_NONE},
    {"x", "DNS:**.example.com", "mx.example.com", CERT_MATCH_NONE},
    {"x", "DNS:*.example.com", "*.example.com", CERT_MATCH_SAN},
    /* the CN counts only where there is no DNS name */
    {"mx.example.com", NULL, "mx.example.com", CERT_MATCH_CN},
    {"mx.example.com", NULL, "MX.example.com", CERT_MATCH_CN},
    {"mx.example.com", NULL, "mx.example.org", CERT_MATCH_NONE},
    {"mx.example.com", "DNS:other.example.com", "mx.example.com", CERT_MATCH_NONE},
    {"mx.example.com", "DNS:mx.example.com", "mx.example.com", CERT_MATCH_SAN},
    {"mx.example.com", "IP:192.0.2.1", "mx.example.com", CERT_MATCH_CN},
    {"mx.example.com", "email:postmaster@example.com", "mx.example.com", CERT_MATCH_CN},
    {"mx.example.com", "URI:http://mx.example.com", "mx.example.com", CERT_MATCH_CN},
    {"*.example.com", NULL, "mx.example.com", CERT_MATCH_CN},
    {"*.example.com", NULL, "a.b.example.com", CERT_MATCH_NONE},
    {"mx*.example.com", NULL, "mx1.example.com", CERT_MATCH_NONE},
    {NULL, NULL, "mx.example.com", CERT_MATCH_NONE},
    /* addresses */
    {"x", "IP:192.0.2.1", "192.0.2.1", CERT_MATCH_SAN},
    {"x", "IP:192.0.2.1", "192.0.2.2", CERT_MATCH_NONE},
    {"x", "IP:2001:db8::1", "2001:db8::1", CERT_MATCH_SAN},
    {"x", "IP:2001:db8::1", "2001:DB8:0:0::1", CERT_MATCH_SAN},
    {"x", "IP:2001:db8::1", "2001:db8::2", CERT_MATCH_NONE},
    {"x", "DNS:192.0.2.1", "192.0.2.1", CERT_MATCH_NONE},
    {"192.0.2.1", NULL, "192.0.2.1", CERT_MATCH_NONE},
    /* ".parent": any subdomain, at any depth, but not the domain */
    {"x", "DNS:mx.example.com", ".example.com", CERT_MATCH_SAN},
    {"x", "DNS:a.b.example.com", ".example.com", CERT_MATCH_SAN},
    {"x", "DNS:example.com", ".example.com", CERT_MATCH_NONE},
    {"x", "DNS:mx.badexample.com", ".example.com", CERT_MATCH_NONE},
    {"x", "DNS:mx.example.com.evil.org", ".example.com", CERT_MATCH_NONE},
    {"mx.example.com", NULL, ".example.com", CERT_MATCH_CN},
    {"a.b.example.com", NULL, ".example.com", CERT_MATCH_CN},
    {"mx.example.com", "DNS:mx.example.org", ".example.com", CERT_MATCH_NONE},
    /* IDN: A-labels on both sides */
    {"x", "DNS:xn--bcher-kva.example", "xn--bcher-kva.example", CERT_MATCH_SAN},
    {"x", "DNS:*.xn--bcher-kva.example", "mx.xn--bcher-kva.example", CERT_MATCH_SAN},
    {"x", "DNS:xn--*.example.com", "xn--bcher-kva.example.com", CERT_MATCH_NONE},
};

START_TEST(match)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = matches[_i].cn, .san = matches[_i].san}, NULL);
    enum cert_match got = cert_matches(p.x, matches[_i].name);

    ck_assert_msg(got == matches[_i].want, "CN %s, SAN %s, for %s: %d", matches[_i].cn,
                  matches[_i].san, matches[_i].name, (int)got);
    pki_free(&p);
}
END_TEST

/* The bytes behind a NUL are part of the name. */
static const struct {
    const char *cn;
    size_t cn_len;
    const char *san;
    size_t san_len;
    const char *name;
} nuls[] = {
    {"x", 1, NAME("mx.example.com\0.evil.org"), "mx.example.com"},
    {"x", 1, NAME("mx.example.com\0"), "mx.example.com"},
    {"x", 1, NAME("\0mx.example.com"), "mx.example.com"},
    {"x", 1, NAME("mx.example.com\0.evil.org"), ".example.com"},
    {NAME("mx.example.com\0.evil.org"), NULL, 0, "mx.example.com"},
    {NAME("mx.example.com\0"), NULL, 0, "mx.example.com"},
    {"x", 1, NAME(""), "mx.example.com"},
};

START_TEST(embedded_nul)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = nuls[_i].cn,
                                               .cn_len = nuls[_i].cn_len,
                                               .san_raw = nuls[_i].san,
                                               .san_raw_len = nuls[_i].san_len},
                            NULL);
    struct cert_facts f;

    ck_assert_int_eq(cert_matches(p.x, nuls[_i].name), CERT_MATCH_NONE);
    ck_assert(cert_facts_from(p.x, &f));
    if (nuls[_i].san)
        ck_assert_uint_eq(strlen(f.names[0]), nuls[_i].san_len);
    else
        ck_assert_uint_eq(strlen(f.cn), nuls[_i].cn_len);
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

START_TEST(empty_dns_name_hides_cn)
{
    struct pki p =
        pki_make(&(struct pki_spec){.cn = "mx.example.com", .san_raw = "", .san_raw_len = 0}, NULL);

    ck_assert_int_eq(cert_matches(p.x, "mx.example.com"), CERT_MATCH_NONE);
    pki_free(&p);
}
END_TEST

START_TEST(facts)
{
    struct pki ca =
        pki_make(&(struct pki_spec){.cn = "Example Root", .o = "Example", .ca = true}, NULL);
    struct pki p = pki_make(
        &(struct pki_spec){
            .cn = "mx.example.com",
            .o = "Ex, Ltd",
            .from = 1700000000,
            .until = 1731536000,
            .san = "DNS:mx.example.com,email:a@example.com,IP:192.0.2.1,IP:2001:db8::1,"
                   "DNS:*.example.net",
            .aia = "OCSP;URI:http://ocsp.example.com,caIssuers;URI:http://ca.example.com/i.crt",
            .key = PKI_RSA_1024},
        &ca);
    struct cert_facts f;

    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_str_eq(f.subject, "CN=mx.example.com,O=Ex\\, Ltd");
    ck_assert_str_eq(f.issuer, "CN=Example Root,O=Example");
    ck_assert_str_eq(f.cn, "mx.example.com");
    ck_assert_str_eq(f.issuer_cn, "Example Root");
    ck_assert_str_eq(f.key, "RSA 1024");
    ck_assert_str_eq(f.aia, "http://ca.example.com/i.crt");
    ck_assert(f.not_before == 1700000000 && f.not_after == 1731536000);
    ck_assert_double_eq_tol(cert_lifetime_days(&f), 365, 1e-9);
    ck_assert(!f.self_issued && f.has_dns_name && !f.served && f.path == 0);
    ck_assert_uint_eq(f.name_count, 4);
    ck_assert_str_eq(f.names[0], "mx.example.com");
    ck_assert_str_eq(f.names[1], "192.0.2.1");
    ck_assert_str_eq(f.names[2], "2001:db8::1");
    ck_assert_str_eq(f.names[3], "*.example.net");
    ck_assert_str_eq(cert_title(&f), "mx.example.com");
    cert_facts_clear(&f);
    ck_assert_ptr_null(f.names);
    ck_assert(cert_facts_from(ca.x, &f));
    ck_assert(f.self_issued && !f.has_dns_name && f.name_count == 0);
    ck_assert_str_eq(f.key, "EC 256");
    ck_assert_str_eq(f.aia, "");
    cert_facts_clear(&f);
    cert_facts_clear(&f);
    pki_free(&p);
    pki_free(&ca);
}
END_TEST

static void hex(const unsigned char *data, unsigned len, char *out)
{
    for (unsigned i = 0; i < len; i++)
        sprintf(out + 2 * i, "%02x", data[i]);
}

START_TEST(digests)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    unsigned char md[EVP_MAX_MD_SIZE], *der = NULL;
    char want[2 * EVP_MAX_MD_SIZE + 1];
    struct cert_facts f;
    unsigned len;
    int n;

    ck_assert(cert_facts_from(p.x, &f));
    X509_digest(p.x, EVP_sha256(), md, &len);
    hex(md, len, want);
    ck_assert_str_eq(f.sha256, want);
    n = i2d_PUBKEY(p.key, &der);
    EVP_Digest(der, (size_t)n, md, &len, EVP_sha256(), NULL);
    hex(md, len, want);
    ck_assert_str_eq(f.key_sha256, want);
    ck_assert_uint_eq(strlen(f.serial) % 2, 0);
    OPENSSL_free(der);
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

static const struct {
    const char *name;
    time_t from, until;
} dates[] = {
    {"UTCTime", 1700000000, 1731536000},
    {"last of UTCTime", 1700000000, 2524607999},
    {"first GeneralizedTime, 2050", 1700000000, 2524608000},
    {"2051", 1700000000, 2556144000},
    {"9999, no expiry (RFC 5280 4.1.2.5)", 1700000000, 253402300799},
    {"1970", 0 + 1, 86400},
    {"1950", -631152000, 86400},
};

START_TEST(dates_read)
{
    struct pki p = pki_make(
        &(struct pki_spec){.cn = "x", .from = dates[_i].from, .until = dates[_i].until}, NULL);
    struct cert_facts f;

    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_msg(f.not_before == dates[_i].from && f.not_after == dates[_i].until, "%s",
                  dates[_i].name);
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

START_TEST(date_that_is_none)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = "x", .san = "DNS:a.example"}, NULL);
    struct cert_facts f;

    ASN1_STRING_set(X509_getm_notAfter(p.x), "99139999", 8);
    ck_assert(cert_facts_from(p.x, &f)); /* facts about a certificate that nobody can trust */
    ck_assert(f.not_after == 0 && f.name_count == 1);
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

/* Text that tries to forge the output. */
static const struct {
    const char *in;
    size_t len;
    const char *cn;
} hostile[] = {
    {NAME("a|b"), "a?b"},
    {NAME("a\nb"), "a?b"},
    {NAME("a\nOK - all is well | x=1"), "a?OK - all is well ? x=1"},
    {NAME("a'b"), "a?b"},
    {NAME("\033[2J"), "?[2J"},
    {NAME("a\0b"), "a?b"},
    {NAME("\xe2\x80\xae"
          "moc"),
     "?moc"},
    {NAME("Z\xc3\xbcrich"), "Z\xc3\xbcrich"},
};

START_TEST(hostile_subject)
{
    struct pki p =
        pki_make(&(struct pki_spec){.cn = hostile[_i].in, .cn_len = hostile[_i].len}, NULL);
    struct cert_facts f;

    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_str_eq(f.cn, hostile[_i].cn);
    ck_assert_str_eq(f.issuer_cn, hostile[_i].cn);
    ck_assert(is_utf8(f.subject) && is_utf8(f.issuer));
    ck_assert_ptr_null(strpbrk(f.subject, "|'\n\r\033"));
    ck_assert_ptr_null(strpbrk(f.issuer, "|'\n\r\033"));
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

START_TEST(hostile_san)
{
    static const char name[] = "a|b\n'\xff\0.example.com";
    struct pki p = pki_make(
        &(struct pki_spec){.cn = "x", .san_raw = name, .san_raw_len = sizeof name - 1}, NULL);
    struct cert_facts f;

    ck_assert(cert_facts_from(p.x, &f));
    ck_assert(is_utf8(f.names[0]));
    ck_assert_ptr_null(strpbrk(f.names[0], "|'\n"));
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

/* An address has 4 or 16 bytes; others are no names. */
START_TEST(addresses_of_odd_length)
{
    static const unsigned char bytes[40] = {192, 0, 2, 1};
    static const int lengths[] = {0, 3, 4, 5, 8, 15, 16, 17, 32};
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    struct pki p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    struct cert_facts f;

    for (int i = 0; i < COUNT(lengths); i++) {
        GENERAL_NAME *n = GENERAL_NAME_new();
        ASN1_OCTET_STRING *ip = ASN1_OCTET_STRING_new();

        ASN1_OCTET_STRING_set(ip, bytes, lengths[i]);
        GENERAL_NAME_set0_value(n, GEN_IPADD, ip);
        sk_GENERAL_NAME_push(list, n);
    }
    ck_assert_int_eq(X509_add1_ext_i2d(p.x, NID_subject_alt_name, list, 0, 0), 1);
    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_uint_eq(f.name_count, 2);
    ck_assert_str_eq(f.names[0], "192.0.2.1");
    ck_assert_str_eq(f.names[1], "c000:201::");
    ck_assert(!f.has_dns_name);
    cert_facts_clear(&f);
    GENERAL_NAMES_free(list);
    pki_free(&p);
}
END_TEST

START_TEST(many_and_long_names)
{
    GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
    struct pki p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    struct cert_facts f;

    for (int i = 0; i < CERT_NAMES_MAX + 50; i++) {
        GENERAL_NAME *n = GENERAL_NAME_new();
        ASN1_IA5STRING *s = ASN1_IA5STRING_new();
        char name[2000];
        int len = snprintf(name, sizeof name, "h%d.%0*d.example.com", i, i == 0 ? 1500 : 1, 0);

        ASN1_STRING_set(s, name, len);
        GENERAL_NAME_set0_value(n, GEN_DNS, s);
        sk_GENERAL_NAME_push(list, n);
    }
    ck_assert_int_eq(X509_add1_ext_i2d(p.x, NID_subject_alt_name, list, 0, 0), 1);
    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_uint_eq(f.name_count, CERT_NAMES_MAX);
    ck_assert_uint_eq(strlen(f.names[0]), 255);
    ck_assert_str_eq(f.names[1], "h1.0.example.com");
    /* matching looks at all of them */
    ck_assert_int_eq(cert_matches(p.x, "h300.0.example.com"), CERT_MATCH_SAN);
    cert_facts_clear(&f);
    GENERAL_NAMES_free(list);
    pki_free(&p);
}
END_TEST

static const struct {
    const char *cn, *o, *san, *want;
} titles[] = {
    {"mx.example.com", "Example", "DNS:a.example", "mx.example.com"},
    {NULL, "Example", "DNS:a.example", "a.example"},
    {NULL, "Example", NULL, "O=Example"},
    {NULL, NULL, NULL, "(no subject)"},
};

START_TEST(title)
{
    struct pki p = pki_make(
        &(struct pki_spec){.cn = titles[_i].cn, .o = titles[_i].o, .san = titles[_i].san}, NULL);
    struct cert_facts f;

    ck_assert(cert_facts_from(p.x, &f));
    ck_assert_str_eq(cert_title(&f), titles[_i].want);
    cert_facts_clear(&f);
    pki_free(&p);
}
END_TEST

UNIT_CASE(cert, {match, COUNT(matches)}, {embedded_nul, COUNT(nuls)}, {empty_dns_name_hides_cn, 1},
          {facts, 1}, {digests, 1}, {dates_read, COUNT(dates)}, {date_that_is_none, 1},
          {hostile_subject, COUNT(hostile)}, {hostile_san, 1}, {many_and_long_names, 1},
          {addresses_of_odd_length, 1}, {title, COUNT(titles)})
