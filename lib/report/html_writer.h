/* SPDX-License-Identifier: BSD-2-Clause */
/* html_writer: an HTML document, written element by element, in which a text stays a text.
 *
 * Hides how texts and attributes are escaped, and where lines end: no caller writes markup. Names
 * of elements and attributes are the program's own and static; what is read in the network is only
 * ever a text or the value of an attribute. Pure. */
#ifndef REPORT_HTML_WRITER_H
#define REPORT_HTML_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { HTML_WRITER_DEPTH = 24 };

struct html_writer {
    struct text *out;                    /* the caller's; out->failed says that memory ran out */
    const char *open[HTML_WRITER_DEPTH]; /* elements that are open */
    size_t depth;
    bool in_tag; /* attributes of the innermost element may follow */
};

/* Begins a document in *out by its type. */
void html_writer_begin(struct html_writer *w, struct text *out);

/* Opens an element, at most HTML_WRITER_DEPTH inside each other. html_writer_close closes the
 * innermost one; "meta" and "br", which have no content, are closed by it, too. */
void html_writer_open(struct html_writer *w, const char *element);
void html_writer_close(struct html_writer *w);

/* An attribute of the element that was just opened, before its content. */
void html_writer_attribute(struct html_writer *w, const char *name, const char *value);

/* A text in the element that is open. `<`, `>`, `&` and quotes are escaped; what HTML does not
 * allow, control characters and invalid UTF-8, becomes U+FFFD. */
void html_writer_text(struct html_writer *w, const char *s);
/* The same of `len` bytes. */
void html_writer_bytes(struct html_writer *w, const char *s, size_t len);
/* The same of a format's result, which is cut to 1 KiB. */
void html_writer_textf(struct html_writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes in *w->out that a text of the page is not whole. */
void html_writer_check(struct html_writer *w, const struct text *t);

/* A whole element with a text in it. `class` NULL: without that attribute. */
void html_writer_element(struct html_writer *w, const char *element, const char *class,
                         const char *text);

/* The element style with the program's own style sheet, which must not contain `</`. */
void html_writer_style(struct html_writer *w, const char *css);

#endif
