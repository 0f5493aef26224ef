#include "dane.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

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
    {3, 1, 1, 32, true},   {3, 0, 1, 32, true},  {3, 1, 2, 64, true},  {3, 0, 0, 800, true},
    {2, 0, 1, 32, true},   {2, 1, 1, 32, true},  {2, 0, 2, 64, true},  {2, 1, 0, 91, true},
    {0, 1, 1, 32, false},  {1, 1, 1, 32, false}, {4, 1, 1, 32, false}, {255, 1, 1, 32, false},
    {3, 2, 1, 32, false},  {3, 255, 1, 32, false}, {3, 1, 3, 32, false}, {3, 1, 255, 32, false},
    {3, 1, 1, 31, false},  {3, 1, 1, 33, false}, {3, 1, 1, 64, false}, {3, 1, 2, 32, false},
    {3, 1, 2, 63, false},  {3, 1, 1, 1, false},
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

UNIT_CASE(dane, {read, COUNT(reads)}, {usable, COUNT(usables)}, {text, COUNT(texts)},
          {long_text, 1})
