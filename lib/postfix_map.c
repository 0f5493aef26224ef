#include "postfix_map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "postfix_lines.h"
#include "text.h"

/* Where the key ends: at the first blank that is neither quoted nor behind a backslash. NULL: an
 * open quote. */
static char *key_end(char *s)
{
    bool quoted = false;

    for (; *s && (quoted || !postfix_is_blank(*s)); s++) {
        if (*s == '\\' && *++s == '\0')
            break;
        if (*s == '"')
            quoted = !quoted;
    }
    return quoted ? NULL : s;
}

static char *first_blank(char *s)
{
    while (*s && !postfix_is_blank(*s))
        s++;
    return s;
}

/* Cuts a logical line in two. */
static struct postfix_entry entry_of(char *line, int number)
{
    struct postfix_entry entry = {.key = line, .line = number};
    size_t len = strlen(line);
    char *value = key_end(line);

    if (!value)
        entry.why = "an open quote";
    else if (text_utf8(line, len) < len)
        entry.why = "it is not UTF-8";
    value = value ? value : first_blank(line);
    while (len > 0 && postfix_is_blank(line[len - 1]))
        line[--len] = '\0';
    if (*value)
        *value++ = '\0';
    while (postfix_is_blank(*value))
        value++;
    if (!entry.why && *value == '\0')
        entry.why = "no value";
    entry.value = entry.why ? NULL : value;
    for (char *c = line; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return entry;
}

static bool add(struct postfix_map *m, char *line, int number)
{
    /* Doubled whenever the count is a power of two. */
    if ((m->count & (m->count - 1)) == 0) {
        size_t cap = m->count ? m->count * 2 : 1;
        struct postfix_entry *at = realloc(m->at, cap * sizeof *at);

        if (!at)
            return false;
        m->at = at;
    }
    m->at[m->count++] = entry_of(line, number);
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct postfix_entry *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void sort(struct postfix_map *m)
{
    const struct postfix_entry *first = NULL; /* of a key, and effective */

    if (m->count > 0)
        qsort(m->at, m->count, sizeof *m->at, by_key);
    for (size_t i = 0; i < m->count; i++) {
        const struct postfix_entry *at = &m->at[i];

        if (!at->value)
            continue;
        if (first && strcmp(first->key, at->key) == 0) {
            if (!m->duplicate || at->line < m->duplicate->line)
                m->duplicate = at;
        } else {
            first = at;
        }
    }
}

bool postfix_map_read(const char *name, const char *data, size_t len, struct postfix_map *out,
                      struct err *e)
{
    struct postfix_lines lines;
    int number;

    *out = (struct postfix_map){0};
    if (len > POSTFIX_MAP_SIZE_MAX)
        return err_set(e, ERR_FILE, "%.150s: larger than 16 MiB", name);
    if (!postfix_lines_begin(&lines, name, data, len, e))
        return false;
    out->text = lines.text;
    for (char *line; (line = postfix_lines_next(&lines, &number));) {
        if (!add(out, line, number)) {
            postfix_map_clear(out);
            return err_memory(e);
        }
    }
    sort(out);
    return true;
}

void postfix_map_clear(struct postfix_map *m)
{
    free(m->at);
    free(m->text);
    *m = (struct postfix_map){0};
}

const struct postfix_entry *postfix_map_find(const struct postfix_map *m, const char *key)
{
    const struct postfix_entry *found = NULL;
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(m->at[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < m->count && strcmp(m->at[low].key, key) == 0; low++) {
        if (m->at[low].value)
            return &m->at[low];
        found = found ? found : &m->at[low];
    }
    return found;
}
