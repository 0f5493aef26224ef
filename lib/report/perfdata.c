/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/perfdata.h"

#include <stdio.h>
#include <string.h>

/* Returns the part of the number after its sign where it is a negative one that rounds to zero, as
 * "-0.0"; else the number as it is. */
static const char *without_sign_of_zero(const char *number)
{
    return *number == '-' && !number[strspn(number, "-0.")] ? number + 1 : number;
}

/* Appends a number as text_number writes it. */
static void add_number(struct text *out, double value)
{
    char buf[64];

    text_number(buf, sizeof buf, value);
    text_add(out, buf);
}

/* Appends ";", and after it the range where one is set; with `plain` one number of it, or nothing
 * where threshold_plain has none. `r` may be NULL: not set. */
static void add_threshold(struct text *out, const struct threshold_range *r, bool plain)
{
    double value;

    text_add(out, ";");
    if (!r || !r->set)
        return;
    if (!plain)
        text_add(out, r->text);
    else if (threshold_plain(r, &value))
        add_number(out, value);
}

/* Appends the metric, or where there is a prefix, which is cleaned here, 'prefix::metric' in
 * quotes. */
static void add_label(struct text *out, const struct perfdata *p)
{
    char label[280];

    if (!p->prefix) {
        text_add(out, p->metric);
        return;
    }
    text_clean(label, sizeof label, p->prefix, strlen(p->prefix));
    for (char *c = label; *c; c++) {
        if (*c == '=')
            *c = '?';
    }
    text_addf(out, "'%s::%s'", label, p->metric);
}

void perfdata_add(struct text *out, const struct perfdata *p, bool plain)
{
    bool limits = (p->warn && p->warn->set) || (p->crit && p->crit->set);
    char value[64];

    if (out->len > 0)
        text_add(out, " ");
    add_label(out, p);
    snprintf(value, sizeof value, "%.*f", p->decimals, p->value);
    text_addf(out, "=%s%s", without_sign_of_zero(value), p->unit);
    if (!limits && !p->min && !p->max)
        return;
    add_threshold(out, p->warn, plain);
    add_threshold(out, p->crit, plain);
    text_add(out, ";");
    if (p->min)
        add_number(out, *p->min);
    if (p->max || limits)
        text_add(out, ";");
    if (p->max)
        add_number(out, *p->max);
}
