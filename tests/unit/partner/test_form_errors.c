/* SPDX-License-Identifier: BSD-2-Clause */
/* All errors of a form, and what a file is that is no form. */
#include <string.h>

#include "base/text.h"
#include "partner/form.h"
#include "unit/unit.h"

#define FORM(literal) literal, sizeof literal - 1
#define A "[a]\ndomains=a.test\ngateways=mx.a.test\n"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *name, *data;
    size_t len;
    const char *error;
} shapes[] = {
    {"UTF-16", FORM("\xff\xfe[\0a\0]\0"), "f:1: UTF-16: save the file as UTF-8"},
    {"UTF-16 without a mark", FORM("[\0a\0]\0"), "f:1: UTF-16: save the file as UTF-8"},
    {"JSON", FORM("\n{\"domains\": 1}\n"), "f:2: JSON, not a form"},
    {"JSON, an array", FORM("[\n  {\n"), "f:1: JSON, not a form"},
    {"CSV", FORM("# ours\nname;domains;gateways\na;a.test;mx.a.test\n"),
     "f:2: a table (CSV), not a form"},
    {"tabs", FORM("name\tdomains\tgateways\r\n"), "f:1: a table (CSV), not a form"},
    {"separators in a text", FORM(A "company=A;B;C\n"), NULL},
    {"a comment with separators", FORM("; a;b;c\n" A), NULL},
};

START_TEST(shape)
{
    struct form form = {0};
    struct error e;
    bool ok = form_read("f", shapes[_i].data, shapes[_i].len, &form, &e);

    ck_assert_msg(ok == !shapes[_i].error, "%s: %s", shapes[_i].name, e.text);
    ck_assert_msg(form.faults.basic == !ok && form.faults.count == !ok, "%s", shapes[_i].name);
    if (!ok)
        ck_assert_str_eq(e.text, shapes[_i].error);
    form_clear(&form);
}
END_TEST

/* The errors of a file, one each line; what depends on a field that is wrong is not among them. */
static const struct {
    const char *data, *want;
} several[] = {
    {A "client-key=k\nfixed-route=yes\ngateways=*.b.test\nsigned=2026-02-30\nreview=1.2.2026\n"
       "valid-until=2026-01-01T00\n",
     "f:7: signed: \"2026-02-30\" is not a date such as 2027-01-31\n"
     "f:8: review: \"1.2.2026\" is not a date such as 2027-01-31\n"
     "f:9: valid-until: \"2026-01-01T00\" is not a date such as 2027-01-31\n"
     "f:4: client-key: requires client-cert\n"
     "f:3: gateways: \"*.b.test\" is no host, which fixed-route = yes requires\n"},
    {"[a]\ndomains=a.test; our site in b.test\ngateways=mx.a.test ; b.test:x y:y\n"
     "pinned=no ; never\n",
     "f:2: domains: \"our\" is no entry of a list; a comment begins with \"#\"\n"
     "f:3: gateways: \"b.test:x\" has a port that is not one of 1 to 65535; a comment begins with "
     "\"#\"\n"
     "f:4: pinned: \"no ; never\" is neither yes nor no; a comment begins with \"#\"\n"},
    {"[a]\ndomains=a..test mx@b.test\ncompny=A\npinned\n[b]\ndomains=b.test\non=slow=bad\n",
     "f:2: domains: \"a..test\" is not a domain name\n"
     "f:2: domains: \"mx@b.test\" is not a domain name\n"
     "f:3: compny: no such field of a partner; did you mean company?\n"
     "f:4: pinned: expected pinned = value\n"
     "f:1: gateways: missing; required unless direction = inbound\n"
     "f:7: on: \"slow=bad\" has none of the states ok, warning, critical, unknown\n"
     "f:5: gateways: missing; required unless direction = inbound\n"},
    {"[a\n[b]\ngateways mx\n= c\n", "f:1: neither a section, nor key = value\n"
                                    "f:3: expected key = value, seen a blank in the key\n"
                                    "f:4: neither a section, nor key = value\n"},
    {"company=a\ndomains=b\n[a]\ndomains=a.test\ngateways=mx:0\ntls-level=x\nfingerprint=" SHA "\n",
     "f:1: is before the first [section]\n"
     "f:5: gateways: \"mx:0\" has a port that is not one of 1 to 65535\n"
     "f:6: tls-level: \"x\" is not one of may, encrypt, fingerprint, verify, secure, dane, "
     "dane-only\n"},
    {A A "[own]\nsni=none\n[a b]\ndomains=*\ndirection=inbound\n[own]\nsni=x y\n",
     "f:4: [a] exists already, in f:1\n"
     "f:9: [a b] is not a name of a partner: use letters, digits, \"-_.\"\n"
     "f:10: domains: \"*\" has a wildcard that is not the whole leftmost label of a domain\n"
     "f:12: [own] exists already, in f:7\n"
     "f:13: sni: \"x y\" is not a domain name\n"},
    {"[a]\ndomains=*.a.test\nsubdomains=b.test c.test\ngateways=mx mx m m\npinned=yes\n"
     "tls-level=may\n",
     "f:5: pinned: requires certificate-cn or issuer\n"
     "f:5: pinned: names do not count at tls-level may and fingerprint\n"
     "f:3: subdomains: \"b.test\" is not below a wildcard of domains\n"
     "f:3: subdomains: \"c.test\" is not below a wildcard of domains\n"
     "f:4: gateways: \"m\" is listed twice\n"
     "f:4: gateways: \"mx\" is listed twice\n"},
};

START_TEST(all_errors)
{
    const char *data = several[_i].data;
    struct form form = {0};
    struct text got;
    struct error e;

    ck_assert(!form_read("f", data, strlen(data), &form, &e));
    text_init(&got, 100000);
    for (size_t i = 0; i < form.faults.count; i++)
        text_addf(&got, "%s\n", form.faults.at[i].text);
    ck_assert_str_eq(text_str(&got), several[_i].want);
    ck_assert_str_eq(e.text, form.faults.at[0].text);
    text_free(&got);
    form_clear(&form);
}
END_TEST

START_TEST(errors_without_end)
{
    struct form form = {0};
    struct text data;
    struct error e;

    text_init(&data, 100000);
    text_add(&data, A);
    for (int i = 0; i < 1000; i++)
        text_add(&data, "x\n");
    ck_assert(!form_read("f", text_str(&data), data.len, &form, &e));
    ck_assert_uint_eq(form.faults.count, FORM_FAULTS_MAX + 1);
    ck_assert_str_eq(form.faults.at[FORM_FAULTS_MAX].text, "f:104: there may be more errors");
    text_free(&data);
    form_clear(&form);
}
END_TEST

UNIT_CASE(form_errors, {shape, COUNT(shapes)}, {all_errors, COUNT(several)},
          {errors_without_end, 1})
