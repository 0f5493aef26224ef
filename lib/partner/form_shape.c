/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form_shape.h"

#include <stdbool.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"

/* Whether a text begins with a byte-order mark of UTF-16, or has a NUL in its first two bytes. */
static bool is_utf16(const char *text, size_t len)
{
    return len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
                        text[0] == '\0' || text[1] == '\0');
}

/* The number of the line, from 1, that has the byte with that index. */
static int line_at(const char *text, size_t at)
{
    int line = 1;

    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* The first line that is neither blank nor a comment, without blanks at its ends, a part of
 * `rest`; *line is its number. An empty span: there is none, and *line is one too many. */
static struct span first_line(struct span rest, int *line)
{
    struct span s = {0};

    span_skip(&rest, "\xef\xbb\xbf"); /* byte-order mark */
    for (*line = 0; rest.len > 0; ++*line) {
        s = span_until(&rest, '\n');
        if (s.len > 0 && s.at[s.len - 1] == '\r')
            s.len--;
        s = span_trim(s);
        if (s.len > 0 && *s.at != '#' && *s.at != ';')
            break;
        s.len = 0;
    }
    ++*line;
    return s;
}

/* Whether JSON begins with that line, which is trimmed. An array may have its first bracket alone
 * on a line. */
static bool is_json(struct span line)
{
    if (line.len > 0 && *line.at == '{')
        return true;
    if (!span_skip(&line, "["))
        return false;
    line = span_trim(line);
    return line.len == 0 || *line.at == '{' || *line.at == '"';
}

/* Whether a line, which is trimmed, is one of a table: it has two separators of columns, and
 * nothing that a form has. */
static bool is_table(struct span line)
{
    static const char separators[] = ";,\t";

    if (line.len == 0 || *line.at == '[' || memchr(line.at, '=', line.len))
        return false;
    for (const char *c = separators; *c; c++) {
        const char *first = memchr(line.at, *c, line.len);

        if (first && memchr(first + 1, *c, line.len - (size_t)(first + 1 - line.at)))
            return true;
    }
    return false;
}

const char *form_shape(const char *text, size_t len, int *line)
{
    size_t valid = text_utf8(text, len);
    struct span first;

    *line = 1;
    if (is_utf16(text, len))
        return "UTF-16: save the file as UTF-8";
    if (valid < len) {
        *line = line_at(text, valid);
        return "not UTF-8: if the file is in Latin-1, use iconv -f latin1 -t utf-8";
    }
    first = first_line((struct span){text, len}, line);
    if (is_json(first))
        return "JSON, not a form";
    if (is_table(first))
        return "a table (CSV), not a form";
    return NULL;
}
