/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/threshold.h"

#include <math.h>
#include <string.h>

#include "unit/unit.h"

/* The monitoring plugins' development guidelines, "Threshold and ranges". */
static const struct {
    const char *in;
    bool ok, inside;
    double low, high;
} ranges[] = {
    {"10", true, false, 0, 10},
    {"10:", true, false, 10, INFINITY},
    {"~:10", true, false, -INFINITY, 10},
    {"10:20", true, false, 10, 20},
    {"@10:20", true, true, 10, 20},
    {"@10", true, true, 0, 10},
    {"@10:", true, true, 10, INFINITY},
    {"@~:10", true, true, -INFINITY, 10},
    {"0", true, false, 0, 0},
    {"0:0", true, false, 0, 0},
    {"-10:-5", true, false, -10, -5},
    {"-5:", true, false, -5, INFINITY},
    {":10", true, false, 0, 10},
    {"~:", true, false, -INFINITY, INFINITY},
    {"1.5:2.25", true, false, 1.5, 2.25},
    {".5", true, false, 0, 0.5},
    {"+10", true, false, 0, 10},
    {"@+1:+2", true, true, 1, 2},
    {"123456789012345", true, false, 0, 123456789012345.0},
    {"", false, false, 0, 0},
    {":", false, false, 0, 0},
    {"@", false, false, 0, 0},
    {"@:", false, false, 0, 0},
    {"~", false, false, 0, 0},
    {"10:~", false, false, 0, 0},
    {"20:10", false, false, 0, 0},
    {"-5", false, false, 0, 0}, /* 0 to -5 */
    {"~:-", false, false, 0, 0},
    {"10:20:30", false, false, 0, 0},
    {"1,5", false, false, 0, 0},
    {"1.2.3", false, false, 0, 0},
    {".", false, false, 0, 0},
    {"-", false, false, 0, 0},
    {"1e3", false, false, 0, 0},
    {"0x10", false, false, 0, 0},
    {"inf", false, false, 0, 0},
    {"nan", false, false, 0, 0},
    {" 10", false, false, 0, 0},
    {"10 ", false, false, 0, 0},
    {"10s", false, false, 0, 0},
    {"10%", false, false, 0, 0},
    {"@@10", false, false, 0, 0},
    {"--5:", false, false, 0, 0},
    {"10|x", false, false, 0, 0},
    {"1234567890123456", false, false, 0, 0}, /* more digits than a double keeps */
    {"0.00000000000000000000000000000000000000000000001", false, false, 0, 0},
};

/* As perfdata has it. */
START_TEST(no_plus)
{
    struct threshold_range r;

    ck_assert(threshold_parse("@+1.5:+20", &r));
    ck_assert_str_eq(r.text, "@1.5:20");
    ck_assert(!threshold_parse("+", &r) && !threshold_parse("++1", &r));
}
END_TEST

START_TEST(parse)
{
    struct threshold_range r = {.low = 7};
    bool ok = threshold_parse(ranges[_i].in, &r);

    ck_assert_msg(ok == ranges[_i].ok, "\"%s\"", ranges[_i].in);
    if (!ok) {
        ck_assert_msg(r.low == 7 && !r.set, "\"%s\" changed the range", ranges[_i].in);
        return;
    }
    ck_assert(r.set);
    ck_assert(r.low == ranges[_i].low && r.high == ranges[_i].high);
    ck_assert(r.inside == ranges[_i].inside);
    ck_assert(strchr(ranges[_i].in, '+') || strcmp(r.text, ranges[_i].in) == 0);
}
END_TEST

static const struct {
    const char *range; /* NULL: unset */
    double value;
    bool alerts;
} alerts[] = {
    {NULL, 5, false},      {"10", 0, false},     {"10", 10, false},    {"10", 10.001, true},
    {"10", -0.001, true},  {"10:", 10, false},   {"10:", 9.999, true}, {"10:", 1e9, false},
    {"~:10", -1e9, false}, {"~:10", 10, false},  {"~:10", 11, true},   {"10:20", 10, false},
    {"10:20", 20, false},  {"10:20", 9, true},   {"10:20", 21, true},  {"@10:20", 10, true},
    {"@10:20", 20, true},  {"@10:20", 15, true}, {"@10:20", 9, false}, {"@10:20", 21, false},
    {"~:", 0, false},      {"@~:", 0, true},     {"0", 0, false},      {"0", 0.001, true},
};

START_TEST(alert)
{
    struct threshold_range r = {0};

    ck_assert(!alerts[_i].range || threshold_parse(alerts[_i].range, &r));
    ck_assert_msg(threshold_alerts(&r, alerts[_i].value) == alerts[_i].alerts, "%s, %g",
                  alerts[_i].range, alerts[_i].value);
}
END_TEST

static const struct {
    const char *crit, *warn; /* NULL: unset */
    bool hides;
} pairs[] = {
    {"20", "10", false},     {"5", "10", true},      {"10", "10", true},
    {NULL, "10", false},     {"5", NULL, false},     {"5:", "10:", false},
    {"10:", "5:", true},     {"0:40", "30", false},  {"5:20", "10", false},
    {"0:5", "0:10", true},   {"@4:7", "@5:6", true}, {"@5:6", "@4:7", false},
    {"@5:6", "@6:7", false}, {"@10", "10", false},   {"10", "@10:20", false},
    {"9", "@10:20", true},   {"10", "@11", false},   {"10", "~:10", true},
    {"-5:10", "20", true},   {"20", "~:", false},    {"~:", "10", false},
    {"@~:", "10", true},     {"10", "@~:-1", false}, {"@10:20", "@15", false},
};

START_TEST(hides)
{
    struct threshold_range crit = {0}, warn = {0};

    ck_assert(!pairs[_i].crit || threshold_parse(pairs[_i].crit, &crit));
    ck_assert(!pairs[_i].warn || threshold_parse(pairs[_i].warn, &warn));
    ck_assert_msg(threshold_hides(&crit, &warn) == pairs[_i].hides, "%s, %s", pairs[_i].crit,
                  pairs[_i].warn);
}
END_TEST

static const struct {
    const char *range;
    bool ok;
    double want;
} plains[] = {
    {NULL, false, 0},   {"10", true, 10},    {"10:", true, 10},
    {"~:10", true, 10}, {"10:20", true, 20}, {"@10:20", true, 20},
    {"@~:", false, 0},  {"-5:", true, -5},   {"0", true, 0},
};

START_TEST(plain)
{
    struct threshold_range r = {0};
    double value = -1;

    ck_assert(!plains[_i].range || threshold_parse(plains[_i].range, &r));
    ck_assert(threshold_plain(&r, &value) == plains[_i].ok);
    if (plains[_i].ok)
        ck_assert_msg(value == plains[_i].want, "%s: %g", plains[_i].range, value);
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    bool percent[2];
    double value[2];
} days[] = {
    {"30", true, {false, false}, {30, -1}},         {"30,14", true, {false, false}, {30, 14}},
    {"30,30", true, {false, false}, {30, 30}},      {"30,0", true, {false, false}, {30, 0}},
    {"0", true, {false, false}, {0, -1}},           {"7.5,0.25", true, {false, false}, {7.5, 0.25}},
    {"33%", true, {true, false}, {33, -1}},         {"33%,15%", true, {true, true}, {33, 15}},
    {"100%,0%", true, {true, true}, {100, 0}},      {"30,10%", true, {false, true}, {30, 10}},
    {"33%,40", true, {true, false}, {33, 40}},      {"", false, {false, false}, {0, 0}},
    {",", false, {false, false}, {0, 0}},           {"30,", false, {false, false}, {0, 0}},
    {",14", false, {false, false}, {0, 0}},         {"14,30", false, {false, false}, {0, 0}},
    {"15%,33%", false, {false, false}, {0, 0}},     {"101%", false, {false, false}, {0, 0}},
    {"30%%", false, {false, false}, {0, 0}},        {"30,14,7", false, {false, false}, {0, 0}},
    {"-30", false, {false, false}, {0, 0}},         {"+30", false, {false, false}, {0, 0}},
    {"30d", true, {false, false}, {30, -1}},        {"30d,36h", true, {false, false}, {30, 1.5}},
    {"1440m,86400s", true, {false, false}, {1, 1}}, {"30d,10%", true, {false, true}, {30, 10}},
    {"30dd", false, {false, false}, {0, 0}},        {"30w", false, {false, false}, {0, 0}},
    {"1d,36h", false, {false, false}, {0, 0}},      {"30%d", false, {false, false}, {0, 0}},
    {"d", false, {false, false}, {0, 0}},           {"30, 14", false, {false, false}, {0, 0}},
    {"1e2", false, {false, false}, {0, 0}},         {"%", false, {false, false}, {0, 0}},
    {"30:14", false, {false, false}, {0, 0}},
};

static const struct {
    const char *in;
    double seconds; /* -1: refused */
} durations[] = {
    {"30", 30}, {"0.5", 0.5}, {"30s", 30},  {"1.5m", 90}, {"2h", 7200}, {"1d", 86400}, {"", -1},
    {"s", -1},  {"30ss", -1}, {"30 s", -1}, {"30S", -1},  {"1w", -1},   {"30s,", -1},
};

START_TEST(duration)
{
    double got = -1;

    ck_assert_msg(threshold_duration(durations[_i].in, &got) == (durations[_i].seconds >= 0),
                  "\"%s\"", durations[_i].in);
    if (durations[_i].seconds >= 0)
        ck_assert_double_eq(got, durations[_i].seconds);
}
END_TEST

START_TEST(days_parse)
{
    struct threshold_days t = {0};
    bool ok = threshold_days_parse(days[_i].in, &t);

    ck_assert_msg(ok == days[_i].ok, "\"%s\"", days[_i].in);
    ck_assert(t.given == ok);
    for (int i = 0; ok && i < 2; i++) {
        ck_assert(t.percent[i] == days[_i].percent[i]);
        ck_assert(t.value[i] == days[_i].value[i]);
    }
}
END_TEST

static const struct {
    const char *spec; /* NULL: the defaults */
    bool leaf;
    double lifetime, want[2];
} limits[] = {
    {NULL, true, 365, {30, 14}},    {NULL, true, 120, {30, 12}},
    {NULL, true, 140, {30, 14}},    {NULL, true, 90, {22.5, 9}},
    {NULL, true, 47, {11.75, 4.7}}, {NULL, true, 6, {1.5, 0.6}},
    {NULL, false, 365, {30, 14}},   {NULL, false, 6, {30, 14}},
    {"20,5", true, 90, {20, 5}},    {"20,5", false, 90, {20, 5}},
    {"20", true, 90, {20, -1}},     {"20", false, 90, {20, -1}},
    {"50%,10%", true, 90, {45, 9}}, {"50%,10%", false, 90, {30, 14}},
    {"50%", true, 90, {45, -1}},    {"50%", false, 90, {30, -1}},
    {"20,10%", true, 90, {20, 9}},  {"20,10%", false, 90, {20, 14}},
};

START_TEST(days_for)
{
    struct threshold_days t = {0};
    double got[2];

    ck_assert(!limits[_i].spec || threshold_days_parse(limits[_i].spec, &t));
    threshold_days_for(&t, limits[_i].leaf, limits[_i].lifetime, got);
    for (int i = 0; i < 2; i++) {
        if (limits[_i].want[i] < 0)
            ck_assert_double_lt(got[i], 0);
        else
            ck_assert_double_eq_tol(got[i], limits[_i].want[i], 1e-9);
    }
}
END_TEST

static const struct {
    const char *in;
    bool ok;
    double want;
} numbers[] = {
    {"0", true, 0},           {"-1.5", true, -1.5}, {"+2", true, 2},     {"0.1", true, 0.1},
    {"12.345", true, 12.345}, {"", false, 0},       {"1,5", false, 0},   {"1e2", false, 0},
    {"1 ", false, 0},         {" 1", false, 0},     {"1.2.3", false, 0}, {"nan", false, 0},
    {"0x1", false, 0},        {"+", false, 0},      {"1-", false, 0},
};

START_TEST(number)
{
    double value = 0;

    ck_assert_msg(threshold_number(numbers[_i].in, &value) == numbers[_i].ok, "\"%s\"",
                  numbers[_i].in);
    ck_assert(!numbers[_i].ok || value == numbers[_i].want);
}
END_TEST

UNIT_CASE(threshold, {no_plus, 1}, {parse, COUNT(ranges)}, {alert, COUNT(alerts)},
          {hides, COUNT(pairs)}, {plain, COUNT(plains)}, {days_parse, COUNT(days)},
          {duration, COUNT(durations)}, {days_for, COUNT(limits)}, {number, COUNT(numbers)})
