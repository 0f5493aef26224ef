/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_expand.h"

#include <string.h>

#include "unit/unit.h"

static const struct {
    const char *value, *due; /* NULL: it is refused, */
    const char *why;         /* for this */
} values[] = {
    {"*", "*", NULL},
    {"$primary_hostname", "$primary_hostname", NULL},
    {"$domain", "example.test", NULL},
    {"${domain}x", "example.testx", NULL},
    {"$host:$host_address", "mx.example.test:192.0.2.1", NULL},
    {"${lookup{$domain}lsearch{/etc/exim4/tls}{*}{}}",
     "${lookup{example.test}lsearch{/etc/exim4/tls}{*}{}}", NULL},
    {"${if match_domain{$domain}{+tls_domains}{*}{}}",
     "${if match_domain{example.test}{+tls_domains}{*}{}}", NULL},
    {"${if and {{match{$host}{a}} {match{$item}{\\N^$domain(.)\\N}}} {$1}}",
     "${if and {{match{mx.example.test}{a}} {match{$item}{\\N^$domain(.)\\N}}} {$1}}", NULL},
    {"\\$domain", "\\$domain", NULL},
    {"\\N$domain", "\\N$domain", NULL},
    {"${lc:$domain}", "${lc:example.test}", NULL},
    {"${lookup{x}lsearch{/etc/a}{$value}fail}", "${lookup{x}lsearch{/etc/a}{$value}fail}", NULL},
    {"\\", "\\", NULL},
    /* Variables that only the transport knows, */
    {"$local_part", NULL, "$local_part"},
    {"$address_data", NULL, "$address_data"},
    {"${domain_data}", NULL, "${domain_data}"},
    {"$h_subject:", NULL, "$h_subject"},
    {"${if def:h_x:{*}{}}", NULL, "def:"},
    {"${if first_delivery{*}{}}", NULL, "first_delivery"},
    {"${acl{x}}", NULL, "acl{"},
    /* what has effects, */
    {"${run{/bin/true}}", NULL, "run"},
    {"${perl{f}}", NULL, "perl"},
    {"${readsocket{/s}{x}}", NULL, "readsocket"},
    {"${env{X}}", NULL, "env"},
    /* file names that Exim refuses because they contain the domain, */
    {"${if exists{/etc/tls/$domain}{*}{}}", NULL, "$domain"},
    {"/etc/$domain", NULL, "$domain"},
    {"${lookup{x}lsearch{/etc/${domain}.map}}", NULL, "${domain}"},
    /* and what is malformed. */
    {"$", NULL, "$"},
    {"a$$", NULL, "$"},
    {"${", NULL, "${"},
    {"${}", NULL, "${"},
};

START_TEST(prepares)
{
    const struct exim_subject subject = {
        .domain = "example.test", .host = "mx.example.test", .address = "192.0.2.1"};
    struct span why = span_of("");
    struct text out;
    bool ok;

    text_init(&out, 1000);
    ok = exim_expand_prepare(span_of(values[_i].value), &subject, &out, &why);
    ck_assert_msg(ok == (values[_i].due != NULL), "%s: %s", values[_i].value, text_str(&out));
    if (ok)
        ck_assert_str_eq(text_str(&out), values[_i].due);
    else
        ck_assert_msg(span_is(why, values[_i].why), "%s: %.*s", values[_i].value, (int)why.len,
                      why.at);
    text_free(&out);
}
END_TEST

START_TEST(needs_the_subject)
{
    const struct exim_subject nothing = {.domain = "example.test", .address = ""};
    struct span why;
    struct text out;

    text_init(&out, 1000);
    ck_assert(!exim_expand_prepare(span_of("$host"), &nothing, &out, &why));
    ck_assert(!exim_expand_prepare(span_of("$host_address"), &nothing, &out, &why));
    ck_assert(exim_expand_prepare(span_of("$domain"), &nothing, &out, &why));
    text_free(&out);
}
END_TEST

START_TEST(bounds_braces)
{
    const struct exim_subject nothing = {0};
    char deep[201];
    struct span why;
    struct text out;

    memset(deep, '{', 200);
    deep[200] = '\0';
    text_init(&out, 1000);
    ck_assert(!exim_expand_prepare(span_of(deep), &nothing, &out, &why));
    memset(deep, '}', 200);
    ck_assert(exim_expand_prepare(span_of(deep), &nothing, &out, &why));
    text_free(&out);
}
END_TEST

START_TEST(is_needed)
{
    ck_assert(exim_expand_needed(span_of("a$b")));
    ck_assert(exim_expand_needed(span_of("^a\\.b")));
    ck_assert(!exim_expand_needed(span_of("*.example.com : ! a")));
    ck_assert(!exim_expand_needed(span_of("")));
}
END_TEST

UNIT_CASE(exim_expand, {prepares, COUNT(values)}, {needs_the_subject, 1}, {bounds_braces, 1},
          {is_needed, 1})
