#include "own_tables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin.h"
#include "postmap.h"

static const char text_type[] = "texthash:";

struct table {
    char *name;  /* "texthash:/etc/postfix/tls_policy" */
    bool lines;  /* it was read from a text file */
    bool listed; /* the whole table is in `map` */
    struct postfix_map map;
    struct err why; /* where it could not be read */
    struct table *next;
};

struct own_tables {
    instant deadline;
    struct table *first;
    struct exim_config exim;
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
    if (t)
        exim_config_clear(&t->exim);
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

static struct postmap postmap_for(const struct own_tables *all, const struct table *t)
{
    return (struct postmap){.map = t->name, .deadline = all->deadline};
}

static struct table *new_table(struct own_tables *all, const char *name)
{
    struct postmap p;
    struct table *t = calloc(1, sizeof *t);

    if (t)
        t->name = strdup(name);
    if (!t || !t->name) {
        free(t);
        return NULL;
    }
    p = postmap_for(all, t);
    t->lines = strncmp(name, text_type, strlen(text_type)) == 0;
    if (t->lines)
        t->listed = read_text(t, name + strlen(text_type));
    else if (postmap_can_list(&p))
        t->listed = postmap_list(&p, &t->map, &t->why);
    t->next = all->first;
    all->first = t;
    return t;
}

static enum own_answer look_up(void *ctx, const char *map, const char *key, struct own_value *out,
                               struct err *e)
{
    struct own_tables *all = ctx;
    struct table *t = all->first;
    struct postmap p;
    enum own_answer answer;

    while (t && strcmp(t->name, map) != 0)
        t = t->next;
    if (!t)
        t = new_table(all, map);
    if (!t) {
        err_memory(e);
        return OWN_ERROR;
    }
    if (t->listed) {
        answer = own_value_of(&t->map, key, out);
        out->line = t->lines ? out->line : 0;
        return answer;
    }
    if (t->why.cause != ERR_NONE) {
        *e = t->why;
        return OWN_ERROR;
    }
    p = postmap_for(all, t);
    return postmap_look_up(&p, key, out, e);
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

const struct exim_config *own_tables_exim(struct own_tables *t, const char *path, struct err *e)
{
    size_t len;
    char *text = plugin_read_file(path, EXIM_CONFIG_SIZE_MAX, &len, e);
    bool ok;

    exim_config_clear(&t->exim);
    ok = text && exim_config_read(path, text, len, &t->exim, e);
    free(text);
    return ok ? &t->exim : NULL;
}
