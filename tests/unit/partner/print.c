/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/partner/print.h"

#include <string.h>

#include "unit/unit.h"

const char print_forms[] = "[tuv]\n"
                           "company = TUV Rheinland Group\n"
                           "domains = *.tuv.com\n"
                           "subdomains = de.tuv.com asia.tuv.com\n"
                           "gateways = mx5.de.tuv.com:25\n"
                           "[hella]\n"
                           "domains = hella.com\n"
                           "gateways = mail1.hella.com\n"
                           "ca-file = /ca/root.pem\n"
                           "[finger.print]\n"
                           "domains = f.example hella.com\n"
                           "gateways = mx.f.example\n"
                           "tls-level = fingerprint\n"
                           "fingerprint = " PRINT_DIGEST "\n"
                           "[dane]\n"
                           "domains = d.example\n"
                           "gateways = mx.d.example\n"
                           "tls-level = dane-only\n"
                           "direction = outbound\n"
                           "[any]\n"
                           "domains = any.example\n"
                           "tls-level = may\n"
                           "direction = inbound\n";

static bool print(print_fn *p, const char *text, struct text *out, struct error *e)
{
    struct form form;
    bool ok;

    print_read(text, &form);
    struct print_common_policy asked = {.partners = form.at, .count = form.count, .own = &form.own};
    text_init(out, 100000);
    *e = (struct error){0};
    ok = p(&asked, out, e);
    form_clear(&form);
    return ok;
}

void print_read(const char *text, struct form *form)
{
    struct error e = {0};

    *form = (struct form){0};
    ck_assert_msg(form_read("/forms/f.ini", text, strlen(text), form, &e), "%s", e.text);
}

void print_text(print_fn *p, const char *form, struct text *out)
{
    struct error e;

    ck_assert_msg(print(p, form, out, &e), "%s", e.text);
}

void print_error(print_fn *p, const char *form, struct error *e)
{
    struct text out;

    ck_assert(!print(p, form, &out, e));
    text_free(&out);
}

const char *print_body(const struct text *t)
{
    const char *at = strstr(text_str(t), "\n\n");

    ck_assert_ptr_nonnull(at);
    return at + 2;
}

void print_check(print_fn *p, const struct print_case *c)
{
    struct text t, form;

    text_init(&form, 1000);
    text_addf(&form, "[x]\ndomains = x.example\ngateways = mx.x.example\ndirection = outbound\n%s",
              c->fields);
    print_text(p, text_str(&form), &t);
    ck_assert_msg(strstr(t.s, c->want ? c->want : " cannot enforce tls-level "), "%s", t.s);
    ck_assert_int_eq(strstr(t.s, " cannot enforce ") == NULL, c->want != NULL);
    text_free(&form);
    text_free(&t);
}
