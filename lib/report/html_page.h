/* SPDX-License-Identifier: BSD-2-Clause */
/* html_page: what all HTML reports share: the page around them, its style sheet, and tables.
 *
 * A page needs nothing else: no script, no picture, no font. It forbids a browser to load or run
 * anything, for the case that a text got past html_writer. */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include <time.h>

#include "policy/finding_code.h"
#include "policy/state.h"
#include "report/html_writer.h"
#include "report/text_table.h"

struct html_page {
    const char *heading; /* what the page is about */
    const char *line;    /* the first line of the other formats */
    enum state state;
    time_t time; /* as of which it is judged */
};

/* The only style sheet, and the policy that allows nothing else (Content Security Policy Level 3):
 * it names the style sheet's SHA-256. */
extern const char html_page_css[], html_page_policy[];

/* Begins a page as far as the beginning of its content. */
void html_page_begin(struct html_writer *w, const struct html_page *p, struct text *out);
/* Ends it. */
void html_page_end(struct html_writer *w);

/* A section with a heading, and the state beside it unless NULL. Its name is "KIND-N". The caller
 * closes it by html_writer_close. */
void html_page_section(struct html_writer *w, const char *kind, size_t n, const char *heading,
                       const enum state *state);

/* A state as a word in its colour. */
void html_page_state(struct html_writer *w, enum state s);

/* A table of which the first row is the head, without the columns that are empty. `kind` not NULL:
 * the first cells lead to the sections of that kind: that of the row after the head to "KIND-1". */
void html_page_table(struct html_writer *w, const struct text_table *t, const char *kind);

/* The lines of a text as a list; nothing for "". */
void html_page_lines(struct html_writer *w, const char *lines);

/* A finding, where it is (may be ""), and what it says. `explained`: codes that were explained on
 * this part of the page; what it means and what to do follow unless its code is among them, which
 * it then is. */
struct html_page_finding {
    enum finding_code code;
    enum state state;
    const char *place, *headline, *detail;
};
void html_page_finding(struct html_writer *w, const struct html_page_finding *f,
                       bool explained[FINDING_COUNT]);

#endif
