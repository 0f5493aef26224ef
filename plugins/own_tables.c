#include "own_tables.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin.h"
#include "postfix_main.h"
#include "postfix_master.h"
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

/* A main.cf, and the master.cf beside it, whose services may set otherwise. */
struct main_cf {
    char *path;
    struct postfix_main main; /* empty: there is none */
    struct postfix_master master;
    struct err why; /* where one of them could not be read */
    struct main_cf *next;
};

struct own_tables {
    instant deadline;
    struct table *first;
    struct main_cf *first_main;
    struct exim_config exim;
};

struct own_tables *own_tables_new(instant deadline)
{
    struct own_tables *t = calloc(1, sizeof *t);

    if (t)
        t->deadline = deadline;
    return t;
}

static void free_main(struct main_cf *x)
{
    postfix_main_clear(&x->main);
    postfix_master_clear(&x->master);
    free(x->path);
    free(x);
}

void own_tables_free(struct own_tables *t)
{
    struct table *x = t ? t->first : NULL;
    struct main_cf *m = t ? t->first_main : NULL;

    while (x) {
        struct table *next = x->next;

        postfix_map_clear(&x->map);
        free(x->name);
        free(x);
        x = next;
    }
    while (m) {
        struct main_cf *next = m->next;

        free_main(m);
        m = next;
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

/* --- main.cf --- */

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void read_master(struct main_cf *m)
{
    char path[PATH_MAX], *text;
    size_t len;

    /* Its name is as long but for two letters, and was not cut. */
    snprintf(path, sizeof path, "%.*smaster.cf", (int)strlen(m->path) - 7, m->path);
    if (!is_there(path))
        return;
    text = plugin_read_file(path, POSTFIX_MAIN_SIZE_MAX, &len, &m->why);
    if (text)
        postfix_master_read(path, text, len, &m->master, &m->why);
    free(text);
}

static void read_main(struct main_cf *m)
{
    size_t len;
    char *text;

    if (!is_there(m->path))
        return;
    text = plugin_read_file(m->path, POSTFIX_MAIN_SIZE_MAX, &len, &m->why);
    if (text && postfix_main_read(m->path, text, len, &m->main, &m->why))
        read_master(m);
    free(text);
}

/* The main.cf beside a map; NULL: memory. */
static struct main_cf *main_of(struct own_tables *all, const char *path)
{
    struct main_cf *m = all->first_main;

    while (m && strcmp(m->path, path) != 0)
        m = m->next;
    if (m)
        return m;
    m = calloc(1, sizeof *m);
    if (m)
        m->path = strdup(path);
    if (!m || !m->path) {
        free(m);
        return NULL;
    }
    read_main(m);
    m->next = all->first_main;
    all->first_main = m;
    return m;
}

/* Whether others have a say: there is no main.cf, a service sets it, or the table beside it may be
 * another instance's. */
static bool is_open(const struct main_cf *m, const char *name)
{
    const struct postfix_parameter *others =
        postfix_main_find(&m->main, "multi_instance_directories");

    return m->main.count == 0 || postfix_master_mentions(&m->master, name) ||
           (others && *others->value);
}

static enum own_answer ask_main(void *ctx, const char *map, const char *name, struct own_value *out,
                                struct err *e)
{
    const struct postfix_parameter *set;
    const struct main_cf *m;
    char path[PATH_MAX - 2];

    if (!own_main_path(map, path, sizeof path))
        return OWN_NONE;
    m = main_of(ctx, path);
    if (!m || m->why.cause != ERR_NONE) {
        if (m)
            *e = m->why;
        else
            err_memory(e);
        return OWN_ERROR;
    }
    if (is_open(m, name))
        return OWN_NONE;
    set = postfix_main_find(&m->main, name);
    out->line = set ? set->line : 0;
    return postfix_main_expand(&m->main, set ? set->value : "", out->text, sizeof out->text)
               ? OWN_FOUND
               : OWN_NONE;
}

static bool same_file(void *ctx, const char *a, const char *b)
{
    struct stat x, y;

    (void)ctx;
    return strcmp(a, b) == 0 ||
           (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* --- */

struct own_reader own_tables_reader(struct own_tables *t)
{
    return (struct own_reader){.look_up = look_up,
                               .readable = readable,
                               .main_cf = ask_main,
                               .same_file = same_file,
                               .ctx = t};
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
