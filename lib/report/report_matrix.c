/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_matrix.h"

#include <string.h>

enum { COLUMNS = 10, PREFERENCE = 1 };

/* How a gateway's row is laid out; the first is taken that fits the terminal. */
enum layout {
    WIDE,  /* host and address in front of the stages */
    ASKED, /* the same, without MAIL and RCPT where nobody is asked for */
    HOSTS, /* the same, with the host on a line of its own, addresses below */
    SHORT, /* the same, without the words OK */
    LINES, /* the same, each address on a line of its own, too */
    LAYOUTS
};

struct matrix {
    enum layout layout;
    struct text_table table;
    int asked[COLUMNS], passed[COLUMNS];
};

/* Writes microseconds, 0 or more, as rounded milliseconds: "1,006ms". */
static void milliseconds(int64_t us, char *out, size_t cap)
{
    long ms = (long)((us + 500) / 1000);

    if (ms < 1000)
        text_format(out, cap, "%ldms", ms);
    else if (ms < 1000000)
        text_format(out, cap, "%ld,%03ldms", ms / 1000, ms % 1000);
    else
        text_format(out, cap, "%ld,%03ld,%03ldms", ms / 1000000, ms / 1000 % 1000, ms % 1000);
}

/* Returns the stage of a column, which begin with 2, in the order that the stages have; STAGE_COUNT
 * for any other column. */
static enum stage column_stage(size_t column)
{
    size_t at = 2;

    for (int s = 0; s < STAGE_COUNT; s++) {
        if (stage_info((enum stage)s)->column && at++ == column)
            return (enum stage)s;
    }
    return STAGE_COUNT;
}

/* Writes OK or FAIL, with the time where the stage passed, and counts it for the average. `us` in
 * microseconds; below 0: no time. */
static void fill_stage(struct matrix *g, struct text_table_cell *cell, size_t column, bool passed,
                       int64_t us)
{
    size_t cap = sizeof cell->text;
    char ms[40];

    g->asked[column]++;
    g->passed[column] += passed;
    text_table_verdict(cell, passed);
    if (!passed || us < 0)
        return;
    milliseconds(us, ms, sizeof ms);
    if (g->layout >= SHORT)
        text_copy(cell->text, cap, ms);
    else
        text_format(cell->text, cap, "OK (%s)", ms);
}

/* Whether the stage is asked for. MAIL and RCPT are asked for only where the target has a recipient
 * of its own, or where plaintext must be refused: plan.c then finds a recipient for any target. */
static bool is_asked(const struct resolve_target *t, enum stage s)
{
    return (s != STAGE_MAIL && s != STAGE_RCPT) || t->target->recipient ||
           t->target->policy->refuses_plaintext;
}

/* Whether the layout has a column for the stage. Columns of nothing but hyphens are shown where
 * there is room. */
static bool is_shown(const struct matrix *g, const struct resolve_target *t, enum stage s)
{
    return g->layout == WIDE || is_asked(t, s);
}

/* Adds a row and returns its cells: the first has host and address, the second the preference,
 * unless a host was asked for; those of the stages follow, empty. `address` NULL: there is none. */
static struct text_table_cell *wide_row(struct matrix *g, const struct resolve_target *t,
                                        const struct resolve_mx *mx, const struct resolve_host *h,
                                        const char *address)
{
    struct text_table_cell *row = text_table_row(&g->table);

    if (h->literal)
        text_format(row[0].text, TEXT_TABLE_CELL, "[%s]", h->shown);
    else
        text_format(row[0].text, TEXT_TABLE_CELL, "%s [%s]", h->shown,
                    address ? address : "no address");
    if (t->target->kind != TARGET_HOST)
        text_format(row[1].text, TEXT_TABLE_CELL, "%u", mx->preference);
    return row;
}

/* Adds a row and returns its cells, as wide_row does, without preference. The headings that the
 * layout has are added before the row, that of the host before its first address. `address` is the
 * text in `h` itself; NULL: there is none. */
static struct text_table_cell *narrow_row(struct matrix *g, const struct resolve_target *t,
                                          const struct resolve_mx *mx, const struct resolve_host *h,
                                          const char *address)
{
    bool first = !address || address == h->addresses[0].text;
    char line[TEXT_TABLE_CELL];
    struct text_table_cell *row;

    text_copy(line, sizeof line, h->shown);
    if (t->target->kind != TARGET_HOST)
        text_format(line, sizeof line, "%s, preference %u", h->shown, mx->preference);
    if (first)
        text_table_heading(&g->table, line);
    if (address)
        text_format(line, sizeof line, "  [%s]", address);
    else
        text_copy(line, sizeof line, "  no address");
    if (g->layout == LINES)
        text_table_heading(&g->table, line);
    row = text_table_row(&g->table);
    text_copy(row[0].text, TEXT_TABLE_CELL, g->layout == LINES ? "   " : line);
    return row;
}

/* Adds the row of one address, by its index, of the MX host `mx`, which is one of the target `t`;
 * address_count or more: the host has none. */
static void fill_row(const struct report_input *in, struct matrix *g,
                     const struct resolve_target *t, const struct resolve_mx *mx, size_t address)
{
    const struct resolve_host *h = &in->facts->resolution->hosts[mx->host];
    bool none = address >= h->address_count;
    const char *text = none ? NULL : h->addresses[address].text;
    struct text_table_cell *row;

    if (g->layout < HOSTS)
        row = wide_row(g, t, mx, h, text);
    else
        row = narrow_row(g, t, mx, h, text);
    for (size_t c = 2; c < COLUMNS; c++) {
        enum stage s = column_stage(c);

        if (!is_shown(g, t, s))
            continue;
        if (!is_asked(t, s))
            text_copy(row[c].text, TEXT_TABLE_CELL, "-");
        else if (none)
            fill_stage(g, &row[c], c, false, -1);
        else
            fill_stage(g, &row[c], c, in->verdict->hosts[mx->host].addresses[address].passed[s],
                       facts_observation(in->facts, mx->host, address)->stages[s].us);
    }
}

/* Adds a row that is no gateway's and returns its cells: `name` is in the first, or above the
 * row. */
static struct text_table_cell *named_row(struct matrix *g, const char *name)
{
    struct text_table_cell *row;

    if (g->layout == LINES)
        text_table_heading(&g->table, name);
    row = text_table_row(&g->table);
    text_copy(row[0].text, TEXT_TABLE_CELL, g->layout == LINES ? "   " : name);
    return row;
}

/* Adds the row of the columns' heads. */
static void fill_head(struct matrix *g, const struct resolve_target *t)
{
    struct text_table_cell *row = named_row(g, "MX Server");

    if (g->layout < HOSTS)
        text_copy(row[1].text, TEXT_TABLE_CELL, "Pref");
    for (size_t c = 2; c < COLUMNS; c++) {
        enum stage s = column_stage(c);

        if (is_shown(g, t, s))
            text_copy(row[c].text, TEXT_TABLE_CELL, stage_info(s)->column);
    }
}

/* Adds the row of averages. All other rows must be there. */
static void fill_average(struct matrix *g, const struct resolve_target *t)
{
    struct text_table_cell *row = named_row(g, "Average");

    for (size_t c = 2; c < COLUMNS; c++) {
        if (!is_shown(g, t, column_stage(c)))
            continue;
        if (g->asked[c] == 0)
            text_copy(row[c].text, TEXT_TABLE_CELL, "-");
        else
            text_format(row[c].text, TEXT_TABLE_CELL, "%d%%",
                        (100 * g->passed[c] + g->asked[c] / 2) / g->asked[c]);
    }
}

/* Returns how many rows a table of the target has at most, in whatever layout. */
static size_t row_limit(const struct resolution *r, const struct plan_target *t)
{
    size_t rows = 2 * 2;

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t n = r->hosts[t->mx[m].host].address_count;

        rows += 1 + 2 * (n ? n : 1);
    }
    return rows;
}

/* Adds all rows of one target to a table that is empty and has room. */
static void fill_grid(const struct report_input *in, const struct plan_target *t, struct matrix *g)
{
    fill_head(g, t->resolved);
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t n = in->facts->resolution->hosts[t->mx[m].host].address_count;

        for (size_t a = 0; a < (n ? n : 1); a++)
            fill_row(in, g, t->resolved, &t->mx[m], a);
    }
    fill_average(g, t->resolved);
}

/* Returns how many characters the table's rows take where a stage lasts some seconds. All rows must
 * be there. */
static size_t usual_width(const struct matrix *g)
{
    size_t least = strlen(g->layout >= SHORT ? "9,999ms" : "OK (9,999ms)");
    unsigned stages = 0;

    for (size_t c = 2; c < COLUMNS; c++) {
        if (g->asked[c] > 0)
            stages |= 1u << c;
    }
    return text_table_width(&g->table, stages, least);
}

/* Makes *g in the widest layout that fits; the caller frees g->table by text_table_free. False: out
 * of memory. */
static bool make_table(const struct report_config *c, const struct report_input *in,
                       const struct plan_target *t, struct matrix *g)
{
    size_t limit = row_limit(in->facts->resolution, t);

    for (enum layout layout = WIDE; layout < LAYOUTS; layout++) {
        *g = (struct matrix){.layout = layout};
        if (!text_table_init(&g->table, COLUMNS, limit, 1u << PREFERENCE))
            return false;
        fill_grid(in, t, g);
        if (c->width == 0 || layout == LINES || usual_width(g) <= c->width)
            break;
        text_table_free(&g->table);
    }
    return true;
}

void report_matrix_title(const struct report_input *in, size_t target, struct text *out)
{
    const struct resolve_target *t = in->facts->plan->targets[target].resolved;
    char clean[256];

    report_clean_target(t, clean, sizeof clean);
    text_addf(out, "TLS confidence factor for \"%s\"", clean);
    if (t->target->role == TARGET_OWN_GATEWAY) /* which has a table for each sender */
        text_addf(out, ", mail from %s", t->target->policy->sender);
    text_addf(out, ": %d", in->verdict->targets[target].confidence);
}

bool report_matrix_table(const struct report_input *in, size_t target, struct text_table *out)
{
    const struct plan_target *t = &in->facts->plan->targets[target];
    struct matrix g = {.layout = WIDE};

    if (!text_table_init(&g.table, COLUMNS, row_limit(in->facts->resolution, t), 1u << PREFERENCE))
        return false;
    fill_grid(in, t, &g);
    *out = g.table;
    return true;
}

void report_matrix_of(const struct report_config *c, const struct report_input *in, size_t target,
                      struct text *out)
{
    const struct plan_target *t = &in->facts->plan->targets[target];
    struct matrix g;

    if (!make_table(c, in, t, &g)) {
        out->failed = true;
        return;
    }
    report_matrix_title(in, target, out);
    text_add(out, "\n");
    if (t->mx_count > 0)
        text_table_print(&g.table, c->width, c->colour, out);
    text_table_free(&g.table);
}

void report_matrix(const struct report_config *c, const struct report_input *in, struct text *out)
{
    for (size_t t = 0; t < in->facts->resolution->target_count; t++) {
        if (!plan_target_is_empty(&in->facts->plan->targets[t]))
            report_matrix_of(c, in, t, out);
    }
}
