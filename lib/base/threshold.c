/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/threshold.h"

#include <math.h>
#include <string.h>

enum { NUMBER_DIGITS = 15, DAY = 86400 };

/* Returns how many bytes at the beginning of `s` are a decimal number, such as "-1.5" or "+.5",
 * whatever follows. 0: there is none, or it has two points or more than NUMBER_DIGITS digits, which
 * a double could not hold exactly. */
static size_t number_length(const char *s)
{
    size_t i = (*s == '-' || *s == '+') ? 1 : 0, digits = 0;

    for (; (s[i] >= '0' && s[i] <= '9') || s[i] == '.'; i++) {
        if (s[i] != '.')
            digits++;
        else if (memchr(s, '.', i))
            return 0;
    }
    return digits > 0 && digits <= NUMBER_DIGITS ? i : 0;
}

/* Returns the value of the first `len` bytes, for which number_length must have returned `len`. */
static double number_value(const char *s, size_t len)
{
    bool negative = *s == '-';
    double value = 0, scale = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.')
            scale = 1;
        else if (s[i] >= '0' && s[i] <= '9') {
            value = value * 10 + (s[i] - '0');
            scale *= 10;
        }
    }
    value = scale > 0 ? value / scale : value;
    return negative ? -value : value;
}

bool threshold_number(const char *s, double *out)
{
    size_t len = number_length(s);

    if (len == 0 || s[len] != '\0')
        return false;
    *out = number_value(s, len);
    return true;
}

/* Reads one end of a range to *out: a number, or with `start` '~' for minus infinity. Where there
 * is neither, *out stays as it is, which is no error. Returns the text that follows, for the caller
 * to check. */
static const char *range_end(const char *s, double *out, bool start)
{
    size_t len;

    if (start && *s == '~') {
        *out = -INFINITY;
        return s + 1;
    }
    len = number_length(s);
    if (len > 0)
        *out = number_value(s, len);
    return s + len;
}

/* Copies a text without its plus signs, which perfdata's numbers do not have. `dst` has room for
 * all of `s`. */
static void copy_without_plus(char *dst, const char *s)
{
    for (; *s; s++) {
        if (*s != '+')
            *dst++ = *s;
    }
    *dst = '\0';
}

bool threshold_parse(const char *s, struct threshold_range *out)
{
    struct threshold_range r = {.set = true, .low = 0, .high = INFINITY};
    const char *p = s, *start;

    if (*s == '\0' || strlen(s) >= sizeof r.text)
        return false;
    copy_without_plus(r.text, s);
    if (*p == '@') {
        r.inside = true;
        p++;
    }
    start = p;
    if (strchr(p, ':')) {
        p = range_end(p, &r.low, true);
        if (*p++ != ':')
            return false;
        p = range_end(p, &r.high, false);
    } else {
        p = range_end(p, &r.high, false);
    }
    if (*p != '\0' || p == start || strcmp(start, ":") == 0 || r.low > r.high)
        return false;
    *out = r;
    return true;
}

bool threshold_alerts(const struct threshold_range *r, double value)
{
    bool within = value >= r->low && value <= r->high;

    return r->set && within == r->inside;
}

enum { RANGE_ENDS = 4 };

/* Writes the ends of both ranges that are neither negative nor infinite to `out`, which has room
 * for RANGE_ENDS, in ascending order. Returns how many. */
static size_t sorted_ends(const struct threshold_range *a, const struct threshold_range *b,
                          double *out)
{
    const double ends[RANGE_ENDS] = {a->low, a->high, b->low, b->high};
    size_t count = 0;

    for (size_t i = 0; i < RANGE_ENDS; i++) {
        size_t at = count;

        if (!isfinite(ends[i]) || ends[i] < 0)
            continue;
        for (; at > 0 && out[at - 1] > ends[i]; at--)
            out[at] = out[at - 1];
        out[at] = ends[i];
        count++;
    }
    return count;
}

/* Between two ends neither range changes, so that one value there stands for all. */
bool threshold_hides(const struct threshold_range *crit, const struct threshold_range *warn)
{
    double at[RANGE_ENDS], last = 0;
    bool alerts = false;
    size_t count;

    if (!crit->set || !warn->set)
        return false;
    count = sorted_ends(crit, warn, at);
    for (size_t i = 0; i <= count; i++) {
        double end = i < count ? at[i] : last + 2;
        const double values[] = {last, (last + end) / 2};

        for (size_t k = 0; k < 2; k++) {
            if (!threshold_alerts(warn, values[k]))
                continue;
            alerts = true;
            if (!threshold_alerts(crit, values[k]))
                return false;
        }
        last = end;
    }
    return alerts;
}

bool threshold_plain(const struct threshold_range *r, double *out)
{
    if (!r->set || (isinf(r->high) && isinf(r->low)))
        return false;
    *out = isinf(r->high) ? r->low : r->high;
    return true;
}

/* Returns how many seconds the unit has for which the letter stands: s, m, h or d; 0: another
 * letter, or NUL. */
static double unit_of(char letter)
{
    switch (letter) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return DAY;
    default:
        return 0;
    }
}

bool threshold_duration(const char *s, double *out)
{
    size_t len = number_length(s);
    double unit = unit_of(s[len]);

    if (len == 0)
        return false;
    *out = number_value(s, len) * (unit > 0 ? unit : 1);
    return s[len + (unit > 0)] == '\0';
}

/* Takes one of the two parts of -D off *s: *value is in percent where *percent is true, else in
 * days. What follows the number and its unit stays, for the caller to refuse. False: there is no
 * number, or it has a sign or is more than 100 percent; all three may have changed. */
static bool take_days(const char **s, double *value, bool *percent)
{
    size_t len = number_length(*s);
    double unit;

    if (len == 0 || **s == '-' || **s == '+')
        return false;
    *value = number_value(*s, len);
    *s += len;
    unit = unit_of(**s);
    if (unit > 0)
        *value *= unit / DAY;
    *percent = **s == '%';
    if (unit > 0 || *percent)
        ++*s;
    return !*percent || *value <= 100;
}

bool threshold_days_parse(const char *s, struct threshold_days *out)
{
    struct threshold_days t = {.given = true, .value = {-1, -1}};

    if (!take_days(&s, &t.value[0], &t.percent[0]))
        return false;
    if (*s == ',') {
        s++;
        if (!take_days(&s, &t.value[1], &t.percent[1]))
            return false;
    }
    if (*s != '\0' || (t.value[1] > t.value[0] && t.percent[0] == t.percent[1]))
        return false;
    *out = t;
    return true;
}

/* Returns the smaller of two, neither of them NaN. */
static double smaller(double a, double b)
{
    return a < b ? a : b;
}

void threshold_days_for(const struct threshold_days *t, bool leaf, double lifetime, double days[2])
{
    static const double fixed[2] = {30, 14}, share[2] = {0.25, 0.10};

    for (int i = 0; i < 2; i++) {
        if (!t->given)
            days[i] = leaf ? smaller(fixed[i], lifetime * share[i]) : fixed[i];
        else if (t->percent[i])
            days[i] = leaf ? lifetime * t->value[i] / 100 : fixed[i];
        else
            days[i] = t->value[i];
    }
}
