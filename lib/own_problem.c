#include "own_problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { HINT_GATEWAYS = 8 };

/* --- problems --- */

struct own_problem *own_problem_add(struct own_problems *l, bool missing, const char *domain)
{
    struct own_problem *at = realloc(l->at, (l->count + 1) * sizeof *at);

    if (!at) {
        l->failed = true;
        return NULL;
    }
    l->at = at;
    at = &at[l->count++];
    *at = (struct own_problem){.missing = missing};
    text_copy(at->domain, sizeof at->domain, domain);
    return at;
}

void own_problems_clear(struct own_problems *l)
{
    free(l->at);
    *l = (struct own_problems){0};
}

static bool is_said(const struct own_problems *l, const struct own_problem *p)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->at[i].detail, p->detail) == 0 && strcmp(l->at[i].headline, p->headline) == 0)
            return true;
    return false;
}

void own_problems_once(struct own_problems *l)
{
    size_t count = l->count;

    l->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_said(l, &l->at[i]))
            l->at[l->count++] = l->at[i];
}

bool own_main_path(const char *map, char *dst, size_t cap)
{
    const char *path = strchr(map, ':') ? strchr(map, ':') + 1 : map, *slash = strrchr(path, '/');
    int len = slash ? (int)(slash + 1 - path) : 0;

    return snprintf(dst, cap, "%.*smain.cf", len, path) < (int)cap;
}

/* "/etc/postfix/tls_policy:7" */
void own_place(const char *map, int line, char *dst, size_t cap)
{
    const char *path = strncmp(map, "texthash:", 9) == 0 ? map + 9 : map;

    text_clean(dst, cap, path, strlen(path));
    if (line > 0)
        text_append(dst, cap, ":%d", line);
}

/* Appends "a.com OK in /etc/postfix/senders:7". */
static void add_entry(const struct own_check *c, const struct own_hit *h, char *dst, size_t cap)
{
    char place[200], seen[160];

    own_place(c->maps->at[h->map], h->value.line, place, sizeof place);
    text_clean(seen, sizeof seen, h->value.text, strlen(h->value.text));
    text_append(dst, cap, "%s %s in %s", h->key, seen, place);
}

/* A problem with an entry: what is wrong, then "expected ..., seen ...". */
void own_weak(const struct own_check *c, const struct own_hit *h, const char *what,
              const char *expected)
{
    struct own_problem *p = own_problem_add(c->out, false, c->domain);

    if (!p)
        return;
    text_format(p->headline, sizeof p->headline, "own policy: %s", what);
    text_format(p->detail, sizeof p->detail, "expected %s; seen ", expected);
    add_entry(c, h, p->detail, sizeof p->detail);
}

void own_unclear(const struct own_check *c, const struct own_hit *h)
{
    if (!*c->out->unclear)
        add_entry(c, h, c->out->unclear, sizeof c->out->unclear);
}

/* --- look-up --- */

enum own_answer own_value_of(const struct postfix_map *m, const char *key, struct own_value *out)
{
    const struct postfix_entry *found = postfix_map_find(m, key);

    out->line = 0;
    if (m->duplicate) {
        out->line = m->duplicate->line;
        text_format(out->text, sizeof out->text, "a second line for %.200s", m->duplicate->key);
        return OWN_REFUSED;
    }
    if (!found)
        return OWN_NONE;
    out->line = found->line;
    if (!found->value || strlen(found->value) >= sizeof out->text) {
        text_copy(out->text, sizeof out->text, found->value ? "too long a value" : found->why);
        return OWN_IGNORED;
    }
    strcpy(out->text, found->value);
    return OWN_FOUND;
}

/* Asks the tables from the `from`-th on for a key, as Postfix does. */
enum own_answer own_find(const struct own_check *c, size_t from, const char *key, struct own_hit *h)
{
    const struct own_reader *reader = &c->a->reader;

    text_copy(h->key, sizeof h->key, key);
    for (h->map = from; h->map < c->maps->count; h->map++) {
        enum own_answer answer =
            reader->look_up(reader->ctx, c->maps->at[h->map], key, &h->value, c->e);

        if (answer != OWN_NONE && answer != OWN_IGNORED)
            return answer;
    }
    return OWN_NONE;
}

/* --- a key that is not there --- */

/* A line that Postfix ignores, or a key that it does not look up but that may have been meant. */
static enum own_answer find_stray(const struct own_check *c, const char *name, struct own_hit *h)
{
    static const struct {
        const char *before, *after;
    } forms[] = {{"*.", ""},  {".", ""},     {"@", ""},     {"*@", ""}, {"[", "]"},
                 {"", ":25"}, {"[", "]:25"}, {"smtp:", ""}, {"", "."},  {"", ""}};
    const struct own_reader *reader = &c->a->reader;
    struct err unused;

    name += strspn(name, "*.[");
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        text_format(h->key, sizeof h->key, "%s%.*s%s", forms[i].before, (int)strcspn(name, "]:"),
                    name, forms[i].after);
        for (h->map = 0; h->map < c->maps->count; h->map++) {
            enum own_answer answer =
                reader->look_up(reader->ctx, c->maps->at[h->map], h->key, &h->value, &unused);

            if (answer == OWN_FOUND || answer == OWN_IGNORED)
                return answer;
        }
    }
    return OWN_NONE;
}

/* The same for a name and the domains above it, as they may stand for it elsewhere. */
static enum own_answer find_above(const struct own_check *c, const char *name, struct own_hit *h)
{
    enum own_answer found = OWN_NONE;

    while (found == OWN_NONE && name && strchr(name + 1, '.')) {
        found = find_stray(c, name, h);
        name = strchr(name + 1, '.');
    }
    return found;
}

/* Appends what may have been meant. */
static void hint(const struct own_check *c, const char *key, struct own_problem *p)
{
    const struct form_gateways *g = &c->a->partner->gateways;
    struct own_hit h;
    char place[200];
    enum own_answer found = find_above(c, key, &h);

    if (found == OWN_NONE)
        found = find_above(c, c->domain, &h);
    for (size_t i = 0; found == OWN_NONE && i < g->count && i < HINT_GATEWAYS; i++)
        found = find_stray(c, g->at[i].name, &h);
    if (found == OWN_NONE)
        return;
    own_place(c->maps->at[h.map], h.value.line, place, sizeof place);
    if (found == OWN_IGNORED)
        text_append(p->detail, sizeof p->detail, "; Postfix ignores %s: %s", place, h.value.text);
    else
        text_append(p->detail, sizeof p->detail,
                    "; %s in %s is no key that Postfix looks up for it", h.key, place);
}

void own_missing(const struct own_check *c, const char *what, const char *keys,
                 const char *expected)
{
    struct own_problem *p = own_problem_add(c->out, true, c->domain);
    char maps[200] = "";

    if (!p)
        return;
    for (size_t i = 0; i < c->maps->count; i++) {
        char place[200];

        own_place(c->maps->at[i], 0, place, sizeof place);
        text_append(maps, sizeof maps, "%s%s", i ? ", " : "", place);
    }
    text_copy(p->headline, sizeof p->headline, what);
    text_format(p->detail, sizeof p->detail, "expected %s %s; seen no such key in %s", keys,
                expected, maps);
    hint(c, keys, p);
}
