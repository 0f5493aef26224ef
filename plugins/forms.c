#include "forms.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugin.h"
#include "text.h"

/* Forms under way. */
struct reading {
    struct form *form;
    struct fleet *fleet;
    const char *partner;
    bool matters; /* a form that is wrong may be the partner's, or have [own] */
};

static bool has_section(const char *text, size_t len, const char *name)
{
    char heading[80];
    int n = snprintf(heading, sizeof heading, "[%s]", name);

    return n < (int)sizeof heading && memmem(text, len, heading, (size_t)n);
}

static bool read_file(struct reading *r, const char *path, struct err *e)
{
    size_t len;
    char *text = plugin_read_file(path, FORMS_SIZE_MAX, &len, e);
    bool ok = text && form_read(path, text, len, r->form, e);

    if (text && !ok)
        r->matters = r->matters || has_section(text, len, "own") ||
                     (r->partner && has_section(text, len, r->partner));
    free(text);
    return ok;
}

static int is_form(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');

    return d->d_name[0] != '.' && dot && strcmp(dot, ".ini") == 0;
}

/* A form of a directory that is wrong is noted. False: memory, or the name is too long. */
static bool read_entry(struct reading *r, const char *dir, const char *name, struct err *e)
{
    char path[4096];
    struct err why = {0};

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return err_set(e, ERR_FILE, "name too long: %.60s/%.60s", dir, name);
    if (read_file(r, path, &why))
        return true;
    return fleet_add_invalid(r->fleet, why.text) || err_memory(e);
}

static bool read_directory(struct reading *r, const char *path, struct err *e)
{
    struct dirent **list = NULL;
    int count = scandir(path, &list, is_form, alphasort);
    bool ok = count > 0;

    if (count < 0)
        err_set(e, ERR_FILE, "\"%.100s\" cannot be read: %s", path, strerror(errno));
    else if (count == 0)
        err_set(e, ERR_FILE, "\"%.100s\" holds no form (*.ini)", path);
    for (int i = 0; i < count; i++) {
        ok = ok && read_entry(r, path, list[i]->d_name, e);
        free(list[i]);
    }
    free(list);
    return ok;
}

static bool read_all(struct reading *r, const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_directory(r, path, e);
    return read_file(r, path, e);
}

bool forms_read(const char *path, const char *partner, struct form *form, struct fleet *fleet,
                struct err *e)
{
    struct reading r = {.form = form, .fleet = fleet, .partner = partner};

    if (!read_all(&r, path, e))
        return false;
    if (form->count == 0 && fleet->invalid_count == 0)
        return err_set(e, ERR_FILE, "-f: \"%.100s\" holds no partner", path);
    if (!partner)
        return true;
    if (!form_partner(form, partner))
        return fleet->invalid_count > 0
                   ? err_set(e, ERR_FILE, "%.250s", fleet->invalid[0].text)
                   : err_set(e, ERR_FILE, "--partner: \"%.60s\" is not in \"%.100s\"", partner,
                             path);
    if (!r.matters)
        fleet->invalid_count = 0;
    return true;
}
