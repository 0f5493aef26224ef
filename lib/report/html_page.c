/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/html_page.h"

#include <stdio.h>
#include <string.h>

#include "report/finding_text.h"

/* Paper is light, whatever the screen is. No row is cut by the end of a page. */
const char html_page_css[] =
    "\n"
    ":root { color-scheme: light dark; --text: #1d2329; --soft: #57606a; --page: #fff; --line: "
    "#d0d7de; --head: #f3f5f7;\n"
    "  --ok: #1a7f37; --warning: #8a5a00; --critical: #b3261e; --unknown: #6f42c1; --badge: #fff "
    "}\n"
    "@media screen and (prefers-color-scheme: dark) {\n"
    "  :root { --text: #e6edf3; --soft: #9aa4af; --page: #12161b; --line: #38414b; --head: "
    "#1c2229;\n"
    "    --ok: #56d364; --warning: #e3b341; --critical: #ff8a80; --unknown: #c9a6ff; --badge: "
    "#12161b }\n"
    "}\n"
    "@page { size: A4; margin: 14mm 12mm }\n"
    "body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--page); color: "
    "var(--text);\n"
    "  font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere }\n"
    "h1 { font-size: 1.6rem; margin: 0 0 .5rem }\n"
    "h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .8rem; border-top: 2px solid "
    "var(--line) }\n"
    "h3 { font-size: 1rem; margin: 1.4rem 0 .4rem }\n"
    "p, ul { margin: .3rem 0 }\n"
    "ul { padding-left: 1.3rem }\n"
    "a { color: inherit }\n"
    "header { border-left: .4rem solid var(--line); padding-left: 1rem; margin-bottom: 1.2rem }\n"
    ".when, .note { color: var(--soft) }\n"
    ".state { display: inline-block; padding: 0 .5em; border-radius: .3em; background: "
    "var(--soft); color: var(--badge);\n"
    "  font-size: .8rem; font-weight: 600; vertical-align: middle; overflow-wrap: normal; "
    "white-space: nowrap }\n"
    ".state.ok { background: var(--ok) } .state.warning { background: var(--warning) }\n"
    ".state.critical { background: var(--critical) } .state.unknown { background: var(--unknown) "
    "}\n"
    ".table { overflow-x: auto; margin: .5rem 0 }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: "
    "tabular-nums }\n"
    "caption { text-align: left; font-weight: 600; padding: .5rem 0 .2rem }\n"
    "th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; "
    "vertical-align: top }\n"
    "thead th { background: var(--head) }\n"
    "tbody th { font-weight: 600 }\n"
    ".facts { margin: .4rem 0 1rem } .facts tbody th { width: 11rem; background: var(--head) }\n"
    ".number { text-align: right }\n"
    "thead th, td.ok, td.fail, .number, .short { overflow-wrap: normal }\n"
    "@media screen { td.ok, td.fail { white-space: nowrap } }\n"
    "td.ok { color: var(--ok) } td.fail { color: var(--critical); font-weight: 600 }\n"
    ".differs { color: var(--critical); font-weight: 600; text-decoration: underline }\n"
    "article { border: 1px solid var(--line); border-left: .3rem solid var(--soft); padding: .4rem "
    ".8rem; margin: .5rem 0 }\n"
    "article.ok { border-left-color: var(--ok) } article.warning { border-left-color: "
    "var(--warning) }\n"
    "article.critical { border-left-color: var(--critical) } article.unknown { border-left-color: "
    "var(--unknown) }\n"
    "code, pre { font: .85em/1.4 ui-monospace, monospace }\n"
    "pre { white-space: pre-wrap; border: 1px solid var(--line); padding: .5rem; margin: .3rem 0 "
    "}\n"
    "@media print {\n"
    "  body { max-width: none; padding: 0; font-size: 10px } table { font-size: 8.5px } h1 { "
    "font-size: 17px }\n"
    "  h2 { font-size: 14px } h3 { font-size: 11.5px } th, td { padding: 2px 4px } .state { "
    "font-size: 8px }\n"
    "  .table { overflow-x: visible } .facts tbody th { width: 8rem }\n"
    "  .state, thead th, .facts tbody th { print-color-adjust: exact; -webkit-print-color-adjust: "
    "exact }\n"
    "  tr, article, caption { break-inside: avoid } h2, h3, caption { break-after: avoid }\n"
    "}\n";

#define CSS_DIGEST "sha256-wCegYotReo9nVrGgKdjHvfGVO7YM7QqVJxH2Vg8DMo8="

const char html_page_policy[] =
    "default-src 'none'; style-src '" CSS_DIGEST "'; base-uri 'none'; form-action 'none'";

/* Returns the class of a state in the style sheet; static. */
static const char *class_of(enum state s)
{
    static const char *const classes[] = {[STATE_OK] = "ok",
                                          [STATE_WARNING] = "warning",
                                          [STATE_CRITICAL] = "critical",
                                          [STATE_UNKNOWN] = "unknown"};

    return classes[s];
}

/* Writes the element meta with the attribute `name` and, unless `content` is NULL, with content. */
static void add_meta(struct html_writer *w, const char *name, const char *value,
                     const char *content)
{
    html_writer_open(w, "meta");
    html_writer_attribute(w, name, value);
    if (content)
        html_writer_attribute(w, "content", content);
    html_writer_close(w);
}

/* Writes the element head. `time`: as it is to be shown. */
static void add_head(struct html_writer *w, const struct html_page *p, const char *time)
{
    html_writer_open(w, "head");
    add_meta(w, "charset", "utf-8", NULL);
    add_meta(w, "http-equiv", "Content-Security-Policy", html_page_policy);
    add_meta(w, "name", "viewport", "width=device-width");
    add_meta(w, "name", "referrer", "no-referrer");
    html_writer_open(w, "title");
    html_writer_textf(w, "%s - %s, %s", state_name(p->state), p->heading, time);
    html_writer_close(w);
    html_writer_style(w, html_page_css);
    html_writer_close(w);
}

void html_page_begin(struct html_writer *w, const struct html_page *p, struct text *out)
{
    char time[40];

    text_time(time, sizeof time, p->time);
    html_writer_begin(w, out);
    html_writer_open(w, "html");
    html_writer_attribute(w, "lang", "en");
    add_head(w, p, time);
    html_writer_open(w, "body");
    html_writer_open(w, "header");
    html_writer_open(w, "h1");
    html_writer_textf(w, "%s ", p->heading);
    html_page_state(w, p->state);
    html_writer_close(w);
    html_writer_element(w, "p", NULL, p->line);
    html_writer_open(w, "p");
    html_writer_attribute(w, "class", "when");
    html_writer_textf(w, "As of %s", time);
    html_writer_close(w);
    html_writer_close(w);
    html_writer_open(w, "main");
}

void html_page_end(struct html_writer *w)
{
    while (w->depth > 0)
        html_writer_close(w);
}

void html_page_section(struct html_writer *w, const char *kind, size_t n, const char *heading,
                       const enum state *state)
{
    char name[64];

    snprintf(name, sizeof name, "%s-%zu", kind, n);
    html_writer_open(w, "section");
    html_writer_attribute(w, "id", name);
    html_writer_open(w, "h2");
    html_writer_text(w, heading);
    if (state) {
        html_writer_text(w, " ");
        html_page_state(w, *state);
    }
    html_writer_close(w);
}

void html_page_state(struct html_writer *w, enum state s)
{
    char class[32];

    snprintf(class, sizeof class, "state %s", class_of(s));
    html_writer_element(w, "span", class, state_name(s));
}

/* --- tables --- */

enum { SHORT = 16 }; /* characters of a text that is not broken inside a word */

/* One table under way. */
struct table {
    const struct text_table *t;
    const char *kind; /* of the sections that the first cells lead to; or NULL */
    unsigned used;    /* a bit for each column that is not empty */
};

/* Returns a bit for each column that has a text in some row, the head included; bit 0 is the first
 * column. */
static unsigned used_columns(const struct text_table *t)
{
    unsigned used = 0;

    for (size_t i = 0; i < t->rows * t->columns; i++) {
        if (t->cells[i].text[0])
            used |= 1u << i % t->columns;
    }
    return used;
}

/* Returns the classes of a cell, or NULL where it has none; static. `header`: the cell is in the
 * first row. */
static const char *cell_class(const struct table *g, const struct text_table_cell *cell,
                              size_t column, bool header)
{
    bool number = g->t->right & 1u << column;

    if (cell->mark == TEXT_TABLE_OK)
        return number ? "ok number" : "ok";
    if (cell->mark == TEXT_TABLE_FAIL)
        return number ? "fail number" : "fail";
    if (number)
        return "number";
    if (header || !cell->text[0] || text_width(cell->text) > SHORT)
        return NULL;
    return "short";
}

/* Writes the text of a cell. In the first column, below the head, it is a link to the section with
 * the row's index, "#KIND-1" for the first row after the head, unless g->kind is NULL. */
static void add_cell_text(struct html_writer *w, const struct table *g, size_t row, size_t column)
{
    const char *text = g->t->cells[row * g->t->columns + column].text;
    char to[64];

    if (!g->kind || row == 0 || column != 0 || !*text) {
        html_writer_text(w, text);
        return;
    }
    snprintf(to, sizeof to, "#%s-%zu", g->kind, row);
    html_writer_open(w, "a");
    html_writer_attribute(w, "href", to);
    html_writer_text(w, text);
    html_writer_close(w);
}

/* Writes one cell. The first row and the first column are headers of the others. */
static void add_cell(struct html_writer *w, const struct table *g, size_t row, size_t column)
{
    const struct text_table_cell *cell = &g->t->cells[row * g->t->columns + column];
    bool header = row == 0 || (column == 0 && cell->text[0]);
    const char *class = cell_class(g, cell, column, row == 0);

    html_writer_open(w, header ? "th" : "td");
    if (header)
        html_writer_attribute(w, "scope", row == 0 ? "col" : "row");
    if (class)
        html_writer_attribute(w, "class", class);
    add_cell_text(w, g, row, column);
    html_writer_close(w);
}

/* Writes the rows from `first` to before `end` in that element. */
static void add_rows(struct html_writer *w, const struct table *g, const char *element,
                     size_t first, size_t end)
{
    html_writer_open(w, element);
    for (size_t r = first; r < end; r++) {
        html_writer_open(w, "tr");
        for (size_t c = 0; c < g->t->columns; c++) {
            if (g->used & 1u << c)
                add_cell(w, g, r, c);
        }
        html_writer_close(w);
    }
    html_writer_close(w);
}

void html_page_table(struct html_writer *w, const struct text_table *t, const char *kind)
{
    const struct table g = {t, kind, used_columns(t)};

    html_writer_open(w, "div");
    html_writer_attribute(w, "class", "table");
    html_writer_open(w, "table");
    add_rows(w, &g, "thead", 0, 1);
    add_rows(w, &g, "tbody", 1, t->rows);
    html_writer_close(w);
    html_writer_close(w);
}

/* Writes a list with an item for each line, whose text `write` writes. */
static void add_lines(struct html_writer *w, const char *lines,
                      void (*write)(struct html_writer *w, const char *s, size_t len))
{
    html_writer_open(w, "ul");
    while (*lines) {
        size_t len = strcspn(lines, "\n");

        html_writer_open(w, "li");
        write(w, lines, len);
        html_writer_close(w);
        lines += len + (lines[len] == '\n');
    }
    html_writer_close(w);
}

void html_page_lines(struct html_writer *w, const char *lines)
{
    if (*lines)
        add_lines(w, lines, html_writer_bytes);
}

/* --- findings --- */

/* Writes `len` bytes of a text of finding.def. What is between a pair of backquotes becomes the
 * element code, without the backquotes. */
static void add_words(struct html_writer *w, const char *s, size_t len)
{
    const char *end = s + len;
    bool typed = false;

    while (s < end) {
        const char *mark = memchr(s, '`', (size_t)(end - s));
        size_t part = mark ? (size_t)(mark - s) : (size_t)(end - s);

        if (typed)
            html_writer_open(w, "code");
        html_writer_bytes(w, s, part);
        if (typed)
            html_writer_close(w);
        typed = !typed;
        s += part + 1;
    }
}

/* Writes what a finding means and what to do about it, whether or not that was written before. */
static void add_explanation(struct html_writer *w, enum finding_code code)
{
    const char *meaning = finding_text_meaning(code), *cure = finding_text_cure(code);

    html_writer_open(w, "p");
    html_writer_element(w, "b", NULL, "What it means:");
    html_writer_text(w, " ");
    add_words(w, meaning, strlen(meaning));
    html_writer_close(w);
    html_writer_open(w, "p");
    html_writer_element(w, "b", NULL, "What to do:");
    html_writer_close(w);
    add_lines(w, cure, add_words);
}

void html_page_finding(struct html_writer *w, const struct html_page_finding *f,
                       bool explained[FINDING_COUNT])
{
    html_writer_open(w, "article");
    html_writer_attribute(w, "class", class_of(f->state));
    html_writer_open(w, "p");
    html_page_state(w, f->state);
    html_writer_text(w, " ");
    if (*f->place) {
        html_writer_element(w, "b", NULL, f->place);
        html_writer_text(w, ": ");
    }
    html_writer_text(w, f->headline);
    if (*f->detail)
        html_writer_textf(w, "; %s", f->detail);
    html_writer_text(w, " ");
    html_writer_element(w, "code", NULL, finding_code_info(f->code)->code);
    html_writer_close(w);
    if (!explained[f->code])
        add_explanation(w, f->code);
    explained[f->code] = true;
    html_writer_close(w);
}
