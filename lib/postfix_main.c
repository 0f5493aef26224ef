#include "postfix_main.h"

#include <stdlib.h>
#include <string.h>

#include "postfix_lines.h"
#include "text.h"

enum { DEPTH_MAX = 16, EXPANSIONS_MAX = 100 };

/* --- settings --- */

static bool add(struct postfix_main *m, const char *name, const char *value, int line)
{
    /* Doubled whenever the count is a power of two. */
    if ((m->count & (m->count - 1)) == 0) {
        size_t cap = m->count ? m->count * 2 : 1;
        struct postfix_parameter *at = realloc(m->at, cap * sizeof *at);

        if (!at)
            return false;
        m->at = at;
    }
    m->at[m->count++] = (struct postfix_parameter){name, value, line};
    return true;
}

/* Cuts "name = value" in two; NULL: it is none. */
static char *split(char *line)
{
    size_t len = strlen(line);
    char *end = line, *value;

    while (len > 0 && postfix_is_blank(line[len - 1]))
        line[--len] = '\0';
    while (*end && *end != '=' && !postfix_is_blank(*end))
        end++;
    for (value = end; postfix_is_blank(*value); value++)
        ;
    if (end == line || *value != '=')
        return NULL;
    do
        value++;
    while (postfix_is_blank(*value));
    *end = '\0';
    return value;
}

static bool add_line(struct postfix_main *m, const char *path, char *line, int number,
                     struct err *e)
{
    char *value = split(line), seen[60];

    if (value)
        return add(m, line, value, number) || err_memory(e);
    text_clean(seen, sizeof seen, line, strlen(line));
    return err_set(e, ERR_FILE, "%.150s:%d: \"%s\" is not NAME = VALUE", path, number, seen);
}

bool postfix_main_read(const char *path, const char *data, size_t len, struct postfix_main *out,
                       struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct postfix_lines lines;
    int number;

    *out = (struct postfix_main){0};
    if (len > POSTFIX_MAIN_SIZE_MAX)
        return err_set(e, ERR_FILE, "%.150s: larger than 256 KiB", path);
    if (!postfix_lines_begin(&lines, path, data, len, e))
        return false;
    out->text = lines.text;
    out->directory = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    if (!out->directory || !add(out, "config_directory", out->directory, 0)) {
        postfix_main_clear(out);
        return err_memory(e);
    }
    for (char *line; (line = postfix_lines_next(&lines, &number));) {
        if (!add_line(out, path, line, number, e)) {
            postfix_main_clear(out);
            return false;
        }
    }
    return true;
}

void postfix_main_clear(struct postfix_main *m)
{
    free(m->at);
    free(m->directory);
    free(m->text);
    *m = (struct postfix_main){0};
}

static const struct postfix_parameter *find(const struct postfix_main *m, const char *name,
                                            size_t len)
{
    for (size_t i = m->count; i-- > 0;)
        if (strncmp(m->at[i].name, name, len) == 0 && m->at[i].name[len] == '\0')
            return &m->at[i];
    return NULL;
}

const struct postfix_parameter *postfix_main_find(const struct postfix_main *m, const char *name)
{
    return find(m, name, strlen(name));
}

/* --- values --- */

struct expansion {
    const struct postfix_main *main;
    char *dst;
    size_t cap, used;
    int left; /* names that may still be put in */
};

static bool put(struct expansion *x, const char *s, size_t len)
{
    if (len >= x->cap - x->used)
        return false;
    memcpy(x->dst + x->used, s, len);
    x->used += len;
    return true;
}

static bool expand(struct expansion *x, const char *value, int depth);

/* Puts in the name at `s`, behind a `$`. Returns what follows, or NULL. */
static const char *expand_name(struct expansion *x, const char *s, int depth)
{
    char close = *s == '{' ? '}' : *s == '(' ? ')' : '\0';
    const char *name = close ? s + 1 : s;
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const struct postfix_parameter *p = find(x->main, name, len);

    if (!p || (close && name[len] != close) || depth == DEPTH_MAX || x->left-- <= 0 ||
        !expand(x, p->value, depth + 1))
        return NULL;
    return name + len + (close ? 1 : 0);
}

static bool expand(struct expansion *x, const char *value, int depth)
{
    while (*value) {
        size_t plain = strcspn(value, "$");

        if (!put(x, value, plain))
            return false;
        value += plain;
        if (value[0] == '$' && value[1] == '$') {
            if (!put(x, value, 1))
                return false;
            value += 2;
        } else if (*value == '$') {
            value = expand_name(x, value + 1, depth);
            if (!value)
                return false;
        }
    }
    return true;
}

bool postfix_main_expand(const struct postfix_main *m, const char *value, char *dst, size_t cap)
{
    struct expansion x = {.main = m, .dst = dst, .cap = cap, .left = EXPANSIONS_MAX};
    bool ok = expand(&x, value, 0);

    dst[ok ? x.used : 0] = '\0';
    return ok;
}
