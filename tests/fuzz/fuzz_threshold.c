/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges, days and numbers; numbers against strtod, which is exact in the C locale. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "base/threshold.h"

static void look_at_number(const char *s)
{
    double got = NAN;

    if (!threshold_number(s, &got))
        return;
    HOLDS(strspn(s, "+-0123456789.") == strlen(s));
    HOLDS(got == strtod(s, NULL));
}

static void look_at_range(const char *s)
{
    struct threshold_range r = {0}, again = {0};
    double plain, middle;

    if (!threshold_parse(s, &r)) {
        HOLDS(!r.set);
        return;
    }
    HOLDS(r.set && r.low <= r.high && (strchr(s, '+') || strcmp(r.text, s) == 0));
    HOLDS(strspn(s, "@~:+-0123456789.") == strlen(s)); /* it goes into perfdata as it is */
    HOLDS(r.inside == (s[0] == '@'));
    HOLDS(!isnan(r.low) && !isnan(r.high));
    HOLDS(threshold_parse(r.text, &again) && memcmp(&r, &again, sizeof r) == 0);
    middle = isinf(r.low) ? r.high : r.low; /* ends belong to the range */
    if (!isinf(middle))
        HOLDS(threshold_alerts(&r, middle) == r.inside);
    if (!isinf(r.high))
        HOLDS(threshold_alerts(&r, nextafter(r.high, INFINITY)) != r.inside);
    if (!isinf(r.low))
        HOLDS(threshold_alerts(&r, nextafter(r.low, -INFINITY)) != r.inside);
    if (threshold_plain(&r, &plain))
        HOLDS(!isinf(plain) && (plain == r.low || plain == r.high));
    else
        HOLDS(isinf(r.low) && isinf(r.high));
}

static void look_at_days(const char *s)
{
    static const double lifetimes[] = {-1, 0, 1, 47, 90, 398, 7300};
    struct threshold_days t = {0};

    if (!threshold_days_parse(s, &t)) {
        HOLDS(!t.given);
        return;
    }
    HOLDS(t.given && t.value[0] >= 0);
    HOLDS(strspn(s, "0123456789.,%smhd") == strlen(s));
    HOLDS((strchr(s, ',') != NULL) == (t.value[1] >= 0));
    for (int i = 0; i < 2; i++)
        HOLDS(!t.percent[i] || (t.value[i] >= 0 && t.value[i] <= 100));
    for (size_t i = 0; i < sizeof lifetimes / sizeof *lifetimes; i++) {
        double days[2];

        for (int leaf = 0; leaf < 2; leaf++) {
            threshold_days_for(&t, leaf, lifetimes[i], days);
            HOLDS(!isnan(days[0]) && !isnan(days[1]));
            HOLDS(t.value[1] >= 0 || days[1] < 0); /* no second part: never critical */
            HOLDS(t.percent[0] || days[0] == t.value[0]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *s = fuzz_string(data, size);

    look_at_number(s);
    look_at_range(s);
    look_at_days(s);
    free(s);
    return 0;
}
