#include "threshold.h"

#include <math.h>
#include <string.h>

enum { NUMBER_DIGITS = 15 };

/* The length of a decimal number at s, 0: none. Digits are limited so that it is exact. */
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

/* Reads a number, '~' for minus infinity at the start, or nothing, which leaves *out as it is. */
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

bool threshold_parse(const char *s, struct threshold_range *out)
{
    struct threshold_range r = {.set = true, .low = 0, .high = INFINITY};
    const char *p = s, *start;

    if (*s == '\0' || strlen(s) >= sizeof r.text)
        return false;
    strcpy(r.text, s);
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

bool threshold_plain(const struct threshold_range *r, double *out)
{
    if (!r->set || (isinf(r->high) && isinf(r->low)))
        return false;
    *out = isinf(r->high) ? r->low : r->high;
    return true;
}

bool threshold_days_parse(const char *s, struct threshold_days *out)
{
    struct threshold_days t = {.given = true, .value = {-1, -1}};

    for (int i = 0; i < 2; i++) {
        size_t len = number_length(s);

        if (len == 0 || *s == '-' || *s == '+')
            return false;
        t.value[i] = number_value(s, len);
        s += len;
        if (*s == '%') {
            t.percent[i] = true;
            s++;
        }
        if (t.percent[i] && t.value[i] > 100)
            return false;
        if (*s == '\0')
            break;
        if (*s++ != ',' || i == 1)
            return false;
    }
    if (t.value[1] > t.value[0] && t.percent[0] == t.percent[1])
        return false;
    *out = t;
    return true;
}

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
