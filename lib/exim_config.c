#include "exim_config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum { IF_DEPTH_MAX = 32, WORK_MAX = 256 * 1024 * 1024 };

struct macro {
    char *name, *value;
};

struct reader {
    const char *name; /* of the file */
    const char *at, *end;
    int line; /* of `at` */
    struct exim_config *out;
    struct err *e;
    char section[64], driver[128];
    struct macro macros[EXIM_MACROS_MAX];
    size_t macro_count;
    size_t work; /* bytes that were searched for macros */
    /* Of each open .ifdef: whether its lines count, and whether a branch of it has counted. */
    bool counts[IF_DEPTH_MAX], taken[IF_DEPTH_MAX];
    size_t depth;
};

static bool fail(const struct reader *r, int line, const char *what)
{
    return err_set(r->e, ERR_FILE, "%.150s:%d: %s", r->name, line, what);
}

static char *skip_blanks(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

static void cut_blanks(char *s)
{
    size_t len = strlen(s);

    while (len > 0 && isspace((unsigned char)s[len - 1]))
        s[--len] = '\0';
}

/* --- lines --- */

/* The next physical line, without blanks around it. NULL: the end. */
static const char *physical(struct reader *r, size_t *len)
{
    const char *start = r->at, *stop;

    if (start == r->end)
        return NULL;
    r->line++;
    stop = memchr(start, '\n', (size_t)(r->end - start));
    stop = stop ? stop : r->end;
    r->at = stop < r->end ? stop + 1 : stop;
    while (start < stop && isspace((unsigned char)*start))
        start++;
    while (stop > start && isspace((unsigned char)stop[-1]))
        stop--;
    *len = (size_t)(stop - start);
    return start;
}

/* The next logical line in `out`: lines that end in a backslash are joined, comments between them
 * left out. 0: the end; below 0: too long, `e` is filled. */
static int logical(struct reader *r, char out[EXIM_LINE_MAX], int *first)
{
    size_t used = 0, len;
    bool open = false;

    for (const char *s; (s = physical(r, &len));) {
        bool goes_on = len > 0 && s[len - 1] == '\\';

        if (len > 0 && *s == '#')
            continue;
        if (len == 0 && !open)
            continue;
        *first = open ? *first : r->line;
        len -= goes_on;
        if (len >= EXIM_LINE_MAX - used) {
            fail(r, r->line, "line too long");
            return -1;
        }
        memcpy(out + used, s, len);
        used += len;
        open = true;
        if (!goes_on)
            break;
    }
    out[used] = '\0';
    return open;
}

/* --- macros --- */

/* Puts the value in the place of each name in `line`. False: too long. */
static bool substitute(char *line, const struct macro *m)
{
    size_t name = strlen(m->name), value = strlen(m->value), used = 0;
    char out[EXIM_LINE_MAX];
    const char *from = line;

    for (const char *at; (at = strstr(from, m->name)); from = at + name) {
        size_t before = (size_t)(at - from);

        if (used + before + value >= sizeof out)
            return false;
        memcpy(out + used, from, before);
        memcpy(out + used + before, m->value, value);
        used += before + value;
    }
    if (from == line)
        return true;
    if (used + strlen(from) >= sizeof out)
        return false;
    strcpy(out + used, from);
    strcpy(line, out);
    return true;
}

static struct macro *macro_of(struct reader *r, const char *name, size_t len)
{
    for (size_t i = 0; i < r->macro_count; i++)
        if (strlen(r->macros[i].name) == len && strncmp(r->macros[i].name, name, len) == 0)
            return &r->macros[i];
    return NULL;
}

/* Exim puts macros in one after the other, in the order of their definition. */
static bool expand(struct reader *r, char *line, int number)
{
    for (size_t i = 0; i < r->macro_count; i++) {
        r->work += strlen(line);
        if (r->work > WORK_MAX ||
            (strstr(line, r->macros[i].name) && !substitute(line, &r->macros[i])))
            return fail(r, number, "too long with its macros");
    }
    return true;
}

static size_t word_length(const char *s)
{
    size_t len = 0;

    while (isalnum((unsigned char)s[len]) || s[len] == '_')
        len++;
    return len;
}

/* "NAME = value" or, to define it anew, "NAME == value". */
static bool define(struct reader *r, char *line, int number)
{
    size_t len = word_length(line);
    char *behind = skip_blanks(line + len), *name = NULL, *value;
    struct macro *m = macro_of(r, line, len);

    if (*behind != '=')
        return fail(r, number, "expected MACRO = value");
    if (!m && r->macro_count == EXIM_MACROS_MAX)
        return fail(r, number, "too many macros");
    if (!m && !(name = strndup(line, len)))
        return err_memory(r->e);
    behind = skip_blanks(behind + 1 + (behind[1] == '='));
    for (char *to = line; (*to++ = *behind++);)
        ;
    if (!expand(r, line, number)) {
        free(name);
        return false;
    }
    value = strdup(line);
    if (!value) {
        free(name);
        return err_memory(r->e);
    }
    if (!m) {
        m = &r->macros[r->macro_count++];
        *m = (struct macro){.name = name};
    }
    free(m->value);
    m->value = value;
    return true;
}

/* --- conditions --- */

static bool is_counted(const struct reader *r)
{
    for (size_t i = 0; i < r->depth; i++)
        if (!r->counts[i])
            return false;
    return true;
}

static bool branch(struct reader *r, bool holds)
{
    size_t top = r->depth - 1;

    r->counts[top] = holds && !r->taken[top];
    r->taken[top] = r->taken[top] || holds;
    return true;
}

/* A line that begins with a dot. */
static bool directive(struct reader *r, char *line, int number)
{
    static const struct {
        const char *name;
        bool opens, wanted;
    } conditions[] = {{".ifdef", true, true},
                      {".ifndef", true, false},
                      {".elifdef", false, true},
                      {".elifndef", false, false}};
    size_t len = strcspn(line, " \t");
    const char *name = skip_blanks(line + len);

    if (strncmp(line, ".include", 8) == 0)
        return !is_counted(r) ||
               fail(r, number, ".include is not followed: take the output of exim -bP config");
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        bool defined = macro_of(r, name, word_length(name)) != NULL;

        if (strlen(conditions[i].name) != len || strncmp(line, conditions[i].name, len) != 0)
            continue;
        if (conditions[i].opens && r->depth == IF_DEPTH_MAX)
            return fail(r, number, "too many .ifdef in each other");
        if (conditions[i].opens)
            r->taken[r->depth++] = false;
        return r->depth == 0 ? fail(r, number, "no .ifdef before")
                             : branch(r, defined == conditions[i].wanted);
    }
    if (r->depth == 0)
        return fail(r, number, "no .ifdef before, or an unknown directive");
    if (strncmp(line, ".else", len) == 0 && len == 5)
        return branch(r, true);
    if (strncmp(line, ".endif", len) != 0 || len != 6)
        return fail(r, number, "unknown directive");
    r->depth--;
    return true;
}

/* --- options --- */

/* Takes quotes off, in place. */
static char *unquote(char *s)
{
    char *to = s, *from = s;

    if (*s != '"')
        return s;
    for (from++; *from && *from != '"'; from++) {
        if (*from == '\\' && (from[1] == '\\' || from[1] == '"'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
    return s;
}

static bool add(struct reader *r, const char *name, const char *value, int line)
{
    struct exim_config *c = r->out;
    size_t sizes[] = {strlen(r->section) + 1, strlen(r->driver) + 1, strlen(name) + 1,
                      strlen(value) + 1};
    char *text = malloc(sizes[0] + sizes[1] + sizes[2] + sizes[3]);
    struct exim_option *at = c->at;

    /* Doubled whenever the count is a power of two. */
    if (text && (c->count & (c->count - 1)) == 0)
        at = realloc(c->at, (c->count ? c->count * 2 : 1) * sizeof *at);
    if (!text || !at) {
        free(text);
        return err_memory(r->e);
    }
    c->at = at;
    at = &at[c->count++];
    *at = (struct exim_option){.text = text, .line = line};
    at->section = strcpy(text, r->section);
    at->driver = strcpy(text += sizes[0], r->driver);
    at->name = strcpy(text += sizes[1], name);
    at->value = strcpy(text + sizes[2], value);
    return true;
}

/* "name = value", "hide name = value", "name", "no_name"; "hostlist NAME = value". */
/* "hostlist  a" is "hostlist a". */
static void join_blanks(char *s)
{
    char *out = s;

    for (; *s; s++)
        if (!isspace((unsigned char)*s))
            *out++ = *s;
        else if (!isspace((unsigned char)s[1]))
            *out++ = ' ';
    *out = '\0';
}

static bool option(struct reader *r, char *line, int number)
{
    char *value = strchr(line, '='), *name = line;

    if (strncmp(name, "hide", 4) == 0 && isspace((unsigned char)name[4]))
        name = skip_blanks(name + 4);
    if (!value)
        return add(r, name, "", number);
    *value++ = '\0';
    cut_blanks(name);
    cut_blanks(value);
    join_blanks(name);
    return add(r, name, unquote(skip_blanks(value)), number);
}

static bool has_drivers(const char *section)
{
    return strcmp(section, "routers") == 0 || strcmp(section, "transports") == 0 ||
           strcmp(section, "authenticators") == 0;
}

static bool statement(struct reader *r, char *line, int number)
{
    size_t len = word_length(line);
    char *behind = skip_blanks(line + len);
    bool in_main = strcmp(r->section, "main") == 0;

    if (in_main && isupper((unsigned char)*line))
        return define(r, line, number);
    if (!expand(r, line, number))
        return false;
    if (strncmp(line, "begin", 5) == 0 && isspace((unsigned char)line[5])) {
        text_copy(r->section, sizeof r->section, skip_blanks(line + 5));
        *r->driver = '\0';
        return true;
    }
    if (has_drivers(r->section) && len > 0 && *behind == ':') {
        text_format(r->driver, sizeof r->driver, "%.*s", (int)len, line);
        return true;
    }
    return (!in_main && !has_drivers(r->section)) || option(r, line, number);
}

bool exim_config_read(const char *name, const char *data, size_t len, struct exim_config *out,
                      struct err *e)
{
    struct reader *r = calloc(1, sizeof *r);
    char *line = malloc(EXIM_LINE_MAX);
    bool ok = r && line;
    int number = 0, more;

    *out = (struct exim_config){0};
    if (!ok)
        err_memory(e);
    if (ok) {
        *r = (struct reader){
            .name = name, .at = data, .end = data + len, .out = out, .e = e, .section = "main"};
        if (len > EXIM_CONFIG_SIZE_MAX)
            ok = err_set(e, ERR_FILE, "%.150s: larger than 1 MiB", name);
        else if (len > 0 && memchr(data, '\0', len))
            ok = err_set(e, ERR_FILE, "%.150s: NUL byte in what should be text", name);
    }
    while (ok && (more = logical(r, line, &number)) != 0)
        ok = more > 0 && (*line == '.' && isalpha((unsigned char)line[1])
                              ? directive(r, line, number)
                              : !is_counted(r) || statement(r, line, number));
    if (ok && r->depth > 0)
        ok = fail(r, r->line, ".ifdef without .endif");
    for (size_t i = 0; r && i < r->macro_count; i++) {
        free(r->macros[i].name);
        free(r->macros[i].value);
    }
    free(r);
    free(line);
    if (!ok)
        exim_config_clear(out);
    return ok;
}

void exim_config_clear(struct exim_config *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->at[i].text);
    free(c->at);
    *c = (struct exim_config){0};
}

const struct exim_option *exim_option(const struct exim_config *c, const char *section,
                                      const char *driver, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->at[i].section, section) == 0 && strcmp(c->at[i].driver, driver) == 0 &&
            strcmp(c->at[i].name, name) == 0)
            return &c->at[i];
    return NULL;
}
