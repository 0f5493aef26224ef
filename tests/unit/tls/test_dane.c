/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/dane.h"

#include <stdlib.h>
#include <string.h>

#include "unit/tls/pki.h"
#include "unit/unit.h"

static const struct {
    const char *name;
    size_t len;
    bool ok;
} reads[] = {
    {"nothing", 0, false},
    {"two bytes", 2, false},
    {"no data", 3, false},
    {"one byte of data", 4, true},
    {"SHA-256", 35, true},
    {"the most", 3 + DANE_DATA_MAX, true},
    {"one too many", 4 + DANE_DATA_MAX, false},
};

START_TEST(read)
{
    unsigned char *rdata = malloc(reads[_i].len + 1);
    struct dane_tlsa t = {0};
    bool ok;

    for (size_t i = 0; i < reads[_i].len; i++)
        rdata[i] = (unsigned char)(i + 1);
    ok = dane_tlsa_read(&t, rdata, reads[_i].len);
    ck_assert_msg(ok == reads[_i].ok, "%s", reads[_i].name);
    if (ok) {
        ck_assert(t.usage == 1 && t.selector == 2 && t.matching == 3);
        ck_assert_uint_eq(t.len, reads[_i].len - 3);
        ck_assert_mem_eq(t.data, rdata + 3, t.len);
        dane_tlsa_clear(&t);
    }
    ck_assert_ptr_null(t.data);
    dane_tlsa_clear(&t);
    free(rdata);
}
END_TEST

static const struct {
    uint8_t usage, selector, matching;
    size_t len;
    bool want;
} usables[] = {
    {3, 1, 1, 32, true},  {3, 0, 1, 32, true},    {3, 1, 2, 64, true},  {3, 0, 0, 800, false},
    {2, 0, 1, 32, true},  {2, 1, 1, 32, true},    {2, 0, 2, 64, true},  {2, 1, 0, 91, false},
    {0, 1, 1, 32, false}, {1, 1, 1, 32, false},   {4, 1, 1, 32, false}, {255, 1, 1, 32, false},
    {3, 2, 1, 32, false}, {3, 255, 1, 32, false}, {3, 1, 3, 32, false}, {3, 1, 255, 32, false},
    {3, 1, 1, 31, false}, {3, 1, 1, 33, false},   {3, 1, 1, 64, false}, {3, 1, 2, 32, false},
    {3, 1, 2, 63, false}, {3, 1, 1, 1, false},
};

START_TEST(usable)
{
    unsigned char data[1024] = {0};
    struct dane_tlsa t = {usables[_i].usage, usables[_i].selector, usables[_i].matching, data,
                          usables[_i].len};

    ck_assert_msg(dane_tlsa_usable(&t) == usables[_i].want, "%u %u %u, %zu bytes", t.usage,
                  t.selector, t.matching, t.len);
}
END_TEST

/* Full data (matching type 0): a certificate or a key, whole, and nothing after it. */
static const struct {
    unsigned selector;
    bool of_key;      /* the data are the key */
    int more, damage; /* bytes added; the byte that is changed, counted from the end */
    enum dane_problem want;
} fulls[] = {
    {0, false, 0, 0, DANE_USABLE},       {1, true, 0, 0, DANE_USABLE},
    {0, true, 0, 0, DANE_CERTIFICATE},   {1, false, 0, 0, DANE_KEY},
    {0, false, 1, 0, DANE_CERTIFICATE},  {1, true, 1, 0, DANE_KEY},
    {0, false, -1, 0, DANE_CERTIFICATE}, {1, true, -1, 0, DANE_KEY},
    {1, true, 0, 1, DANE_KEY}, /* no point of the curve any more */
};

START_TEST(full)
{
    struct pki p = pki_make(&(struct pki_spec){.cn = "x"}, NULL);
    unsigned char *der = NULL, *data;
    int len =
        fulls[_i].of_key ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(p.x), &der) : i2d_X509(p.x, &der);
    struct dane_tlsa t = {3, (uint8_t)fulls[_i].selector, 0, NULL, 0};

    ck_assert_int_gt(len, 0);
    t.len = (size_t)(len + fulls[_i].more);
    data = calloc(1, t.len + 1);
    memcpy(data, der, fulls[_i].more < 0 ? t.len : (size_t)len);
    if (fulls[_i].damage)
        data[len - fulls[_i].damage] ^= 0x55;
    t.data = data;
    ck_assert_int_eq(dane_tlsa_problem(&t), fulls[_i].want);
    ck_assert_int_eq(dane_tlsa_malformed(&t), fulls[_i].want != DANE_USABLE);
    free(data);
    OPENSSL_free(der);
    pki_free(&p);
}
END_TEST

static const struct {
    struct dane_tlsa record;
    bool malformed;
    const char *want;
} whys[] = {
    {{3, 1, 1, NULL, 32}, false, ""},
    {{1, 1, 1, NULL, 32}, false, "usage 1 is not for SMTP (RFC 7672 3.1.3)"},
    {{3, 2, 1, NULL, 32}, false, "selector 2 is unknown"},
    {{3, 1, 3, NULL, 32}, false, "matching type 3 is unknown"},
    {{3, 1, 1, NULL, 31}, true, "its digest has 31 bytes, expected 32"},
    {{3, 1, 2, NULL, 32}, true, "its digest has 32 bytes, expected 64"},
};

START_TEST(why)
{
    char out[120];

    dane_tlsa_why(&whys[_i].record, out, sizeof out);
    ck_assert_str_eq(out, whys[_i].want);
    ck_assert_int_eq(dane_tlsa_malformed(&whys[_i].record), whys[_i].malformed);
}
END_TEST

static const struct {
    size_t len, cap;
    const char *want;
} texts[] = {
    {4, 200, "3 1 1 00010203"},
    {4, 12, "3 1 1 00010"}, /* cut, never past its end */
    {1, 200, "3 1 1 00"},
    {0, 200, "3 1 1 "},
};

START_TEST(text)
{
    unsigned char data[] = {0, 1, 2, 3};
    struct dane_tlsa t = {3, 1, 1, data, texts[_i].len};
    char out[200];

    dane_tlsa_text(&t, out, texts[_i].cap);
    ck_assert_str_eq(out, texts[_i].want);
}
END_TEST

START_TEST(long_text)
{
    unsigned char data[500];
    struct dane_tlsa t = {255, 255, 255, data, sizeof data};
    char out[200];

    memset(data, 0xab, sizeof data);
    dane_tlsa_text(&t, out, sizeof out);
    ck_assert_int_eq(strncmp(out, "255 255 255 abab", 16), 0);
    ck_assert_str_eq(out + strlen(out) - 5, "ab...");
}
END_TEST

UNIT_CASE(dane, {read, COUNT(reads)}, {usable, COUNT(usables)}, {full, COUNT(fulls)},
          {why, COUNT(whys)}, {text, COUNT(texts)}, {long_text, 1})
