/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_html.h"

#include <stdlib.h>

#include "report/finding_group.h"
#include "report/html_page.h"
#include "report/report_certs.h"
#include "report/report_html_certs.h"
#include "report/report_html_form.h"
#include "report/report_matrix.h"
#include "report/report_partners.h"
#include "report/report_summary.h"

/* Bytes: of a heading, and at most of texts of a line, of lines below a table. */
enum { HEADING = 400, LINE_MAX_BYTES = 64 * 1024, RECORDS_MAX_BYTES = 64 * 1024 * 1024 };

/* One page under way. */
struct page {
    const struct report_config *c;
    const struct report_input *in;
    const struct partners *partners; /* or NULL */
    struct html_writer w;
    struct report_html_certs certs;
};

/* --- what the page is about --- */

/* Writes whom the page is about, clean: the one partner or target, or how many of them there
 * are. */
static void write_subject(const struct report_input *in, char *out, size_t cap)
{
    const struct verdict *v = in->verdict;
    const struct resolution *r = in->facts->resolution;

    if (v->partner_count == 1)
        text_copy(out, cap, text_or(v->partners[0].company, v->partners[0].id));
    else if (v->partner_count > 1)
        text_format(out, cap, "%zu partners", v->partner_count);
    else if (r->target_count == 1)
        report_clean_target(&r->targets[0], out, cap);
    else
        text_format(out, cap, "%zu targets", r->target_count);
}

/* Writes the heading of the page, clean. */
static void write_heading(const struct report_input *in, char *out, size_t cap)
{
    char subject[256];

    write_subject(in, subject, sizeof subject);
    if (in->verdict->partner_count > 0)
        text_format(out, cap, "Mandatory TLS with %s", subject);
    else if (in->judge->certificates)
        text_format(out, cap, "Certificates of the mail gateways of %s", subject);
    else
        text_format(out, cap, "TLS of the mail gateways of %s", subject);
}

/* --- parts --- */

/* Writes the findings of the list in their order below a heading, which is an element such as "h2";
 * those that are OK only from verbosity 1 on. `everywhere`: only those that are about no target.
 * Writes nothing where there are none. */
static void add_findings(struct page *p, const struct finding_group_list *list, const char *heading,
                         bool everywhere)
{
    bool explained[FINDING_COUNT] = {false}, any = false;

    for (size_t n = 0; n < list->count; n++) {
        const struct finding *f = finding_group_at(list, n);
        struct html_page_finding shown = {
            .code = f->code, .state = f->state, .headline = f->headline, .detail = f->detail};
        struct text place;

        if (f->repeated || (everywhere && f->target != FINDING_NONE) ||
            (f->state == STATE_OK && p->c->verbosity < 1) || finding_group_is_said(list, n))
            continue;
        if (!any)
            html_writer_element(&p->w, heading, NULL, "Findings");
        any = true;
        text_init(&place, LINE_MAX_BYTES);
        finding_group_place(p->in, list, n, &place);
        shown.place = text_str(&place);
        html_page_finding(&p->w, &shown, explained);
        html_writer_check(&p->w, &place);
        text_free(&place);
    }
}

/* Writes a table and frees it; `made` false: memory ran out, and there is none. `kind`: as
 * html_page_table has it. */
static void add_table(struct page *p, bool made, struct text_table *t, const char *kind)
{
    if (!made) {
        p->w.out->failed = true;
        return;
    }
    html_page_table(&p->w, t, kind);
    text_table_free(t);
}

/* Writes the tables of a target, without heading, and the lines below them. */
static void add_tables(struct page *p, size_t target)
{
    const struct plan_target *t = &p->in->facts->plan->targets[target];
    struct text_table table;
    struct text records;
    bool made;

    if (t->mx_count > 0) {
        made = report_matrix_table(p->in, target, &table);
        add_table(p, made, &table, NULL);
    }
    if (t->mx_count > 0 && p->in->judge->certificates) {
        made = report_certs_table(p->in, target, &table);
        add_table(p, made, &table, NULL);
    }
    text_init(&records, RECORDS_MAX_BYTES);
    report_certs_records(p->in, target, &records);
    html_page_lines(&p->w, text_str(&records));
    html_writer_check(&p->w, &records);
    text_free(&records);
}

/* Makes *out the heading of a target's tables; the caller frees it. */
static void make_title(struct page *p, size_t target, struct text *out)
{
    text_init(out, LINE_MAX_BYTES);
    report_matrix_title(p->in, target, out);
    html_writer_check(&p->w, out);
}

/* --- targets that are nobody's --- */

/* Returns how many targets have a section. */
static size_t count_sections(const struct report_input *in)
{
    size_t count = 0;

    for (size_t t = 0; t < in->facts->resolution->target_count; t++)
        count += !plan_target_is_empty(&in->facts->plan->targets[t]);
    return count;
}

enum { TARGET, STATE, CONFIDENCE, GATEWAYS, COLUMNS };

/* Adds the row of one target to a table that has room. */
static void fill_target(const struct report_input *in, size_t target, struct text_table *t)
{
    const struct target_verdict *v = &in->verdict->targets[target];
    struct text_table_cell *row = text_table_row(t);

    report_clean_target(&in->facts->resolution->targets[target], row[TARGET].text,
                        sizeof row->text);
    text_table_fill(&row[STATE], v->state == STATE_OK, state_name(v->state));
    text_format(row[CONFIDENCE].text, sizeof row->text, "%d", v->confidence);
    text_format(row[GATEWAYS].text, sizeof row->text, "%zu",
                in->facts->plan->targets[target].mx_count);
}

/* Writes the table with a row for each target that has a section; `count` is what count_sections
 * returned. */
static void add_target_rows(struct page *p, size_t count)
{
    static const char *const heads[COLUMNS] = {"Target", "State", "Confidence", "Gateways"};
    const struct report_input *in = p->in;
    struct text_table t;

    if (!text_table_init(&t, COLUMNS, count + 1, 1u << CONFIDENCE | 1u << GATEWAYS)) {
        p->w.out->failed = true;
        return;
    }
    text_table_heads(&t, heads);
    for (size_t i = 0; i < in->facts->resolution->target_count; i++) {
        if (!plan_target_is_empty(&in->facts->plan->targets[i]))
            fill_target(in, i, &t);
    }
    add_table(p, true, &t, "target");
}

/* Writes the page of targets: rows, findings, a section for each, and the certificates of all. */
static void add_targets(struct page *p)
{
    const struct finding_group_list all = finding_group_list(p->in->verdict, FINDING_NONE);
    size_t count = count_sections(p->in), n = 0, targets = p->in->facts->resolution->target_count;

    if (count > 1)
        add_target_rows(p, count);
    add_findings(p, &all, "h2", false);
    for (size_t t = 0; t < targets; t++) {
        struct text title;

        if (plan_target_is_empty(&p->in->facts->plan->targets[t]))
            continue;
        make_title(p, t, &title);
        html_page_section(&p->w, "target", ++n, text_str(&title),
                          &p->in->verdict->targets[t].state);
        add_tables(p, t);
        html_writer_close(&p->w);
        text_free(&title);
    }
    if (p->in->facts->plan->request_count == 0)
        return;
    html_page_section(&p->w, "certificates", 1, "TLS and certificates", NULL);
    report_html_certs(&p->certs, 0, targets, &p->w);
    html_writer_close(&p->w);
}

/* --- partners --- */

/* Appends the line "WHAT: VALUE", with "\n" at its end, about a contact; nothing where the value is
 * "". `lines` is empty, or ends with "\n". */
static void add_contact(struct text *lines, const char *what, const char *value)
{
    if (*value)
        text_addf(lines, "%s: %s\n", what, value);
}

/* Writes whom to call at the partner. */
static void add_contacts(struct page *page, const struct partner *p)
{
    struct text lines;

    text_init(&lines, LINE_MAX_BYTES);
    add_contact(&lines, "Address", p->address);
    add_contact(&lines, "Technical contact", p->contact_name);
    add_contact(&lines, "E-mail", p->contact_email);
    add_contact(&lines, "Phone", p->contact_phone);
    add_contact(&lines, "Mobile", p->contact_mobile);
    add_contact(&lines, "Urgent, at any time", p->contact_urgent);
    add_contact(&lines, "Second contact", p->contact_second);
    html_page_lines(&page->w, text_str(&lines));
    html_writer_check(&page->w, &lines);
    text_free(&lines);
}

/* Writes the tables of the partner's targets, which are `first` to before `end`. */
static void add_partner_tables(struct page *p, size_t first, size_t end)
{
    for (size_t t = first; t < end; t++) {
        struct text title;

        if (plan_target_is_empty(&p->in->facts->plan->targets[t]))
            continue;
        make_title(p, t, &title);
        html_writer_element(&p->w, "h3", NULL, text_str(&title));
        text_free(&title);
        add_tables(p, t);
    }
}

/* Writes the section of the i-th partner. */
static void add_partner(struct page *p, size_t i)
{
    const struct partner_verdict *v = &p->in->verdict->partners[i];
    const struct partner_run *run = &p->partners->runs[i];
    const struct finding_group_list findings = finding_group_list(p->in->verdict, i);
    struct text line;
    char heading[HEADING];

    text_copy(heading, sizeof heading, v->id);
    if (*v->company)
        text_append(heading, sizeof heading, " (%s)", v->company);
    html_page_section(&p->w, "partner", i + 1, heading, &v->state);
    text_init(&line, LINE_MAX_BYTES);
    report_summary_partner(p->in, i, &line);
    html_writer_element(&p->w, "p", NULL, text_str(&line));
    html_writer_check(&p->w, &line);
    text_free(&line);
    add_contacts(p, run->partner);
    report_html_form(p->in, run, i, &p->w);
    add_findings(p, &findings, "h3", false);
    add_partner_tables(p, run->first, run->first + run->count);
    report_html_certs(&p->certs, run->first, run->first + run->count, &p->w);
    html_writer_close(&p->w);
}

/* Writes the page of partners: rows, findings about no partner alone, a section for each. */
static void add_partners(struct page *p)
{
    const struct finding_group_list all = finding_group_list(p->in->verdict, FINDING_NONE);
    struct text_table table;

    add_table(p, report_partners_table(p->in, &table), &table, "partner");
    add_findings(p, &all, "h2", true);
    for (size_t i = 0; i < p->in->verdict->partner_count; i++)
        add_partner(p, i);
}

void report_html(const struct report_config *c, const struct report_input *in,
                 const struct partners *partners, struct text *out)
{
    struct page p = {.c = c,
                     .in = in,
                     .partners = partners,
                     .certs = {.in = in, .transcripts = c->verbosity >= 3}};
    char heading[HEADING];
    struct text line;

    if (!report_html_certs_begin(&p.certs)) {
        out->failed = true;
        return;
    }
    write_heading(in, heading, sizeof heading);
    text_init(&line, LINE_MAX_BYTES);
    report_summary(c, in, &line);
    html_page_begin(
        &p.w, &(struct html_page){heading, text_str(&line), in->verdict->state, in->judge->now},
        out);
    html_writer_check(&p.w, &line);
    text_free(&line);
    if (partners)
        add_partners(&p);
    else
        add_targets(&p);
    html_page_end(&p.w);
    free(p.certs.part_of);
}
