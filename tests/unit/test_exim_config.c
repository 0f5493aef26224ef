#include "exim_config.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "unit.h"

#define CONFIG(literal) literal, sizeof literal - 1

static const struct {
    const char *name, *data;
    size_t len;
    const char *want; /* "line section/driver name=value;" */
} configs[] = {
    {"empty", CONFIG(""), ""},
    {"main", CONFIG("# x\n\ntimezone = UTC\nlog_selector = +all\n"),
     "3 main/ timezone=UTC;4 main/ log_selector=+all;"},
    {"no newline at the end", CONFIG("a = b"), "1 main/ a=b;"},
    {"booleans", CONFIG("split_spool_directory\nno_syslog_duplication\n"),
     "1 main/ split_spool_directory=;2 main/ no_syslog_duplication=;"},
    {"CRLF", CONFIG("a = b\r\n"), "1 main/ a=b;"},
    {"list", CONFIG("hostlist   partners = a : b\nhide domainlist x = y\n"),
     "1 main/ hostlist partners=a : b;2 main/ domainlist x=y;"},
    {"continued", CONFIG("a = b :\\\n  # comment\n   c :\\\n\n# d\ne = f\n"),
     "1 main/ a=b :c :;6 main/ e=f;"},
    {"continued at the end", CONFIG("a = b \\"), "1 main/ a=b;"},
    {"quotes", CONFIG("a = \"b : \\\"c\\\" \\\\ \" d\n"), "1 main/ a=b : \"c\" \\ ;"},
    {"drivers",
     CONFIG("begin routers\nr1:\n  driver = dnslookup\nr2 :\n  domains = x\nbegin transports\nt:\n"
            "  driver = smtp\n"),
     "3 routers/r1 driver=dnslookup;5 routers/r2 domains=x;8 transports/t driver=smtp;"},
    {"other sections are left out", CONFIG("begin acl\nx:\n accept\nbegin retry\n* * F,1h,1m\n"),
     ""},
    {"macro", CONFIG("HOSTS = a : b\nx = HOSTS : c\n"), "2 main/ x=a : b : c;"},
    {"macro within a word", CONFIG("DIR=/etc\nx = DIR/y\n"), "2 main/ x=/etc/y;"},
    {"macro of a macro", CONFIG("A = b\nCC = A A\nx = CC\n"), "3 main/ x=b b;"},
    {"macro anew", CONFIG("A = b\nA == c\nx = A\n"), "3 main/ x=c;"},
    {"macro of itself", CONFIG("A = bAb\nx = A\n"), "2 main/ x=bAb;"},
    {"empty macro", CONFIG("A =\nx = AcA\n"), "2 main/ x=c;"},
    {"ifdef", CONFIG("A=1\n.ifdef A\nx\n.else\ny\n.endif\n.ifdef B\nz\n.endif\n"), "3 main/ x=;"},
    {"ifndef", CONFIG(".ifndef A\nx\n.else\ny\n.endif\n"), "2 main/ x=;"},
    {"elifdef", CONFIG("B=1\n.ifdef A\nx\n.elifdef B\ny\n.elifndef A\nz\n.else\nv\n.endif\nw\n"),
     "5 main/ y=;11 main/ w=;"},
    {"nested",
     CONFIG("A=1\n.ifdef B\n.ifdef A\nx\n.endif\ny\n.else\n.ifdef A\nz\n.endif\n.endif\n"),
     "9 main/ z=;"},
    {"what Debian writes",
     CONFIG("REMOTE_SMTP_HOSTS_REQUIRE_TLS = *.tuv.com\nbegin transports\nremote_smtp:\n"
            ".ifdef REMOTE_SMTP_HOSTS_REQUIRE_TLS\n"
            "  hosts_require_tls = REMOTE_SMTP_HOSTS_REQUIRE_TLS\n.endif\n"),
     "5 transports/remote_smtp hosts_require_tls=*.tuv.com;"},
    {"include that does not count", CONFIG(".ifdef A\n.include /x\n.endif\n"), ""},
};

START_TEST(reads)
{
    struct exim_config c;
    struct text t;
    struct err e = {0};
    char *exact = malloc(configs[_i].len ? configs[_i].len : 1);

    memcpy(exact, configs[_i].data, configs[_i].len);
    ck_assert_msg(exim_config_read("f", exact, configs[_i].len, &c, &e), "%s: %s", configs[_i].name,
                  e.text);
    free(exact);
    text_init(&t, 10000);
    for (size_t i = 0; i < c.count; i++)
        text_addf(&t, "%d %s/%s %s=%s;", c.at[i].line, c.at[i].section, c.at[i].driver,
                  c.at[i].name, c.at[i].value);
    ck_assert_msg(strcmp(text_str(&t), configs[_i].want) == 0, "%s: %s", configs[_i].name,
                  text_str(&t));
    text_free(&t);
    exim_config_clear(&c);
}
END_TEST

static const struct {
    const char *data;
    size_t len;
    const char *error;
} bad[] = {
    {CONFIG("a\n.include /etc/x\n"),
     "f:2: .include is not followed: take the output of exim -bP config"},
    {CONFIG(".include_if_exists /etc/x\n"),
     "f:1: .include is not followed: take the output of exim -bP config"},
    {CONFIG("a\n\n.endif\n"), "f:3: no .ifdef before, or an unknown directive"},
    {CONFIG(".else\n"), "f:1: no .ifdef before, or an unknown directive"},
    {CONFIG(".elifdef A\n"), "f:1: no .ifdef before"},
    {CONFIG(".ifdef A\n.what\n"), "f:2: unknown directive"},
    {CONFIG(".ifdef A\nx\n"), "f:2: .ifdef without .endif"},
    {CONFIG("x\nMacro\n"), "f:2: expected MACRO = value"},
    {CONFIG("x = \0\n"), "f: NUL byte in what should be text"},
    {CONFIG("A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            "B=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
            "x=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n"),
     "f:3: too long with its macros"},
};

START_TEST(refuses)
{
    struct exim_config c;
    struct err e = {0};

    ck_assert(!exim_config_read("f", bad[_i].data, bad[_i].len, &c, &e));
    ck_assert_str_eq(e.text, bad[_i].error);
    ck_assert(e.cause == ERR_FILE && c.count == 0);
}
END_TEST

static void refused(struct text *t, const char *error)
{
    struct exim_config c;
    struct err e = {0};

    ck_assert(!exim_config_read("f", text_str(t), t->len, &c, &e));
    ck_assert_str_eq(e.text, error);
    text_free(t);
}

START_TEST(bounds)
{
    struct text t;

    text_init(&t, 4000000);
    while (t.len < EXIM_LINE_MAX)
        text_add(&t, "a \\\n");
    for (int i = 0; i < EXIM_LINE_MAX; i++)
        text_add(&t, "b");
    refused(&t, "f:4097: line too long");
    for (int i = 0; i <= EXIM_MACROS_MAX; i++)
        text_addf(&t, "M%d_ = x\n", i);
    refused(&t, "f:513: too many macros");
    for (int i = 0; i < 33; i++)
        text_add(&t, ".ifdef A\n");
    refused(&t, "f:33: too many .ifdef in each other");
    while (t.len <= EXIM_CONFIG_SIZE_MAX)
        text_add(&t, "#\n");
    refused(&t, "f: larger than 1 MiB");
}
END_TEST

static const struct {
    const char *list, *name;
    bool want, unsure;
} lists[] = {
    {"", "a.b", false, false},
    {"*", "a.b", true, false},
    {"*", "*", true, false},
    {"a.b", "a.b", true, false},
    {"A.b", "a.B", true, false},
    {"x : a.b", "a.b", true, false},
    {"x: a.b :y", "a.b", true, false},
    {"a.b.c", "a.b", false, false},
    {"*.b", "a.b", true, false},
    {"*.b", "b", false, false},
    {"*.b", "*.b", true, false},
    {"b", "*.b", false, false},
    {"*b", "ab", true, false},
    {"!a.b : *", "a.b", false, false},
    {"! a.b : *", "c.b", true, false},
    {"*: !a.b", "a.b", true, false},
    {"!a.b", "c.b", true, false},
    {"!a.b", "a.b", false, false},
    {"<; x ; a.b", "a.b", true, false},
    {"<, x, a.b", "a.b", true, false},
    {"<; x : a.b", "a.b", false, true},
    {"+partners", "mx.tuv.com", true, false},
    {"!+partners : *", "mx.tuv.com", false, false},
    {"+outer", "mx.tuv.com", true, false},
    {"+outer", "tuv.com", false, false},
    {"+nothing : a.b", "a.b", true, true},
    {"+domains", "a.b", false, true}, /* a domainlist is no host list */
    {"+loop", "a.b", false, true},
    {"/etc/hosts : a.b", "a.b", true, true},
    {"lsearch;/x", "a.b", false, true},
    {"^a", "a.b", false, true},
    {"@ : @[]", "a.b", false, true},
    {"192.0.2.1", "a.b", false, true},
    {"<; 2001:db8::1", "a.b", false, true},
    {"192.0.2.0/24", "a.b", false, true},
    {"${if eq{a}{a}{*}}", "a.b", false, true},
    {"$domain", "a.b", false, true},
};

START_TEST(has)
{
    static const char text[] = "hostlist partners = *.tuv.com\n"
                               "hostlist outer = x : +partners\n"
                               "hostlist loop = +loop : +loop\n"
                               "domainlist domains = a.b\n";
    struct exim_config c;
    struct err e;
    bool unsure = false, found;

    ck_assert(exim_config_read("f", text, sizeof text - 1, &c, &e));
    found = exim_list_has(&c, "hostlist", lists[_i].list, lists[_i].name, &unsure);
    ck_assert_msg(found == lists[_i].want && unsure == lists[_i].unsure, "%s %s: %d %d",
                  lists[_i].list, lists[_i].name, found, unsure);
    exim_config_clear(&c);
}
END_TEST

/* A list that names itself a hundred times, eight deep. */
START_TEST(list_without_end)
{
    struct exim_config c;
    struct text t;
    struct err e;
    bool unsure = false;

    text_init(&t, 10000);
    text_add(&t, "hostlist l = ");
    for (int i = 0; i < 100; i++)
        text_add(&t, "+l : ");
    ck_assert(exim_config_read("f", text_str(&t), t.len, &c, &e));
    ck_assert(!exim_list_has(&c, "hostlist", "+l", "a.b", &unsure) && unsure);
    exim_config_clear(&c);
    text_free(&t);
}
END_TEST

UNIT_CASE(exim_config, {reads, COUNT(configs)}, {refuses, COUNT(bad)}, {bounds, 1},
          {has, COUNT(lists)}, {list_without_end, 1})
