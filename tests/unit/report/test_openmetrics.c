/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/openmetrics.h"

#include <stdio.h>

#include "unit/unit.h"

static const struct {
    const char *label;
    double value;
    const char *want;
} samples[] = {
    {"plain", 1, "m{a=\"plain\"} 1\n"},
    {"", 0.25, "m 0.25\n"},
    {NULL, -3, "m -3\n"},
    {"a\"b\\c\nd", 1803236517, "m{a=\"a\\\"b\\\\c\\nd\"} 1803236517\n"},
    {"}", 1.0004, "m{a=\"}\"} 1\n"},
    {"gr\xc3\xbc\xc3\x9f", 0, "m{a=\"gr\xc3\xbc\xc3\x9f\"} 0\n"},
};

static const char head[] = "# TYPE m gauge\n# HELP m what it is\n";

START_TEST(sample)
{
    struct text out;
    struct openmetrics m = {.out = &out};
    const struct openmetrics_label labels[] = {{"a", samples[_i].label}, {NULL, NULL}};
    char want[200];

    text_init(&out, 1000);
    openmetrics_family(&m, "m", NULL, "what it is");
    openmetrics_sample(&m, labels, samples[_i].value);
    openmetrics_sample(&m, labels, 5); /* the same labels: not again */
    openmetrics_end(&m);
    snprintf(want, sizeof want, "%s%s# EOF\n", head, samples[_i].want);
    ck_assert_str_eq(text_str(&out), want);
    text_free(&out);
}
END_TEST

START_TEST(families)
{
    struct text out;
    struct openmetrics m = {.out = &out};
    const struct openmetrics_label labels[] = {{"a", "1"}, {"b", ""}, {"c", "2"}, {NULL, NULL}};

    text_init(&out, 1000);
    openmetrics_family(&m, "x_seconds", "seconds", "one");
    openmetrics_sample(&m, labels, 1);
    openmetrics_family(&m, "y", NULL, "two");
    openmetrics_sample(&m, labels, 1);
    openmetrics_end(&m);
    ck_assert_str_eq(text_str(&out), "# TYPE x_seconds gauge\n# UNIT x_seconds seconds\n"
                                     "# HELP x_seconds one\nx_seconds{a=\"1\",c=\"2\"} 1\n"
                                     "# TYPE y gauge\n# HELP y two\ny{a=\"1\",c=\"2\"} 1\n# EOF\n");
    text_free(&out);
}
END_TEST

UNIT_CASE(openmetrics, {sample, COUNT(samples)}, {families, 1})
