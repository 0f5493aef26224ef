/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_mail_html.h"

#include <inttypes.h>

#include "report/html_page.h"

enum { HEADING = 400, LINE_MAX_BYTES = 64 * 1024 };
enum { PARTNER, COUNT, SINCE, QUEUE_ID, REASON, COLUMNS };

/* Returns the id of a partner by its index. */
static const char *id_of(const struct mail_report *r, size_t i)
{
    return r->facts->tally->partners[i].partner->id;
}

/* Writes the findings with a heading, those that are OK only from verbosity 1 on; nothing where
 * there are none. */
static void add_findings(const struct mail_report *r, struct html_writer *w)
{
    bool explained[FINDING_COUNT] = {false}, any = false;

    for (size_t i = 0; i < r->verdict->findings.count; i++) {
        const struct finding *f = &r->verdict->findings.at[i];
        struct html_page_finding shown = {.code = f->code,
                                          .state = f->state,
                                          .place = "",
                                          .headline = f->headline,
                                          .detail = f->detail};

        if (f->state == STATE_OK && r->config->verbosity < 1)
            continue;
        if (!any)
            html_writer_element(w, "h2", NULL, "Findings");
        any = true;
        if (f->target != FINDING_NONE)
            shown.place = id_of(r, f->target);
        html_page_finding(w, &shown, explained);
    }
}

/* Adds a row to a table that has room; nothing where nothing waits. `name` is for whose TLS the
 * mail waits: the partner's id, or "our own TLS". */
static void fill_waiting(const struct mail_waiting *m, const char *name, struct text_table *t)
{
    struct text_table_cell *row;

    if (m->count == 0)
        return;
    row = text_table_row(t);
    text_copy(row[PARTNER].text, sizeof row->text, name);
    text_format(row[COUNT].text, sizeof row->text, "%" PRIu64, m->count);
    row[COUNT].mark = TEXT_TABLE_FAIL;
    text_time(row[SINCE].text, sizeof row->text, m->oldest);
    text_copy(row[QUEUE_ID].text, sizeof row->text, m->queue_id);
    text_copy(row[REASON].text, sizeof row->text, m->reason);
}

/* Writes what waits in the queue; nothing where that was not asked for. */
static void add_queue(const struct mail_report *r, struct html_writer *w)
{
    static const char *const heads[COLUMNS] = {"Because of", "Recipients", "Oldest since",
                                               "Queue id", "Reason"};
    const struct mail_tally *tally = r->facts->tally;
    struct text_table t;

    if (!r->facts->queue)
        return;
    html_writer_element(w, "h2", NULL, "Mail that waits because of TLS");
    if (!text_table_init(&t, COLUMNS, tally->count + 2, 1u << COUNT)) {
        w->out->failed = true;
        return;
    }
    text_table_heads(&t, heads);
    for (size_t i = 0; i < tally->count; i++)
        fill_waiting(&tally->partners[i].waiting, id_of(r, i), &t);
    fill_waiting(&tally->broken, "our own TLS", &t);
    if (t.rows > 1)
        html_page_table(w, &t, NULL);
    else
        html_writer_element(w, "p", NULL, "None.");
    text_table_free(&t);
}

/* Writes the table of the partners' mail. */
static void add_table(const struct mail_report *r, struct html_writer *w)
{
    struct text_table t;

    if (!report_mail_table(r, &t)) {
        w->out->failed = true;
        return;
    }
    html_page_table(w, &t, NULL);
    text_table_free(&t);
}

/* Writes what was read, and of which period; nothing where no log was asked for. */
static void add_log(const struct mail_report *r, struct html_writer *w)
{
    char from[40], until[40];
    struct text line;

    if (!r->facts->log)
        return;
    text_time(from, sizeof from, r->judge->since);
    text_time(until, sizeof until, r->judge->now);
    html_writer_element(w, "h2", NULL, "What was read");
    text_init(&line, LINE_MAX_BYTES);
    text_addf(&line, "period: %s to %s\n", from, until);
    report_mail_log(r, &line);
    html_page_lines(w, text_str(&line));
    html_writer_check(w, &line);
    text_free(&line);
}

void report_mail_html(const struct mail_report *r, struct text *out)
{
    size_t count = r->facts->tally->count;
    struct html_writer w;
    char heading[HEADING];
    struct text line;

    if (count == 1)
        text_format(heading, sizeof heading, "TLS of the mail with %s", id_of(r, 0));
    else
        text_format(heading, sizeof heading, "TLS of the mail with %zu partners", count);
    text_init(&line, LINE_MAX_BYTES);
    report_mail_summary(r, &line);
    html_page_begin(
        &w, &(struct html_page){heading, text_str(&line), r->verdict->state, r->judge->now}, out);
    html_writer_check(&w, &line);
    text_free(&line);
    add_table(r, &w);
    add_findings(r, &w);
    add_queue(r, &w);
    add_log(r, &w);
    html_page_end(&w);
}
