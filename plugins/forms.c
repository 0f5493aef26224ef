#include "forms.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inifile.h"
#include "plugin.h"
#include "text.h"

/* Forms under way. */
struct reading {
    struct form *form;
    struct fleet *fleet;
    const char *partner; /* whom it is all for; NULL: nobody in particular */
    char unread[256];    /* what is wrong with a file that could not even be read */
};

static bool has_section(const char *text, size_t len, const char *name)
{
    char heading[80];
    int n = snprintf(heading, sizeof heading, "[%s]", name);

    return n < (int)sizeof heading && memmem(text, len, heading, (size_t)n);
}

static int is_form(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');

    return d->d_name[0] != '.' && dot && strcmp(dot, ".ini") == 0;
}

/* Notes what is wrong with a form of a directory, unless it is somebody else's. False: memory. */
static bool note(struct reading *r, const char *text, size_t len, const char *why)
{
    if (!r->partner ||
        (text && (has_section(text, len, "own") || has_section(text, len, r->partner))))
        return fleet_add_invalid(r->fleet, why);
    if (!text)
        text_copy(r->unread, sizeof r->unread, why);
    return true;
}

/* A file without any section is one that was lost: a partner that it held would go unnoticed. */
static bool read_form(struct form *form, const char *path, const char *text, size_t len,
                      struct err *e)
{
    size_t count = form->count;
    bool own = form->own.given;

    return form_read(path, text, len, form, e) &&
           (form->count > count || form->own.given != own ||
            err_set(e, ERR_FILE, "\"%.200s\" holds no partner", path));
}

/* False: memory, or the name is too long. */
static bool read_entry(struct reading *r, const char *dir, const char *name, struct err *e)
{
    char path[4096], *text;
    struct err why = {0};
    size_t len;
    bool ok;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return err_set(e, ERR_FILE, "name too long: %.60s/%.60s", dir, name);
    text = plugin_read_file(path, INIFILE_SIZE_MAX, &len, &why);
    ok = (text && read_form(r->form, path, text, len, &why)) || note(r, text, len, why.text);
    free(text);
    return ok || err_memory(e);
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

static bool read_file(const struct reading *r, const char *path, struct err *e)
{
    size_t len;
    char *text = plugin_read_file(path, INIFILE_SIZE_MAX, &len, e);
    bool ok = text && form_read(path, text, len, r->form, e);

    free(text);
    return ok;
}

static bool read_all(struct reading *r, const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_directory(r, path, e);
    return read_file(r, path, e);
}

/* It may be in one of those that are wrong. */
static bool no_partner(const struct reading *r, const char *path, struct err *e)
{
    const char *why = r->fleet->invalid_count > 0 ? r->fleet->invalid[0].text : r->unread;

    if (*why)
        return err_set(e, ERR_FILE, "%.250s", why);
    return err_set(e, ERR_FILE, "--partner: \"%.60s\" is not in \"%.100s\"", r->partner, path);
}

/* From the root on, for other programs are to find what stands beside the form from wherever they
 * run. NULL: memory, or there is no working directory. */
static char *absolute(const char *path)
{
    char *dir = *path == '/' || !*path ? NULL : getcwd(NULL, 0), *whole = NULL;

    if (*path == '/' || !*path)
        return strdup(path);
    if (dir && asprintf(&whole, "%s/%s", dir, path) < 0)
        whole = NULL;
    free(dir);
    return whole;
}

static bool read_whole(const char *path, const char *partner, struct form *form,
                       struct fleet *fleet, struct err *e)
{
    struct reading r = {.form = form, .fleet = fleet, .partner = partner};

    if (!read_all(&r, path, e))
        return false;
    if (!partner)
        return form->count > 0 || fleet->invalid_count > 0 ||
               err_set(e, ERR_FILE, "-f: \"%.100s\" holds no partner", path);
    if (!form_partner(form, partner))
        return no_partner(&r, path, e);
    /* nobody knows whether [own] is in it */
    return form->own.given || !*r.unread || fleet_add_invalid(fleet, r.unread) || err_memory(e);
}

bool forms_read(const char *path, const char *partner, struct form *form, struct fleet *fleet,
                struct err *e)
{
    char *whole = absolute(path);
    bool ok = whole ? read_whole(whole, partner, form, fleet, e)
                    : err_set(e, ERR_FILE, "\"%.100s\": %s", path, strerror(errno));

    free(whole);
    return ok;
}
