/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_findings.h"

#include "report/finding_group.h"
#include "report/report_summary.h"

/* What all lines of one report share. */
struct lines {
    const struct report_config *c;
    const struct report_input *in;
    bool all;
    struct text *out;
};

/* Appends the beginning of a line: `indent`, then "\_ [STATE] ", coloured where that is asked
 * for. */
static void add_state(const struct lines *l, const char *indent, enum state state)
{
    static const char *const colours[] = {[STATE_OK] = "\033[32m",
                                          [STATE_WARNING] = "\033[33m",
                                          [STATE_CRITICAL] = "\033[31m",
                                          [STATE_UNKNOWN] = "\033[35m"};

    if (l->c->colour)
        text_addf(l->out, "%s\\_ [%s%s\033[0m] ", indent, colours[state], state_name(state));
    else
        text_addf(l->out, "%s\\_ [%s] ", indent, state_name(state));
}

/* Appends the line of the n-th finding, after `indent`, whatever its state. Appends nothing where
 * an earlier line has its address. */
static void add_finding(const struct lines *l, const struct finding_group_list *list, size_t n,
                        const char *indent)
{
    const struct finding *f = finding_group_at(list, n);
    size_t before;

    if (finding_group_is_said(list, n))
        return;
    add_state(l, indent, f->state);
    before = l->out->len;
    finding_group_place(l->in, list, n, l->out);
    if (l->out->len > before)
        text_add(l->out, ": ");
    text_add(l->out, f->headline);
    if (*f->detail)
        text_addf(l->out, "; %s", f->detail);
    if (l->all)
        text_addf(l->out, " (%s)", finding_code_info(f->code)->code);
    text_add(l->out, "\n");
}

/* Appends the line of the i-th partner, and with l->all those of its findings that are not
 * repeated. */
static void add_row(const struct lines *l, size_t i)
{
    const struct partner_verdict *row = &l->in->verdict->partners[i];
    const struct finding_group_list list = finding_group_list(l->in->verdict, i);

    add_state(l, "", row->state);
    text_addf(l->out, "%s: ", row->id);
    report_summary_partner(l->in, i, l->out);
    text_add(l->out, "\n");
    for (size_t n = 0; l->all && n < row->finding_count; n++) {
        if (!finding_group_at(&list, n)->repeated)
            add_finding(l, &list, n, "   ");
    }
}

/* Appends the findings without a target, then the rows of the partners, one state after the
 * other. */
static void add_rows(const struct lines *l)
{
    static const enum state order[] = {STATE_CRITICAL, STATE_WARNING, STATE_UNKNOWN, STATE_OK};
    const struct finding_group_list list = finding_group_list(l->in->verdict, FINDING_NONE);

    for (size_t i = 0; i < list.count; i++) {
        if (finding_group_at(&list, i)->target == FINDING_NONE)
            add_finding(l, &list, i, "");
    }
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        for (size_t i = 0; i < l->in->verdict->partner_count; i++) {
            if (l->in->verdict->partners[i].state == order[k])
                add_row(l, i);
        }
    }
}

void report_findings(const struct report_config *c, const struct report_input *in, bool all,
                     struct text *out)
{
    const struct finding_group_list list = finding_group_list(in->verdict, FINDING_NONE);
    const struct lines l = {c, in, all, out};

    if (in->verdict->partner_count > 1) {
        add_rows(&l);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct finding *f = finding_group_at(&list, i);

        if ((f->state != STATE_OK || all) && !f->repeated)
            add_finding(&l, &list, i, "");
    }
}
