/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/exim_match.h"

#include <string.h>

#include "unit/unit.h"

enum { ROUNDS = 5 };

static const char lists[] = "primary_hostname = mx1.example.com\n"
                            "domainlist local_domains = @:localhost:example.com\n"
                            "hostlist partners = *.example.test : +nested\n"
                            "hostlist nested = 192.0.2.0/24\n"
                            "hostlist loop = +loop\n"
                            "hostlist expanded = ${lookup{a}lsearch{/f}}\n"
                            "hostlist secret = <value not displayable>\n"
                            "hostlist empty = \n";

/* The answers of exim -be. */
static const struct {
    const char *text, *answer; /* NULL: it fails, with */
    const char *complaint;
} answers[] = {
    {"${lookup dnsdb{>; a+=mx2.example.test}}", "192.0.2.2", NULL},
    {"${lookup dnsdb{>; a+=same.example.test}}", "192.0.2.7;192.0.2.1", NULL},
    {"${lookup dnsdb{>; a+=gone.example.test}}", "", NULL},
    {"${lookup dnsdb{>; a+=broken.example.test}}", NULL, "lookup of x gave DEFER"},
    {"${lookup dnsdb{>; a+=mx1.example.com}}", "192.0.2.99", NULL},
    {"${lookup{mx.example.test}lsearch{/etc/hosts}{yes}{no}}", "yes", NULL},
    {"${lookup{mx.example.test}partial-lsearch{/etc/none}{yes}{no}}", "no", NULL},
    {"${lookup{mx.example.test}cdb{/etc/denied}{yes}{no}}", NULL,
     "failed to open /etc/denied: Permission denied"},
    {"${if match{mx.example.test}{\\N(?i)^MX\\.\\N}{yes}{no}}", "yes", NULL},
    {"${lookup{a}lsearch{/f}}", "*.test", NULL},
    {"${if eq{mx.example.test}{x}{*}{}}", "", NULL},
    {"${if exists{/f}{*}fail}", NULL, "\"if\" failed and \"fail\" requested"},
    {"${lookup{example.test}lsearch{/none}{*}{}}", NULL,
     "failed to open /none for linear search: No such file or directory"},
};

/* Gives each pending text its answer, and says of lists that there are no others. */
static void answer_all(struct exim_known *k)
{
    for (size_t n = 0; n < k->need_count; n++) {
        struct exim_need *need = &k->needs[n];

        for (int i = 0; need->kind == EXIM_NEED_TEXT && i < COUNT(answers); i++) {
            if (strcmp(need->key, answers[i].text) != 0)
                continue;
            need->state = answers[i].answer ? EXIM_ANSWERED : EXIM_FAILED;
            need->value = span_of(answers[i].answer ? answers[i].answer : answers[i].complaint);
        }
    }
    ck_assert_uint_eq(exim_known_pending(k, EXIM_NEED_TEXT), 0);
    exim_known_give_up(k, EXIM_NEED_LISTS, span_of(""));
}

static enum exim_match match(enum exim_kind kind, const char *list,
                             const struct exim_subject *subject)
{
    struct exim_known k = {0};
    enum exim_match found = EXIM_UNSURE;
    struct span why;
    struct error e;

    ck_assert(exim_output_add_settings(&k.settings, span_of(lists), &e));
    for (int i = 0; i < ROUNDS; i++) {
        found = exim_match_list(&k, kind, span_of(list), subject, &why);
        answer_all(&k);
    }
    ck_assert_msg(found != EXIM_UNSURE || why.len > 0, "%s: no reason", list);
    exim_known_clear(&k);
    return found;
}

/* How Exim 4.96 treated mail to mx.example.test [192.0.2.1]. */
static const struct {
    const char *list;
    enum exim_match due;
} host_lists[] = {
    {"", EXIM_NO},
    {" ", EXIM_NO},
    {"*", EXIM_YES},
    {"mx.example.test", EXIM_YES},
    {"MX.example.TEST", EXIM_YES},
    {"*.example.test", EXIM_YES},
    {"*.other.test", EXIM_NO},
    {"*mx.example.test", EXIM_YES},
    {"!*", EXIM_NO},
    {"! mx.example.test : *", EXIM_NO},
    {"!*.other.test", EXIM_YES},
    {"192.0.2.1", EXIM_YES},
    {"192.0.2.2", EXIM_NO},
    {"192.0.2.0/24", EXIM_YES},
    {"192.0.3.0/23", EXIM_YES},
    {"192.0.4.0/23", EXIM_NO},
    {"0.0.0.0/0", EXIM_YES},
    {"<; 2001:db8::/32 ; 192.0.2.1", EXIM_YES},
    {"2001::db8::::1 : *.test", EXIM_YES},
    {"192.0.2 : *", EXIM_NO},
    /* Exim compares addresses where an item is a host's name. */
    {"mx2.example.test", EXIM_NO},
    {"mx2.example.test : *", EXIM_YES},
    {"same.example.test", EXIM_YES},
    {"gone.example.test : *", EXIM_NO},
    {"+ignore_unknown : gone.example.test : *", EXIM_YES},
    {"+include_unknown : gone.example.test", EXIM_YES},
    {"broken.example.test : *.other.test", EXIM_UNSURE},
    {"broken.example.test : *", EXIM_YES},
    {"!broken.example.test : *", EXIM_UNSURE},
    {"localhost", EXIM_NO},
    {"@", EXIM_NO},
    {"@[]", EXIM_NO},
    /* Look-ups, regular expressions, files */
    {"lsearch;/etc/hosts", EXIM_YES},
    {"! lsearch;/etc/hosts : *", EXIM_NO},
    {"partial-lsearch;/etc/none", EXIM_NO},
    {"cdb;/etc/denied", EXIM_UNSURE},
    {"net-lsearch;/etc/hosts", EXIM_UNSURE},
    {"mysql;select", EXIM_UNSURE},
    {"/etc/exim4/hosts", EXIM_UNSURE},
    {"/etc/exim4/hosts : *", EXIM_YES},
    /* Named lists */
    {"+partners", EXIM_YES},
    {"!+partners", EXIM_NO},
    {"+nested", EXIM_YES},
    {"+empty", EXIM_NO},
    {"+none : *", EXIM_NO},
    {"+local_domains : *", EXIM_NO},
    {"+loop", EXIM_UNSURE},
    {"+secret", EXIM_UNSURE},
    {"+expanded", EXIM_YES},
    /* Expansions of the whole list */
    {"${lookup{a}lsearch{/f}}", EXIM_YES},
    {"${if eq{$host}{x}{*}{}}", EXIM_NO},
    {"${if exists{/f}{*}fail}", EXIM_NO},
    {"${lookup{$domain}lsearch{/none}{*}{}}", EXIM_NO},
    {"$address_data", EXIM_UNSURE},
};

START_TEST(hosts)
{
    const struct exim_subject subject = {
        .domain = "example.test", .host = "mx.example.test", .address = "192.0.2.1"};

    ck_assert_msg(match(EXIM_HOST_LIST, host_lists[_i].list, &subject) == host_lists[_i].due, "%s",
                  host_lists[_i].list);
}
END_TEST

START_TEST(regular_expression)
{
    const struct exim_subject subject = {.host = "mx.example.test", .address = "192.0.2.1"};
    struct exim_known k = {0};
    struct span why;

    /* The list is expanded first, so a backslash is asked about before the expression is. */
    ck_assert_int_eq(exim_match_list(&k, EXIM_HOST_LIST, span_of("^MX\\\\."), &subject, &why),
                     EXIM_UNSURE);
    ck_assert_str_eq(k.needs[0].key, "^MX\\\\.");
    k.needs[0].state = EXIM_ANSWERED;
    k.needs[0].value = span_of("^MX\\.");
    ck_assert_int_eq(exim_match_list(&k, EXIM_HOST_LIST, span_of("^MX\\\\."), &subject, &why),
                     EXIM_UNSURE);
    answer_all(&k);
    ck_assert_int_eq(exim_match_list(&k, EXIM_HOST_LIST, span_of("^MX\\\\."), &subject, &why),
                     EXIM_YES);
    exim_known_clear(&k);
}
END_TEST

static const struct {
    const char *list;
    enum exim_match due;
} unknown_lists[] = {
    {"*", EXIM_YES},
    {"", EXIM_NO},
    {"*.example.test", EXIM_UNSURE},
    {"192.0.2.0/24", EXIM_UNSURE},
    {"mx2.example.test", EXIM_UNSURE},
    {"192.0.2.0/24 : *", EXIM_YES},
};

START_TEST(unknown_host)
{
    const struct exim_subject subject = {.domain = "example.test"};

    ck_assert_msg(match(EXIM_HOST_LIST, unknown_lists[_i].list, &subject) == unknown_lists[_i].due,
                  "%s", unknown_lists[_i].list);
}
END_TEST

START_TEST(hostile_host)
{
    const struct exim_subject subject = {.host = "x}{${run{/bin/id}}", .address = "192.0.2.1"};
    struct exim_known k = {0};
    struct span why;

    ck_assert_int_eq(
        exim_match_list(&k, EXIM_HOST_LIST, span_of("^x : lsearch;/f : *.y"), &subject, &why),
        EXIM_UNSURE);
    ck_assert_int_eq(exim_match_list(&k, EXIM_HOST_LIST, span_of("$host"), &subject, &why),
                     EXIM_UNSURE);
    for (size_t i = 0; i < k.need_count; i++)
        ck_assert_ptr_null(strstr(k.needs[i].key, "run"));
    exim_known_clear(&k);
}
END_TEST

static const struct {
    const char *list;
    enum exim_match due;
} domain_lists[] = {
    {"*", EXIM_YES},
    {"example.test", EXIM_YES},
    {"*.test", EXIM_YES},
    {"mx.example.test", EXIM_NO},
    {"! +local_domains", EXIM_YES},
    {"+local_domains", EXIM_NO},
    {"@mx_any", EXIM_UNSURE},
    {"+partners", EXIM_NO},
};

START_TEST(domains)
{
    const struct exim_subject subject = {.domain = "example.test"};

    ck_assert_msg(match(EXIM_DOMAIN_LIST, domain_lists[_i].list, &subject) == domain_lists[_i].due,
                  "%s", domain_lists[_i].list);
}
END_TEST

START_TEST(items)
{
    struct exim_list l = exim_match_items(span_of("<, a ,, b , c "));
    char item[8];
    bool cut = false;

    ck_assert(exim_match_next(&l, item, sizeof item, &cut));
    ck_assert_str_eq(item, "a , b");
    ck_assert(exim_match_next(&l, item, sizeof item, &cut));
    ck_assert_str_eq(item, "c");
    ck_assert(!exim_match_next(&l, item, sizeof item, &cut) && !cut);
    l = exim_match_items(span_of("12345678"));
    ck_assert(!exim_match_next(&l, item, sizeof item, &cut) && cut);
}
END_TEST

UNIT_CASE(exim_match, {hosts, COUNT(host_lists)}, {regular_expression, 1}, {hostile_host, 1},
          {unknown_host, COUNT(unknown_lists)}, {domains, COUNT(domain_lists)}, {items, 1})
