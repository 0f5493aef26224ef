/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/html_writer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* How an element is laid out; elements that are not in the table are part of a line. */
enum { BREAK_INSIDE = 1, BREAK_AFTER = 2, IS_VOID = 4 };

static const struct {
    const char *element;
    unsigned how;
} layout[] = {
    {"html", BREAK_INSIDE | BREAK_AFTER},
    {"head", BREAK_INSIDE | BREAK_AFTER},
    {"body", BREAK_INSIDE | BREAK_AFTER},
    {"header", BREAK_INSIDE | BREAK_AFTER},
    {"main", BREAK_INSIDE | BREAK_AFTER},
    {"section", BREAK_INSIDE | BREAK_AFTER},
    {"article", BREAK_INSIDE | BREAK_AFTER},
    {"div", BREAK_INSIDE | BREAK_AFTER},
    {"table", BREAK_INSIDE | BREAK_AFTER},
    {"thead", BREAK_INSIDE | BREAK_AFTER},
    {"tbody", BREAK_INSIDE | BREAK_AFTER},
    {"ul", BREAK_INSIDE | BREAK_AFTER},
    {"meta", BREAK_AFTER | IS_VOID},
    {"br", IS_VOID},
    {"title", BREAK_AFTER},
    {"style", BREAK_AFTER},
    {"h1", BREAK_AFTER},
    {"h2", BREAK_AFTER},
    {"h3", BREAK_AFTER},
    {"p", BREAK_AFTER},
    {"caption", BREAK_AFTER},
    {"tr", BREAK_AFTER},
    {"li", BREAK_AFTER},
    {"pre", BREAK_AFTER},
};

/* Returns the bits of an element's layout; 0 where it is part of a line. */
static unsigned layout_of(const char *element)
{
    for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
        if (strcmp(layout[i].element, element) == 0)
            return layout[i].how;
    }
    return 0;
}

/* Ends the start tag of the innermost element, if its attributes are not over yet. */
static void end_tag(struct html_writer *w)
{
    if (!w->in_tag)
        return;
    w->in_tag = false;
    text_add(w->out, ">");
    if (layout_of(w->open[w->depth - 1]) & BREAK_INSIDE)
        text_add(w->out, "\n");
}

void html_writer_begin(struct html_writer *w, struct text *out)
{
    *w = (struct html_writer){.out = out};
    text_add(out, "<!DOCTYPE html>\n");
}

void html_writer_open(struct html_writer *w, const char *element)
{
    assert(w->depth < HTML_WRITER_DEPTH);
    end_tag(w);
    text_addf(w->out, "<%s", element);
    w->open[w->depth++] = element;
    w->in_tag = true;
}

void html_writer_close(struct html_writer *w)
{
    const char *element;
    unsigned how;

    assert(w->depth > 0);
    end_tag(w);
    element = w->open[--w->depth];
    how = layout_of(element);
    if (!(how & IS_VOID))
        text_addf(w->out, "</%s>", element);
    if (how & BREAK_AFTER)
        text_add(w->out, "\n");
}

/* Returns what stands for an ASCII character in a text or in an attribute's value; NULL where it
 * stands for itself. Static. */
static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
    case '\n':
        return NULL;
    default:
        return (unsigned char)c < 0x20 || c == 0x7f ? REPLACEMENT : NULL;
    }
}

/* Returns how many bytes, 1 to 4, a character of valid UTF-8 has that begins with this byte. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xe0)
        return 2;
    return first < 0xf0 ? 3 : 4;
}

/* Whether HTML forbids a character of `len` bytes, 2 or more: a control character of ISO 6429 or
 * a noncharacter of Unicode. */
static bool is_forbidden(const unsigned char *s, size_t len)
{
    uint32_t point = s[0] & (0xffu >> (len + 1));

    for (size_t i = 1; i < len; i++)
        point = point << 6 | (s[i] & 0x3f);
    return point < 0xa0 || (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

/* Appends the first character of valid UTF-8, escaped where it must be. Returns how many bytes of
 * `s` it has, 1 to 4. */
static size_t add_character(struct text *out, const char *s)
{
    size_t len = length_of((unsigned char)*s);
    const char *escape = NULL;

    if (len == 1)
        escape = escape_of(*s);
    else if (is_forbidden((const unsigned char *)s, len))
        escape = REPLACEMENT;
    if (escape)
        text_add(out, escape);
    else
        text_add_bytes(out, s, len);
    return len;
}

/* Appends `len` bytes so that they are nothing but text; NUL is a control character, too. */
static void add_escaped(struct text *out, const char *s, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t valid = at + text_utf8(s + at, len - at);

        while (at < valid)
            at += add_character(out, s + at);
        if (at == len)
            return;
        text_add(out, REPLACEMENT);
        at++;
    }
}

void html_writer_attribute(struct html_writer *w, const char *name, const char *value)
{
    assert(w->in_tag);
    text_addf(w->out, " %s=\"", name);
    add_escaped(w->out, value, strlen(value));
    text_add(w->out, "\"");
}

void html_writer_bytes(struct html_writer *w, const char *s, size_t len)
{
    end_tag(w);
    add_escaped(w->out, s, len);
}

void html_writer_text(struct html_writer *w, const char *s)
{
    html_writer_bytes(w, s, strlen(s));
}

void html_writer_textf(struct html_writer *w, const char *format, ...)
{
    char buf[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(buf, sizeof buf, format, args);
    va_end(args);
    html_writer_text(w, buf);
}

void html_writer_check(struct html_writer *w, const struct text *t)
{
    w->out->failed = w->out->failed || t->failed;
    w->out->cut = w->out->cut || t->cut;
}

void html_writer_element(struct html_writer *w, const char *element, const char *class,
                         const char *text)
{
    html_writer_open(w, element);
    if (class)
        html_writer_attribute(w, "class", class);
    html_writer_text(w, text);
    html_writer_close(w);
}

void html_writer_style(struct html_writer *w, const char *css)
{
    assert(!strstr(css, "</"));
    html_writer_open(w, "style");
    end_tag(w);
    text_add(w->out, css);
    html_writer_close(w);
}
