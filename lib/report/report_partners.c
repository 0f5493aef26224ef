/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_partners.h"

#include <string.h>

enum { PARTNER, STATE, GATEWAYS, NAMES, CA, DAYS, DIFFERS, COLUMNS };

/* How far texts are cut to fit. */
enum { PARTNER_LEAST = 24, DIFFERS_LEAST = 12 };

/* Adds the row of the columns' heads. */
static void fill_head(struct text_table *g)
{
    static const char *const heads[COLUMNS] = {"Partner", "State", "Gateways", "Names",
                                               "CA",      "Days",  "Differs"};

    text_table_heads(g, heads);
}

/* Whether the partner of that index has a finding with one of the two codes that is not OK. */
static bool has_either(const struct verdict *v, size_t partner, enum finding_code a,
                       enum finding_code b)
{
    for (size_t n = 0; n < v->partners[partner].finding_count; n++) {
        const struct finding *f = verdict_partner_finding(v, partner, n);

        if ((f->code == a || f->code == b) && f->state != STATE_OK)
            return true;
    }
    return false;
}

/* Writes "FAIL" where `fails`, else "OK" where a certificate was `seen`, else "-". */
static void fill_check(struct text_table_cell *cell, bool seen, bool fails)
{
    if (fails)
        text_table_fill(cell, false, "FAIL");
    else if (seen)
        text_table_fill(cell, true, "OK");
    else
        text_copy(cell->text, sizeof cell->text, "-");
}

/* Appends to an empty cell the codes of findings that are not OK, each once, the worst first; "-":
 * none. */
static void fill_codes(struct text_table_cell *cell, const struct verdict *v, size_t partner)
{
    bool listed[FINDING_COUNT] = {false};

    for (size_t n = 0; n < v->partners[partner].finding_count; n++) {
        const struct finding *f = verdict_partner_finding(v, partner, n);

        if (f->state == STATE_OK || listed[f->code])
            continue;
        listed[f->code] = true;
        text_join(cell->text, sizeof cell->text, finding_code_info(f->code)->code);
    }
    if (!*cell->text)
        text_copy(cell->text, sizeof cell->text, "-");
}

/* Adds the row of the i-th partner. There must be room. */
static void fill_row(const struct report_input *in, size_t i, struct text_table *g)
{
    const struct verdict *v = in->verdict;
    const struct partner_verdict *p = &v->partners[i];
    struct text_table_cell *row = text_table_row(g);
    bool seen = p->soonest != NULL;

    text_copy(row[PARTNER].text, sizeof row->text, p->id);
    text_table_fill(&row[STATE], p->state == STATE_OK, state_name(p->state));
    text_format(row[GATEWAYS].text, sizeof row->text, "%zu of %zu", p->gateways.ok,
                p->gateways.all);
    fill_check(&row[NAMES], seen,
               has_either(v, i, F_CERTIFICATE_HOST_MISMATCH, F_CERTIFICATE_CN_CHANGED));
    fill_check(&row[CA], seen, has_either(v, i, F_CERTIFICATE_NOT_TRUSTED, F_ISSUER_CHANGED));
    text_copy(row[DAYS].text, sizeof row->text, "-");
    if (seen)
        text_format(row[DAYS].text, sizeof row->text, "%.1f", p->soonest->expiry.days);
    fill_codes(&row[DIFFERS], v, i);
}

/* Cuts each text of the column in the middle to `width` characters, 5 or more. */
static void cut_column(struct text_table *g, size_t column, size_t width)
{
    for (size_t r = 0; r < g->rows; r++)
        text_table_cut(g->cells[r * COLUMNS + column].text, width);
}

/* Cuts the codes, then the partners' names, until the rows fit `width` (> 0) characters, or no more
 * can be cut. */
static void fit(struct text_table *g, size_t width)
{
    static const size_t columns[] = {DIFFERS, PARTNER}, least[] = {DIFFERS_LEAST, PARTNER_LEAST};

    for (size_t i = 0; i < 2; i++) {
        size_t now = text_table_width(g, 0, 0), longest = 0, excess = now - width;

        if (now <= width)
            return;
        for (size_t r = 0; r < g->rows; r++) {
            size_t w = text_width(g->cells[r * COLUMNS + columns[i]].text);

            longest = w > longest ? w : longest;
        }
        cut_column(g, columns[i], longest < excess + least[i] ? least[i] : longest - excess);
    }
}

bool report_partners_table(const struct report_input *in, struct text_table *out)
{
    size_t count = in->verdict->partner_count;

    if (!text_table_init(out, COLUMNS, count + 1, 1u << DAYS))
        return false;
    fill_head(out);
    for (size_t i = 0; i < count; i++)
        fill_row(in, i, out);
    return true;
}

void report_partners(const struct report_config *c, const struct report_input *in, struct text *out)
{
    struct text_table g;

    if (in->verdict->partner_count == 0)
        return;
    if (!report_partners_table(in, &g)) {
        out->failed = true;
        return;
    }
    if (c->width > 0)
        fit(&g, c->width);
    text_table_print(&g, c->width, c->colour, out);
    text_table_free(&g);
}
