#include "own_tables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin.h"

static const char text_type[] = "texthash:";

struct table {
    char *name; /* "texthash:/etc/postfix/tls_policy" */
    bool read;
    struct postfix_map map;
    struct err why; /* where it could not be read */
    struct table *next;
};

struct own_tables {
    instant deadline;
    struct table *first;
};

struct own_tables *own_tables_new(instant deadline)
{
    struct own_tables *t = calloc(1, sizeof *t);

    if (t)
        t->deadline = deadline;
    return t;
}

void own_tables_free(struct own_tables *t)
{
    struct table *x = t ? t->first : NULL;

    while (x) {
        struct table *next = x->next;

        postfix_map_clear(&x->map);
        free(x->name);
        free(x);
        x = next;
    }
    free(t);
}

static bool read_text(struct table *t, const char *path)
{
    size_t len;
    char *text = plugin_read_file(path, POSTFIX_MAP_SIZE_MAX, &len, &t->why);
    bool ok = text && postfix_map_read(path, text, len, &t->map, &t->why);

    free(text);
    return ok;
}

static struct table *new_table(struct own_tables *all, const char *name)
{
    struct table *t = calloc(1, sizeof *t);

    if (t)
        t->name = strdup(name);
    if (!t || !t->name) {
        free(t);
        return NULL;
    }
    t->read = strncmp(name, text_type, strlen(text_type)) == 0
                  ? read_text(t, name + strlen(text_type))
                  : err_set(&t->why, ERR_USAGE, "not yet");
    t->next = all->first;
    all->first = t;
    return t;
}

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    struct own_tables *all = ctx;
    struct table *t = all->first;

    while (t && strcmp(t->name, map) != 0)
        t = t->next;
    if (!t)
        t = new_table(all, map);
    if (!t)
        err_memory(e);
    else if (!t->read)
        *e = t->why;
    return t && t->read ? own_value_of(&t->map, key, out) : OWN_ERROR;
}

static bool readable(void *ctx, const char *path)
{
    (void)ctx;
    return access(path, R_OK) == 0;
}

struct own_door own_tables_door(struct own_tables *t)
{
    return (struct own_door){.look_up = look_up, .readable = readable, .ctx = t};
}
