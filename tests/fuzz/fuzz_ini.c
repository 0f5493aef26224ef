/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files: what the handler gets stands on the line that it is told, and errors name a line. */
#include <string.h>

#include "fuzz.h"
#include "base/ini.h"

struct seen {
    const uint8_t *data;
    size_t size;
    int lines, last, keys, stop_after;
    bool goes_on;
};

static bool line_has(const struct seen *s, int line, const char *text)
{
    const uint8_t *at = s->data, *end = s->data + s->size, *stop;

    while (--line > 0)
        at = (const uint8_t *)memchr(at, '\n', (size_t)(end - at)) + 1;
    stop = memchr(at, '\n', (size_t)(end - at));
    stop = stop ? stop : end;
    return *text == '\0' || memmem(at, (size_t)(stop - at), text, strlen(text));
}

static bool on_key(void *ctx, const char *section, const char *key, const char *value, int line,
                   struct error *e)
{
    struct seen *s = ctx;

    HOLDS(line >= 1 && line <= s->lines && line >= s->last);
    if (!section) {
        HOLDS(!key && !value && e->cause == ERROR_FILE);
        return s->goes_on;
    }
    HOLDS(!strpbrk(section, "\n]"));
    HOLDS(key || (!value && line_has(s, line, section)));
    HOLDS(!key || (*key && line_has(s, line, key) && !strpbrk(key, "\n=")));
    HOLDS(!value || (line_has(s, line, value) && !strchr(value, '\n')));
    HOLDS((key ? strlen(key) : 0) + (value ? strlen(value) : 0) <= INI_LINE_MAX);
    HOLDS(*section == '\0' || memmem(s->data, s->size, section, strlen(section)));
    s->last = line;
    if (++s->keys == s->stop_after)
        return error_set(e, ERROR_USAGE, "enough");
    return true;
}

static void read_it(const uint8_t *data, size_t size, int stop_after, bool goes_on)
{
    struct seen seen = {data, size, fuzz_lines(data, size), 0, 0, stop_after, goes_on};
    struct error e = {0};
    char *copy = fuzz_bytes(data, size);
    bool ok = ini_read("name.ini", copy, size, on_key, &seen, &e);

    free(copy);
    HOLDS(ok == (seen.keys < stop_after) || (!ok && !goes_on));
    HOLDS(!ok || goes_on || e.cause == ERROR_NONE);
    if (e.cause != ERROR_FILE)
        return;
    HOLDS(strncmp(e.text, "name.ini:", 9) == 0);
    HOLDS(atoi(e.text + 9) >= 1 && atoi(e.text + 9) <= seen.lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_it(data, size, 1 << 30, false);
    read_it(data, size, 1 << 30, true);
    read_it(data, size, 2, true);
    return 0;
}
