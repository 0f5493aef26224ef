/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/ini.h"

#include <string.h>

#include "base/span.h"

static const char no_key[] = "neither a section, nor key = value";

struct reader {
    const char *name;
    ini_visit *handler;
    void *ctx;
    struct error *e;
    int line;
    char section[INI_SECTION_MAX + 1];
    char text[INI_LINE_MAX + 2]; /* of the line: a key and a value, each with its NUL */
};

/* Fills `e` with "NAME:LINE: WHAT" and tells the handler of the malformed line, by a section that
 * is NULL. Returns the answer of the handler: true to go on. */
static bool malformed(struct reader *r, const char *what)
{
    error_set(r->e, ERROR_FILE, "%.150s:%d: %s", r->name, r->line, what);
    return r->handler(r->ctx, NULL, NULL, NULL, r->line, r->e);
}

/* Space, tab, CR, VT and FF, but not LF. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Returns the span without blanks, as is_blank has them, at either end; it may be empty. */
static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(*s.at))
        s = (struct span){s.at + 1, s.len - 1};
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

/* Returns a trimmed line without the comment at its end, trimmed again. A "#" begins a comment only
 * after a blank, so that one in first place stays. */
static struct span without_comment(struct span line)
{
    for (size_t i = 1; i < line.len; i++) {
        if (line.at[i] == '#' && is_blank(line.at[i - 1]))
            line.len = i;
    }
    return trim(line);
}

/* Takes a trimmed line that begins with "[". The name, as it is between the brackets, becomes
 * r->section; text after "]" is passed over. Returns the handler's answer, also where the line is
 * malformed. */
static bool on_heading(struct reader *r, struct span line)
{
    const char *close = memchr(line.at, ']', line.len);
    struct span name;

    if (!close)
        return malformed(r, no_key);
    name = (struct span){line.at + 1, (size_t)(close - line.at) - 1};
    if (!span_copy(name, r->section, sizeof r->section))
        return malformed(r, "section name too long");
    return r->handler(r->ctx, r->section, NULL, NULL, r->line, r->e);
}

/* Takes a trimmed line of 1 to INI_LINE_MAX bytes, none of them NUL: "KEY = VALUE", "KEY: VALUE" or
 * "KEY". Returns the handler's answer, also where the line is malformed. */
static bool on_key(struct reader *r, struct span line)
{
    size_t split = 0;
    struct span key, value = {0};
    char *end;

    while (split < line.len && line.at[split] != '=' && line.at[split] != ':')
        split++;
    key = trim((struct span){line.at, split});
    if (key.len == 0)
        return malformed(r, no_key);
    /* A colon separates, too, so that of an address may have been taken. */
    if (memchr(key.at, ' ', key.len) || memchr(key.at, '\t', key.len))
        return malformed(r, "expected key = value, seen a blank in the key");
    if (split < line.len)
        value = trim((struct span){line.at + split + 1, line.len - split - 1});
    memcpy(r->text, key.at, key.len);
    end = r->text + key.len;
    *end++ = '\0';
    if (split == line.len)
        return r->handler(r->ctx, r->section, r->text, NULL, r->line, r->e);
    memcpy(end, value.at, value.len);
    end[value.len] = '\0';
    return r->handler(r->ctx, r->section, r->text, end, r->line, r->e);
}

/* Takes a line of any length, without newline, as `trim` returns it; r->line is its number. The
 * handler hears nothing of a line that is empty or a comment. False: the handler ended the reading
 * and has filled r->e. */
static bool on_line(struct reader *r, struct span line)
{
    if (memchr(line.at, '\0', line.len))
        return malformed(r, "NUL byte");
    if (line.len > INI_LINE_MAX)
        return malformed(r, "line too long");
    line = without_comment(line);
    if (line.len == 0 || *line.at == ';' || *line.at == '#')
        return true;
    return *line.at == '[' ? on_heading(r, line) : on_key(r, line);
}

bool ini_read(const char *name, const char *data, size_t len, ini_visit *handler, void *ctx,
              struct error *e)
{
    struct reader r = {.name = name, .handler = handler, .ctx = ctx, .e = e};
    struct span rest = {data, len};

    if (len > INI_SIZE_MAX)
        return error_set(e, ERROR_FILE, "%.150s: larger than 4 MiB", name);
    span_skip(&rest, "\xef\xbb\xbf"); /* byte-order mark */
    while (rest.len > 0) {
        r.line++;
        if (!on_line(&r, trim(span_until(&rest, '\n'))))
            return false;
    }
    return true;
}
