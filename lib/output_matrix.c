#include "output_matrix.h"

#include <string.h>

#include "grid.h"

enum { COLUMNS = 10, PREFERENCE = 1 };

struct matrix {
    struct grid grid;
    int asked[COLUMNS], passed[COLUMNS];
};

/* "1,006ms" */
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

/* The stage of a column, in the order that the stages have. */
static enum stage column_stage(size_t column)
{
    size_t at = 2;

    for (int s = 0; s < STAGE_COUNT; s++) {
        if (stage_info((enum stage)s)->column && at++ == column)
            return (enum stage)s;
    }
    return STAGE_COUNT;
}

static void fill_stage(struct matrix *g, struct grid_cell *cell, size_t column, bool passed,
                       int64_t us)
{
    char ms[40];

    g->asked[column]++;
    g->passed[column] += passed;
    cell->mark = passed ? GRID_OK : GRID_FAIL;
    text_copy(cell->text, sizeof cell->text, passed ? "OK" : "FAIL");
    if (!passed || us < 0)
        return;
    milliseconds(us, ms, sizeof ms);
    text_format(cell->text, sizeof cell->text, "OK (%s)", ms);
}

/* MAIL and RCPT are asked only where there is somebody to ask for. */
static bool is_asked(const struct resolve_target *t, enum stage s)
{
    return (s != STAGE_MAIL && s != STAGE_RCPT) || t->ask->recipient ||
           t->ask->terms->refuses_plaintext;
}

static void fill_row(const struct report_input *in, struct matrix *g,
                     const struct resolve_target *t, const struct resolve_mx *mx, size_t address)
{
    const struct resolve_host *h = &in->resolution->hosts[mx->host];
    struct grid_cell *row = grid_row(&g->grid);
    bool none = address >= h->address_count;

    if (h->literal)
        text_format(row[0].text, GRID_CELL, "[%s]", h->shown);
    else
        text_format(row[0].text, GRID_CELL, "%s [%s]", h->shown,
                    none ? "no address" : h->addresses[address].text);
    if (t->ask->kind != RESOLVE_HOST)
        text_format(row[1].text, GRID_CELL, "%u", mx->preference);
    for (size_t c = 2; c < COLUMNS; c++) {
        enum stage s = column_stage(c);

        if (!is_asked(t, s))
            text_copy(row[c].text, GRID_CELL, "-");
        else if (none)
            fill_stage(g, &row[c], c, false, -1);
        else
            fill_stage(g, &row[c], c, in->verdict->hosts[mx->host].addresses[address].passed[s],
                       report_observation(in, mx->host, address)->stages[s].us);
    }
}

static void fill_head(struct matrix *g)
{
    struct grid_cell *row = grid_row(&g->grid);

    text_copy(row[0].text, GRID_CELL, "MX Server");
    text_copy(row[1].text, GRID_CELL, "Pref");
    for (size_t c = 2; c < COLUMNS; c++)
        text_copy(row[c].text, GRID_CELL, stage_info(column_stage(c))->column);
}

static void fill_average(struct matrix *g)
{
    struct grid_cell *row = grid_row(&g->grid);

    text_copy(row[0].text, GRID_CELL, "Average");
    for (size_t c = 2; c < COLUMNS; c++) {
        if (g->asked[c] == 0)
            text_copy(row[c].text, GRID_CELL, "-");
        else
            text_format(row[c].text, GRID_CELL, "%d%%",
                        (100 * g->passed[c] + g->asked[c] / 2) / g->asked[c]);
    }
}

static size_t row_count(const struct resolution *r, const struct resolve_target *t)
{
    size_t rows = 0;

    for (size_t m = 0; m < t->mx_count; m++) {
        size_t n = r->hosts[t->mx[m].host].address_count;

        rows += n ? n : 1;
    }
    return rows;
}

static void fill_grid(const struct report_input *in, const struct resolve_target *t,
                      struct matrix *g)
{
    fill_head(g);
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t n = in->resolution->hosts[t->mx[m].host].address_count;

        for (size_t a = 0; a < (n ? n : 1); a++)
            fill_row(in, g, t, &t->mx[m], a);
    }
    fill_average(g);
}

void output_matrix_of(const struct report_config *c, const struct report_input *in, size_t target,
                      struct text *out)
{
    const struct resolve_target *t = &in->resolution->targets[target];
    const char *name = report_target(t);
    struct matrix g = {0};
    char clean[256];

    if (!grid_init(&g.grid, COLUMNS, row_count(in->resolution, t) + 2, 1u << PREFERENCE)) {
        out->failed = true;
        return;
    }
    text_clean(clean, sizeof clean, name, strlen(name));
    text_addf(out, "TLS confidence factor for \"%s\"", clean);
    if (in->fleet &&
        t->ask->terms->refuses_plaintext) /* whose table stands there for each sender */
        text_addf(out, ", mail from %s", t->ask->terms->sender);
    text_addf(out, ": %d\n", in->verdict->targets[target].confidence);
    fill_grid(in, t, &g);
    if (t->mx_count > 0)
        grid_print(&g.grid, c->colour, out);
    grid_free(&g.grid);
}

void output_matrix(const struct report_config *c, const struct report_input *in, struct text *out)
{
    for (size_t t = 0; t < in->resolution->target_count; t++) {
        if (!resolve_is_empty(&in->resolution->targets[t]))
            output_matrix_of(c, in, t, out);
    }
}
