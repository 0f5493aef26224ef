/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/perfdata.h"

#include <string.h>

#include "unit/unit.h"

static const double none = 0, forty_five = 45, hundred = 100, three = 3, year = 365;

static const struct {
    const char *name;
    struct perfdata datum;   /* without thresholds */
    const char *warn, *crit; /* NULL: unset */
    bool plain;
    const char *want;
} data[] = {
    /* as PERFDATA of check_smtp_tls(8) shows them */
    {"time",
     {.metric = "time",
      .value = 0.412,
      .decimals = 3,
      .unit = "s",
      .min = &none,
      .max = &forty_five},
     NULL,
     NULL,
     false,
     "time=0.412s;;;0;45"},
    {"confidence",
     {.metric = "confidence", .value = 100, .unit = "%", .min = &none, .max = &hundred},
     NULL,
     NULL,
     false,
     "confidence=100%;;;0;100"},
    {"gateways",
     {.metric = "gateways", .value = 3, .unit = "", .min = &none},
     NULL,
     NULL,
     false,
     "gateways=3;;;0"},
    {"gateways_ok",
     {.metric = "gateways_ok", .value = 3, .unit = "", .min = &none, .max = &three},
     NULL,
     NULL,
     false,
     "gateways_ok=3;;;0;3"},
    {"cert_days_min",
     {.metric = "cert_days_min", .value = 83.4, .decimals = 1, .unit = ""},
     "30:",
     "14:",
     false,
     "cert_days_min=83.4;30:;14:;;"},
    {"stage",
     {.prefix = "mail1.hella.com", .metric = "connect", .value = 0.144, .decimals = 3, .unit = "s"},
     NULL,
     NULL,
     false,
     "'mail1.hella.com::connect'=0.144s"},
    {"cert_days",
     {.prefix = "mail1.hella.com", .metric = "cert_days", .value = 83.4, .decimals = 1, .unit = ""},
     "30:",
     "14:",
     false,
     "'mail1.hella.com::cert_days'=83.4;30:;14:;;"},
    {"plain thresholds",
     {.metric = "cert_days_min",
      .value = 83.4,
      .decimals = 1,
      .unit = "",
      .min = &none,
      .max = &year},
     "30:",
     "14:",
     true,
     "cert_days_min=83.4;30;14;0;365"},
    /* thresholds */
    {"only a warning", {.metric = "m", .value = 1, .unit = "s"}, "10", NULL, false, "m=1s;10;;;"},
    {"only a critical",
     {.metric = "m", .value = 1, .unit = "s"},
     NULL,
     "@1:2",
     false,
     "m=1s;;@1:2;;"},
    {"plain, upper end",
     {.metric = "m", .value = 1, .unit = "s"},
     "1:2.5",
     "~:9",
     true,
     "m=1s;2.5;9;;"},
    {"plain, nothing to show",
     {.metric = "m", .value = 1, .unit = "s"},
     "~:",
     "5",
     true,
     "m=1s;;5;;"},
    {"plain, many digits",
     {.metric = "m", .value = 1, .unit = "s"},
     "123456789012345",
     "0.125",
     true,
     "m=1s;123456789012345;0.125;;"},
    /* values */
    {"another port",
     {.prefix = "mx.example.com:587", .metric = "total", .value = 1.5, .decimals = 3, .unit = "s"},
     NULL,
     NULL,
     false,
     "'mx.example.com:587::total'=1.500s"},
    {"an address",
     {.prefix = "mx.example.com/2001-db8--1",
      .metric = "total",
      .value = 1.5,
      .decimals = 3,
      .unit = "s"},
     NULL,
     NULL,
     false,
     "'mx.example.com/2001-db8--1::total'=1.500s"},
    {"negative",
     {.metric = "m", .value = -12.34, .decimals = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "m=-12.3"},
    {"negative zero",
     {.metric = "m", .value = -0.0, .decimals = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "m=0.0"},
    {"rounded to zero from below",
     {.metric = "m", .value = -0.04, .decimals = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "m=0.0"},
    {"negative, no decimals", {.metric = "m", .value = -0.4, .unit = ""}, NULL, NULL, false, "m=0"},
    {"rounded from below",
     {.metric = "m", .value = -0.06, .decimals = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "m=-0.1"},
    {"small, no exponent",
     {.metric = "m", .value = 0.0000001, .decimals = 3, .unit = "s"},
     NULL,
     NULL,
     false,
     "m=0.000s"},
    {"large, no exponent",
     {.metric = "m", .value = 1e15, .decimals = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "m=1000000000000000.0"},
    /* labels */
    {"quote",
     {.prefix = "a'b", .metric = "m", .value = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "'a?b::m'=1"},
    {"equals sign",
     {.prefix = "a=b", .metric = "m", .value = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "'a?b::m'=1"},
    {"pipe and newline",
     {.prefix = "a|b\nc", .metric = "m", .value = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "'a?b?c::m'=1"},
    {"invalid UTF-8",
     {.prefix = "a\xff", .metric = "m", .value = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "'a?::m'=1"},
    {"blank",
     {.prefix = "a b", .metric = "m", .value = 1, .unit = ""},
     NULL,
     NULL,
     false,
     "'a b::m'=1"},
};

START_TEST(add)
{
    struct threshold_range warn = {0}, crit = {0};
    struct perfdata p = data[_i].datum;
    struct text out;

    ck_assert(!data[_i].warn || threshold_parse(data[_i].warn, &warn));
    ck_assert(!data[_i].crit || threshold_parse(data[_i].crit, &crit));
    p.warn = &warn;
    p.crit = data[_i].crit ? &crit : NULL;
    text_init(&out, 4096);
    perfdata_add(&out, &p, data[_i].plain);
    ck_assert_msg(strcmp(text_str(&out), data[_i].want) == 0, "%s: \"%s\"", data[_i].name,
                  text_str(&out));
    text_free(&out);
}
END_TEST

START_TEST(blank_between)
{
    struct perfdata p = {.metric = "a", .value = 1, .unit = ""};
    struct text out;

    text_init(&out, 4096);
    perfdata_add(&out, &p, false);
    perfdata_add(&out, &p, false);
    ck_assert_str_eq(text_str(&out), "a=1 a=1");
    text_free(&out);
}
END_TEST

START_TEST(long_label)
{
    char name[2000];
    struct perfdata p = {.prefix = name, .metric = "m", .value = 1, .unit = ""};
    struct text out;

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    text_init(&out, 4096);
    perfdata_add(&out, &p, false);
    ck_assert_uint_lt(out.len, 300);
    ck_assert_int_eq(strcmp(text_str(&out) + out.len - 9, "...::m'=1"), 0);
    text_free(&out);
}
END_TEST

UNIT_CASE(perfdata, {add, COUNT(data)}, {blank_between, 1}, {long_label, 1})
