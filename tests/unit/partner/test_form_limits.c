/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a form may hold, and that messages about it are whole. */
#include <string.h>

#include "partner/form.h"
#include "base/text.h"
#include "unit/unit.h"

#define FORM(literal) literal, sizeof literal - 1
#define A "[a]\ndomains=a.test\ngateways=mx.a.test\n"

static const struct {
    const char *begin, *before, *after; /* of each number */
    int count;
    const char *error; /* NULL: right */
} limits[] = {
    {A "certificate-cn=", "", " ", 1024, NULL},
    {A "certificate-cn=", "", " ", 1025,
     "f:4: certificate-cn: \"400\" is entry 1025, the limit is 1024"},
    {"[a]\ngateways=mx.a.test\ndomains=", "department-", ".subsidiary.corporation.example ", 1024,
     NULL},
    {A, "issuer=CA ", "\n", 1024, NULL},
    {A, "issuer=CA ", "\n", 1025, "f:1028: issuer: \"CA 400\" is entry 1025, the limit is 1024"},
    {A "company=y", "", "", 135, NULL}, /* 255 bytes */
    {A "company=yy", "", "", 135,
     "f:4: company: \"yy0123456789abcdef101112131415161718191a...\" "
     "is longer than 255 bytes"},
    {A "company=", "", "", 1200,
     "f:4: company: \"0123456789abcdef101112131415161718191a1b...\" "
     "is longer than 255 bytes"},
    {A "; ", "12345678", "", 100000, "f:4: line too long"}, /* over 1 MiB */
    {"", "[p", "]\ndomains=a.test\ndirection=inbound\n", 10000, NULL},
    {"", "[p", "]\ndomains=a.test\ndirection=inbound\n", 10001,
     "f:30001: more than 10000 partners"},
};

START_TEST(limited)
{
    struct form form = {0};
    struct text data;
    struct error e = {0};
    bool ok;

    text_init(&data, 4000000);
    text_add(&data, limits[_i].begin);
    for (int i = 0; i < limits[_i].count; i++)
        text_addf(&data, "%s%x%s", limits[_i].before, (unsigned)i, limits[_i].after);
    ck_assert(!data.failed && !data.cut);
    ok = form_read("f", text_str(&data), data.len, &form, &e);
    ck_assert_msg(ok == !limits[_i].error, "%s", e.text);
    if (!ok)
        ck_assert_str_eq(e.text, limits[_i].error);
    text_free(&data);
    form_clear(&form);
}
END_TEST

/* Whatever is named, the message is whole. */
START_TEST(long_names)
{
    char path[300] = {0};
    struct form form = {0};
    struct error e = {0};

    memset(path, 'd', sizeof path - 1);
    path[4] = '/';
    path[7] = '\n';
    ck_assert(!form_read(path, FORM(A "certificate-cn=x\nverify-sender=x\n"), &form, &e));
    ck_assert(strncmp(e.text, "dddd/dd?dd", 10) == 0);
    ck_assert_ptr_nonnull(strstr(e.text, "ddd...:5: verify-sender: no such field of a partner; "));
    ck_assert(!form_read(path,
                         FORM("[own]\ninternal=hosts:0123456789012345678901234567890"
                              "12345678901234567890\n"),
                         &form, &e));
    ck_assert_str_eq(e.text + strlen(e.text) - 12, "192.0.2.0/24");
    form_clear(&form);
}
END_TEST

UNIT_CASE(form_limits, {limited, COUNT(limits)}, {long_names, 1})
