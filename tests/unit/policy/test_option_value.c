/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/option_value.h"

#include "plugins/options.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "unit/unit.h"

/* --- times (RFC 3339) --- */

static const struct {
    const char *in;
    bool ok;
    time_t want;
} times[] = {
    {"2027-01-31T12:00:00Z", true, 1801396800},
    {"2027-01-31t12:00:00z", true, 1801396800},
    {"2027-01-31 12:00:00Z", true, 1801396800},
    {"2027-01-31T13:00:00+01:00", true, 1801396800},
    {"2027-01-31T06:30:00-05:30", true, 1801396800},
    {"2027-01-31T12:00:00+00:00", true, 1801396800},
    {"2027-01-31T12:00:00-00:00", true, 1801396800},
    {"2027-02-01T11:59:00+23:59", true, 1801396800},
    {"2027-01-31T12:00:00.5Z", true, 1801396800},
    {"2027-01-31T13:00:00.123456789+01:00", true, 1801396800},
    {"1970-01-01T00:00:00Z", true, 0},
    {"1969-12-31T23:59:59Z", true, -1},
    {"2028-02-29T00:00:00Z", true, 1835395200},
    {"2051-06-01T00:00:00Z", true, 2569190400},
    {"9999-12-31T23:59:59Z", true, 253402300799},
    {"2016-12-31T23:59:60Z", true, 1483228800}, /* a leap second */
    {"2028-02-29t23:59:60.25+05:30", true, 1835461800},
    {"27-1-1T1:2:3Z", false, 0},
    {"2027-01", false, 0},
    {"", false, 0},
    {"2027-01-31", true, 1801353600},
    {"2027-01-31T", false, 0},
    {"2027-01-31Z", false, 0},
    {"2027-01-31T12:00:00", false, 0}, /* where? */
    {"2027-01-31T12:00Z", false, 0},
    {"2027-02-29T00:00:00Z", false, 0},
    {"2027-02-30T00:00:00Z", false, 0},
    {"2027-04-31T00:00:00Z", false, 0},
    {"2027-00-01T00:00:00Z", false, 0},
    {"2027-13-01T00:00:00Z", false, 0},
    {"2027-01-00T00:00:00Z", false, 0},
    {"2027-01-32T00:00:00Z", false, 0},
    {"2027-01-31T24:00:00Z", false, 0},
    {"2027-01-31T12:60:00Z", false, 0},
    {"2027-01-31T12:00:61Z", false, 0},
    {"2027-1-31T12:00:00Z", false, 0},
    {"2027-01-31T1:00:00Z", false, 0},
    {"27-01-31T12:00:00Z", false, 0},
    {"02027-01-31T12:00:00Z", false, 0},
    {" 2027-01-31T12:00:00Z", false, 0},
    {"2027- 1-31T12:00:00Z", false, 0},
    {"2027-01-31T12:00:00 Z", false, 0},
    {"2027-01-31T12:00:00Z ", false, 0},
    {"2027-01-31T12:00:00.Z", false, 0},
    {"2027-01-31T12:00:00,5Z", false, 0},
    {"2027-01-31T12:00:00+1:00", false, 0},
    {"2027-01-31T12:00:00+01", false, 0},
    {"2027-01-31T12:00:00+0100", false, 0},
    {"2027-01-31T12:00:00+01:0", false, 0},
    {"2027-01-31T12:00:00+24:00", false, 0},
    {"2027-01-31T12:00:00+01:60", false, 0},
    {"2027-01-31T12:00:00+ 1:00", false, 0},
    {"2027-01-31T12:00:00+-1:00", false, 0},
    {"2027-01-31T12:00:00+01:-1", false, 0},
    {"2027-01-31T12:00:00+01:00x", false, 0},
    {"2027-01-31T12:00:00UTC", false, 0},
    {"20270131T120000Z", false, 0},
    {"now", false, 0},
    {"1801396800", false, 0},
};

START_TEST(time_values)
{
    struct error e = {0};
    time_t t = 42;
    bool ok;

    setenv("TZ", "America/New_York", 1); /* must not matter */
    tzset();
    ok = option_value_time(times[_i].in, &t, &e);
    ck_assert_msg(ok == times[_i].ok, "\"%s\"", times[_i].in);
    if (ok)
        ck_assert_msg(t == times[_i].want, "\"%s\": %lld", times[_i].in, (long long)t);
    else
        ck_assert(e.cause == ERROR_USAGE && e.text[0]);
}
END_TEST

/* --- fingerprints, --match, lists --- */

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *in;
    bool ok;
} fingerprints[] = {
    {HEX64, true},
    {"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", true},
    {"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:"
     "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF",
     true},
    {"", false},
    {":", false},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde", false},
    {HEX64 "0", false},
    {"0123456789abcdef0123456789abcdef01234567", false}, /* SHA-1 */
    {"g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
    {" " HEX64, false},
    {"0x23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false},
};

START_TEST(fingerprint)
{
    struct error e = {0};
    const char *got = option_value_fingerprint(fingerprints[_i].in, &e);

    ck_assert_msg(!got == !fingerprints[_i].ok, "\"%s\"", fingerprints[_i].in);
    if (got)
        ck_assert_str_eq(got, HEX64);
    free((char *)got);
}
END_TEST

static const struct {
    const char *in, *want;
} matches[] = {
    {"hostname", "hostname"},
    {"nexthop", "nexthop"},
    {"dot-nexthop", "dot-nexthop"},
    {"MX.Example.com", "mx.example.com"},
    {".Example.com", ".example.com"},
    {"192.0.2.1", "192.0.2.1"},
    {".b\xc3\xbc"
     "cher.example",
     ".xn--bcher-kva.example"},
    {"", NULL},
    {".", NULL},
    {"..example.com", NULL},
    {"*.example.com", NULL},
    {"a b", NULL},
    {"HostName", "hostname"},
    {"hostnam", NULL},
    {"dot_nexthop", NULL},
    {"nexthop.example", "nexthop.example"},
    {"mail", "mail"},
};

START_TEST(match)
{
    struct error e = {0};
    const char *got = option_value_match(matches[_i].in, &e);

    ck_assert_pstr_eq(got, matches[_i].want);
    free((char *)got);
}
END_TEST

static const struct {
    const char *in;
    size_t count; /* 0: refused */
} lists[] = {
    {"a.example", 1},
    {"a.example,b.example", 2},
    {"a.example,b.example,.c.example", 3},
    {"", 0},
    {",", 0},
    {"a.example,", 0},
    {",a.example", 0},
    {"a.example,,b.example", 0},
    {"a.example, b.example", 0},
};

static void free_list(struct option_value_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free((char *)l->at[i]);
    l->count = 0;
}

START_TEST(list)
{
    static struct option_value_list l;
    struct error e = {0};
    bool ok = option_value_list(lists[_i].in, &l, option_value_match, &e);

    ck_assert_msg(ok == (lists[_i].count > 0), "\"%s\"", lists[_i].in);
    if (ok)
        ck_assert_uint_eq(l.count, lists[_i].count);
    free_list(&l);
}
END_TEST

/* The last one given holds, and no more entries are taken than there is room for. */
START_TEST(list_is_replaced_and_bounded)
{
    static struct option_value_list l;
    struct error e = {0};
    char full[OPTION_VALUE_LIST_MAX * 2 + 2] = "";

    for (int i = 0; i < OPTION_VALUE_LIST_MAX; i++)
        strcat(full, i ? ",a" : "a");
    ck_assert(option_value_list("a.example,b.example", &l, option_value_match, &e));
    ck_assert_uint_eq(l.count, 2);
    ck_assert(option_value_list(full, &l, option_value_match, &e));
    ck_assert_uint_eq(l.count, OPTION_VALUE_LIST_MAX);
    strcat(full, ",a");
    ck_assert(!option_value_list(full, &l, option_value_match, &e));
    free_list(&l);
}
END_TEST

/* --- the rest --- */

static const struct {
    const char *in;
    bool ok;
    double want;
} seconds[] = {
    {"45", true, 45},  {"0.1", true, 0.1}, {"3600", true, 3600}, {"2.5", true, 2.5},
    {"0", false, 0},   {"0.09", false, 0}, {"3600.1", false, 0}, {"-1", false, 0},
    {"", false, 0},    {"45s", true, 45},  {"1.5m", true, 90},   {"1h", true, 3600},
    {"2h", false, 0},  {"1e1", false, 0},  {"4,5", false, 0},    {"inf", false, 0},
    {"nan", false, 0},
};

START_TEST(second)
{
    struct error e = {0};
    double value;

    setlocale(LC_ALL, "de_DE.UTF-8"); /* where there is one: no difference */
    ck_assert_msg(option_value_seconds(seconds[_i].in, &value, &e) == seconds[_i].ok, "\"%s\"",
                  seconds[_i].in);
    ck_assert(!seconds[_i].ok || value == seconds[_i].want);
    setlocale(LC_ALL, "C");
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    unsigned want;
} ports[] = {
    {"25", true, 25},         {"1", true, 1},
    {"65535", true, 65535},   {"025", true, 25},
    {"0", false, 0},          {"65536", false, 0},
    {"-1", false, 0},         {"+25", false, 0},
    {" 25", false, 0},        {"25 ", false, 0},
    {"", false, 0},           {"smtp", false, 0},
    {"2.5", false, 0},        {"0x19", false, 0},
    {"99999", false, 0},      {"18446744073709551641", false, 0},
    {"4294967321", false, 0},
};

START_TEST(number)
{
    struct error e = {0};
    unsigned value;

    ck_assert_msg(option_value_unsigned(ports[_i].in, 1, 65535, "port number", &value, &e) ==
                      ports[_i].ok,
                  "\"%s\"", ports[_i].in);
    if (ports[_i].ok)
        ck_assert_uint_eq(value, ports[_i].want);
    else
        ck_assert_str_eq(e.text, "is not a port number");
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    enum stage stage;
} stage_ranges[] = {
    {"connect=5", true, STAGE_CONNECT},
    {"ehlo_tls=@1:2", true, STAGE_EHLO_TLS},
    {"dns=~:0.5", true, STAGE_DNS},
    {"connect", false, 0},
    {"connect=", false, 0},
    {"=5", false, 0},
    {"CONNECT=5", false, 0},
    {"total=5", false, 0},
    {"connect =5", false, 0},
    {"connect=5=6", false, 0},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=5", false, 0},
};

START_TEST(stage_range)
{
    struct threshold_range ranges[STAGE_COUNT] = {0};
    struct error e = {0};

    ck_assert_msg(option_value_stage_range(stage_ranges[_i].in, ranges, &e) == stage_ranges[_i].ok,
                  "\"%s\"", stage_ranges[_i].in);
    for (int s = 0; s < STAGE_COUNT; s++)
        ck_assert(ranges[s].set == (stage_ranges[_i].ok && s == (int)stage_ranges[_i].stage));
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    enum finding_code code;
    int state;
} ons[] = {
    {"throttled=ok", true, F_THROTTLED, STATE_OK},
    {"slow=CRITICAL", true, F_SLOW, STATE_CRITICAL},
    {"tlsa-unusable=Unknown", true, F_TLSA_UNUSABLE, STATE_UNKNOWN},
    {"throttled", false, 0, 0},
    {"throttled=", false, 0, 0},
    {"throttled=bad", false, 0, 0},
    {"nothing=ok", false, 0, 0},
    {"=ok", false, 0, 0},
    {"throttled=ok=ok", false, 0, 0},
    {"THROTTLED=ok", false, 0, 0},
};

START_TEST(on)
{
    int states[FINDING_COUNT];
    struct error e = {0};

    for (int c = 0; c < FINDING_COUNT; c++)
        states[c] = STATE_DEFAULT;
    ck_assert_msg(option_value_on(ons[_i].in, states, &e) == ons[_i].ok, "\"%s\"", ons[_i].in);
    for (int c = 0; c < FINDING_COUNT; c++)
        ck_assert_int_eq(states[c],
                         ons[_i].ok && c == (int)ons[_i].code ? ons[_i].state : STATE_DEFAULT);
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    enum tls_level want;
} levels[] = {
    {"may", true, LEVEL_MAY},
    {"encrypt", true, LEVEL_ENCRYPT},
    {"fingerprint", true, LEVEL_FINGERPRINT},
    {"verify", true, LEVEL_VERIFY},
    {"secure", true, LEVEL_SECURE},
    {"dane", true, LEVEL_DANE},
    {"dane-only", true, LEVEL_DANE_ONLY},
    {"", false, 0},
    {"Verify", true, LEVEL_VERIFY},
    {"Dane Only", true, LEVEL_DANE_ONLY},
    {"Required - Verify", true, LEVEL_VERIFY},
    {"required-verify", true, LEVEL_VERIFY},
    {"Required", true, LEVEL_ENCRYPT},
    {"preferred", true, LEVEL_MAY},
    {"Opportunistic", true, LEVEL_MAY},
    {"mandatory", false, 0},
    {"Enforced", false, 0},
    {"forced", false, 0},
    {"-", false, 0},
    {"verify,encrypt", false, 0},
    {"none", false, 0},
    {"dane-onl", false, 0},
};

START_TEST(level)
{
    struct error e = {0};
    enum tls_level l;

    ck_assert_msg(option_value_level(levels[_i].in, &l, &e) == levels[_i].ok, "\"%s\"",
                  levels[_i].in);
    if (levels[_i].ok)
        ck_assert_int_eq(l, levels[_i].want);
}
END_TEST

static const struct {
    const char *in;
    int want; /* 0: refused */
} versions[] = {{"1.0", TLS1_VERSION},
                {"1.1", TLS1_1_VERSION},
                {"1.2", TLS1_2_VERSION},
                {"1.3", TLS1_3_VERSION},
                {"1", 0},
                {"1.4", 0},
                {"TLSv1.2", TLS1_2_VERSION},
                {"tls1.3", TLS1_3_VERSION},
                {"TLS 1.2", TLS1_2_VERSION},
                {"TLSv", 0},
                {"TLSvv1.2", 0},
                {"SSLv3", 0},
                {"", 0}};

START_TEST(min_tls)
{
    struct error e = {0};
    const char *name = NULL;
    int version = 0;

    ck_assert(option_value_min_tls(versions[_i].in, &version, &name, &e) ==
              (versions[_i].want != 0));
    ck_assert_int_eq(version, versions[_i].want);
    if (versions[_i].want)
        ck_assert_str_eq(name, strchr(versions[_i].in, '1'));
}
END_TEST

/* --- what holds without any option: OPTIONS of check_smtp_tls(8) --- */

START_TEST(defaults)
{
    static struct options o; /* keeps what it owns for the tools that look for leaks */
    const struct option_row none = {0};
    const struct options_plugin plugin = {.name = "check_x", .service = "X", .rows = &none};
    char self[] = "check_x", *argv[] = {self, NULL};

    options_parse(&plugin, 1, argv, &o);
    options_trust(&o);
    ck_assert_double_eq(o.timeout, 45);
    ck_assert_double_eq(o.stage_timeout, 20);
    ck_assert_uint_eq(o.parallel, 256);
    ck_assert_int_eq(o.family, AF_UNSPEC);
    ck_assert_int_eq(o.policy.level, LEVEL_VERIFY);
    ck_assert_uint_eq(o.match.count, 1);
    ck_assert_str_eq(o.match.at[0], "hostname");
    ck_assert_int_eq(o.policy.min_version, TLS1_2_VERSION);
    ck_assert_ptr_nonnull(o.policy.trust);
    ck_assert_uint_gt(o.dns.server_count, 0);
    ck_assert_ptr_null(o.policy.sni);
    ck_assert_ptr_null(o.helo);
    ck_assert_int_eq(o.output.format, REPORT_NAGIOS);
    ck_assert_int_eq(o.output.perfdata, PERFDATA_GATEWAY);
    ck_assert(!o.output.plain_thresholds);
}
END_TEST

static int items_made;

static const char *make_item(const char *item, struct error *e)
{
    (void)e;
    items_made++;
    return strdup(item);
}

START_TEST(list_makes_no_item_without_room)
{
    static struct option_value_list made;
    char commas[OPTION_VALUE_LIST_MAX + 1] = "";
    struct error e = {0};

    memset(commas, ',', OPTION_VALUE_LIST_MAX); /* one item more than there is room for */
    ck_assert(!option_value_list(commas, &made, make_item, &e));
    ck_assert_str_eq(e.text, "has more than 256 entries");
    ck_assert_int_eq(items_made, OPTION_VALUE_LIST_MAX); /* what is made and not kept would leak */
    ck_assert(
        option_value_list("a,b", &made, make_item, &e)); /* and so would what was there before */
    ck_assert_uint_eq(made.count, 2);
    while (made.count > 0)
        free((char *)made.at[--made.count]);
}
END_TEST

UNIT_CASE(option_value, {time_values, COUNT(times)}, {fingerprint, COUNT(fingerprints)},
          {match, COUNT(matches)}, {list, COUNT(lists)}, {list_is_replaced_and_bounded, 1},
          {second, COUNT(seconds)}, {number, COUNT(ports)}, {stage_range, COUNT(stage_ranges)},
          {on, COUNT(ons)}, {level, COUNT(levels)}, {min_tls, COUNT(versions)}, {defaults, 1},
          {list_makes_no_item_without_room, 1})
