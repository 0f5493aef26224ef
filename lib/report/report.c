/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

#include <string.h>

const char *report_target(const struct resolve_target *t)
{
    return t->target->recipient ? t->target->recipient : t->target->name;
}

void report_clean_target(const struct resolve_target *t, char *out, size_t cap)
{
    const char *name = report_target(t);

    text_clean(out, cap, name, strlen(name));
}

void report_label(const struct resolve_host *h, char *out, size_t cap)
{
    if (h->port == 25)
        text_copy(out, cap, h->shown);
    else if (strchr(h->shown, ':'))
        text_format(out, cap, "[%s]:%u", h->shown, h->port);
    else
        text_format(out, cap, "%s:%u", h->shown, h->port);
}

void report_place(const struct report_input *in, const struct finding *f, char *out, size_t cap)
{
    const struct resolution *r = in->facts->resolution;

    text_copy(out, cap, "");
    if (f->host != FINDING_NONE)
        report_label(&r->hosts[f->host], out, cap);
    else if (f->target != FINDING_NONE)
        report_clean_target(&r->targets[f->target], out, cap);
}

void report_unasked(const struct report_config *c, struct text *out)
{
    if (c->unasked)
        text_add(out, "(--format nagios prints what a monitoring system sees)\n");
}

bool report_next_host(const struct facts *f, struct report_walk *w, size_t *host)
{
    const struct resolution *r = f->resolution;

    for (; w->target < r->target_count; w->target++, w->mx = 0) {
        const struct plan_target *t = &f->plan->targets[w->target];

        while (w->mx < t->mx_count) {
            *host = t->mx[w->mx++].host;
            if (w->seen[r->hosts[*host].first])
                continue;
            w->seen[r->hosts[*host].first] = true;
            return true;
        }
    }
    return false;
}
