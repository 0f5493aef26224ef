/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/json_writer.h"

#include <string.h>

enum { INDENT = 2 }; /* blanks for each object or array that is open: at most two */

/* Appends a newline and the blanks of the next line. The depth is 2 at most. */
static void add_newline(struct json_writer *w)
{
    static const char blanks[] = "    ";

    text_add(w->out, "\n");
    text_add_bytes(w->out, blanks, w->depth * INDENT);
}

/* Appends what is before a member's value: a comma except before the first, a newline, and the key,
 * which must need no escapes. `key` NULL: none, in an array. The caller appends the value. */
static void begin_member(struct json_writer *w, const char *key)
{
    if (w->any)
        text_add(w->out, ",");
    w->any = true;
    add_newline(w);
    if (key)
        text_addf(w->out, "\"%s\": ", key);
}

/* Appends the opening bracket, "{" or "[", and goes one level down. */
static void begin_members(struct json_writer *w, const char *bracket)
{
    text_add(w->out, bracket);
    w->depth++;
    w->any = false;
}

/* Goes one level up, and appends the closing bracket, on a line of its own where there was a
 * member. The outer level then has a member. */
static void end_members(struct json_writer *w, const char *bracket)
{
    w->depth--;
    if (w->any)
        add_newline(w);
    text_add(w->out, bracket);
    w->any = true;
}

/* The callback of json_dump_callback for the writer `arg`: appends a part of what jansson writes,
 * indented for w->depth, because jansson indents from the margin. A newline inside a string is
 * escaped. Always 0. */
static int add_chunk(const char *chunk, size_t len, void *arg)
{
    struct json_writer *w = arg;

    while (len > 0) {
        const char *newline = memchr(chunk, '\n', len);
        size_t line = newline ? (size_t)(newline - chunk) : len;

        text_add_bytes(w->out, chunk, line);
        if (!newline)
            break;
        add_newline(w);
        chunk = newline + 1;
        len -= line + 1;
    }
    return 0;
}

void json_writer_begin(struct json_writer *w, struct text *out)
{
    *w = (struct json_writer){.out = out};
    begin_members(w, "{");
}

/* json_dumps would lose a key, unnoticed, where its own buffer cannot grow. */
void json_writer_add(struct json_writer *w, const char *key, json_t *value)
{
    size_t flags = JSON_INDENT(INDENT) | JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY;

    begin_member(w, key);
    if (json_dump_callback(value, add_chunk, w, flags) != 0)
        w->out->failed = true;
    json_decref(value);
}

void json_writer_open(struct json_writer *w, const char *key)
{
    begin_member(w, key);
    begin_members(w, "[");
}

void json_writer_close(struct json_writer *w)
{
    end_members(w, "]");
}

void json_writer_end(struct json_writer *w)
{
    end_members(w, "}");
    text_add(w->out, "\n");
}
