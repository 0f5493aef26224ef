/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/openmetrics.h"

enum { SAMPLE_MAX = 8192 };

void openmetrics_family(struct openmetrics *m, const char *name, const char *unit, const char *help)
{
    m->family = name;
    text_addf(m->out, "# TYPE %s gauge\n", name);
    if (unit)
        text_addf(m->out, "# UNIT %s %s\n", name, unit);
    text_addf(m->out, "# HELP %s %s\n", name, help);
}

void openmetrics_state_family(struct openmetrics *m)
{
    openmetrics_family(m, "mailtls_state", NULL,
                       "The state: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; without partner and "
                       "domain that of the whole run, without domain that of a partner.");
}

void openmetrics_finding_family(struct openmetrics *m)
{
    openmetrics_family(m, "mailtls_finding", NULL,
                       "1 for each finding that is not OK, with its code and state.");
}

void openmetrics_last_run_family(struct openmetrics *m)
{
    openmetrics_family(m, "mailtls_last_run_timestamp_seconds", "seconds", "When the check ran.");
}

/* Appends the value of a label, with a backslash before each '\' and '"', and newline as "\n"
 * (OpenMetrics 1.0). */
static void add_escaped(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (*s == '\\' || *s == '"')
            text_add_bytes(t, "\\", 1);
        if (*s == '\n')
            text_add(t, "\\n");
        else
            text_add_bytes(t, s, 1);
    }
}

/* Appends {name="value",...} of the labels that have a value; nothing where none has. The list ends
 * with the name NULL. */
static void add_labels(struct text *t, const struct openmetrics_label *labels)
{
    const char *before = "{";

    for (; labels->name; labels++) {
        if (!labels->value || !*labels->value)
            continue;
        text_addf(t, "%s%s=\"", before, labels->name);
        add_escaped(t, labels->value);
        text_add(t, "\"");
        before = ",";
    }
    if (*before == ',')
        text_add(t, "}");
}

/* Returns whether the series, a family and its labels as text, has a sample already; if not, notes
 * that it has one now. Where memory is short, m->out->failed is set. */
static bool was_added(struct openmetrics *m, const char *series)
{
    struct hash_walk walk;
    uint64_t code = hash_text(series);

    if (hash_first(&m->samples, code, &walk) != HASH_NONE)
        return true;
    if (!hash_add(&m->samples, code, 0))
        m->out->failed = true;
    return false;
}

void openmetrics_sample(struct openmetrics *m, const struct openmetrics_label *labels, double value)
{
    struct text series;
    char digits[64];

    text_number(digits, sizeof digits, value);
    text_init(&series, SAMPLE_MAX);
    text_add(&series, m->family);
    add_labels(&series, labels);
    if (series.failed) {
        m->out->failed = true;
    } else if (!series.cut && !was_added(m, text_str(&series))) {
        text_addf(m->out, "%s %s\n", text_str(&series), digits);
    }
    text_free(&series);
}

void openmetrics_end(struct openmetrics *m)
{
    text_add(m->out, "# EOF\n");
    hash_clear(&m->samples);
}
