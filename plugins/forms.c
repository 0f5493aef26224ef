/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/forms.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/closest.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/text.h"

/* Forms under way. */
struct reading {
    struct form *form;
    struct partners *partners;
    const char *partner; /* whom it is all for; NULL: nobody in particular */
    char unread[256];    /* what is wrong with a file that could not even be read */
};

/* Whether a text contains "[NAME]" anywhere, for files that are not read as forms. */
static bool has_section(const char *text, size_t len, const char *name)
{
    char heading[80];
    int n = snprintf(heading, sizeof heading, "[%s]", name);

    return n < (int)sizeof heading && memmem(text, len, heading, (size_t)n);
}

/* For scandir: not 0 for the name of a form: *.ini, in any case, not hidden. */
static int is_form(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');

    return d->d_name[0] != '.' && dot && strcasecmp(dot, ".ini") == 0;
}

/* --- what is wrong --- */

/* Notes the errors of a file, form->faults from `first` on, one or more, as those of one form.
 * False: memory. */
static bool note_faults(struct reading *r, size_t first)
{
    const struct form_faults *faults = &r->form->faults;
    bool ok = partners_add_invalid(r->partners, faults->at[first].text);

    for (size_t i = first + 1; ok && i < faults->count; i++)
        ok = partners_add_error(r->partners, faults->at[i].text);
    return ok;
}

/* Notes what is wrong with a form of a directory, unless it is somebody else's than r->partner's:
 * form->faults from the index `first` on, or if there are none, `why`. `text` NULL: it could not be
 * read. False: memory. */
static bool note(struct reading *r, const char *text, size_t len, size_t first, const char *why)
{
    if (r->partner &&
        !(text && (has_section(text, len, "own") || has_section(text, len, r->partner)))) {
        if (!text)
            text_copy(r->unread, sizeof r->unread, why);
        return true;
    }
    if (first < r->form->faults.count)
        return note_faults(r, first);
    return partners_add_invalid(r->partners, why);
}

/* Writes the error "\"PATH\" WHAT", of cause ERROR_FILE. Sets faults.basic of the form, because the
 * reader may not have seen a form yet, but adds no fault. Always false. */
static bool basic(struct reading *r, const char *path, const char *what, struct error *e)
{
    char shown[104];

    text_clean(shown, sizeof shown, path, strlen(path));
    r->form->faults.basic = true;
    return error_set(e, ERROR_FILE, "\"%s\" %s", shown, what);
}

/* --- files --- */

/* Adds the partners of a file that was read. A file without any section is one that was lost: a
 * partner that it held would go unnoticed. False with `e` filled. */
static bool read_form(struct reading *r, const char *path, const char *text, size_t len,
                      struct error *e)
{
    struct form *form = r->form;
    size_t count = form->count;
    bool own = form->own.given;

    if (!form_read(path, text, len, form, e))
        return false;
    return form->count > count || form->own.given != own ||
           basic(r, path, "contains no partner", e);
}

/* Reads a file of the directory; one that is wrong is noted, and true is returned. False with `e`
 * filled: memory, or the name is too long. */
static bool read_entry(struct reading *r, const char *dir, const char *name, struct error *e)
{
    size_t first = r->form->faults.count, len = 0;
    char path[4096], *text;
    struct error why = {0};
    bool ok;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return error_set(e, ERROR_FILE, "name too long: %.60s/%.60s", dir, name);
    text = file_read(path, INI_SIZE_MAX, &len, &why);
    ok = (text && read_form(r, path, text, len, &why)) || note(r, text, len, first, why.text);
    free(text);
    return ok || error_memory(e);
}

/* For scandir: not 0 for a file that is not hidden. */
static int is_visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

/* Writes the error that a directory has no form, and names a file that may be one under another
 * name. Always false. */
static bool no_form(struct reading *r, const char *path, struct error *e)
{
    struct dirent **list = NULL;
    int count = scandir(path, &list, is_visible, alphasort);
    char shown[44];

    basic(r, path, "contains no form (*.ini)", e);
    for (int i = 0; i < count; i++) {
        text_clean(shown, sizeof shown, list[i]->d_name, strlen(list[i]->d_name));
        if (i == 0)
            text_append(e->text, sizeof e->text,
                        "; if \"%s\" is one, give it a name that ends in .ini", shown);
        free(list[i]);
    }
    free(list);
    return false;
}

/* Reads all forms of a directory. Those that are wrong are noted. False with `e` filled: there is
 * none, the directory cannot be read, or as read_entry. */
static bool read_directory(struct reading *r, const char *path, struct error *e)
{
    struct dirent **list = NULL;
    int count = scandir(path, &list, is_form, alphasort);
    bool ok = count > 0;

    if (count < 0)
        error_set(e, ERROR_FILE, "\"%.100s\" cannot be read: %s", path, strerror(errno));
    else if (count == 0)
        no_form(r, path, e);
    for (int i = 0; i < count; i++) {
        ok = ok && read_entry(r, path, list[i]->d_name, e);
        free(list[i]);
    }
    free(list);
    return ok;
}

/* Reads one file. If it is wrong, all its errors are noted. False with `e` filled. */
static bool read_file(struct reading *r, const char *path, struct error *e)
{
    size_t len, first = r->form->faults.count;
    char *text = file_read(path, INI_SIZE_MAX, &len, e);
    bool ok = text && form_read(path, text, len, r->form, e);

    if (!ok && first < r->form->faults.count && !note_faults(r, first))
        error_memory(e);
    free(text);
    return ok;
}

/* Reads the file or the directory. False with `e` filled. */
static bool read_all(struct reading *r, const char *path, struct error *e)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_directory(r, path, e);
    return read_file(r, path, e);
}

/* --- the partner that is asked for --- */

enum { NAMED = 8 }; /* partners that an error names */

/* Appends to the text of an error the partners that there are, or the one that may be meant. */
static void name_partners(const struct reading *r, struct error *e)
{
    const struct form *form = r->form;
    struct closest c = {.word = r->partner};

    for (size_t i = 0; i < form->count; i++)
        closest_offer(&c, form->at[i].id);
    if (c.name) {
        text_append(e->text, sizeof e->text, "; did you mean \"%s\"?", c.name);
        return;
    }
    for (size_t i = 0; i < form->count && i < NAMED; i++)
        text_append(e->text, sizeof e->text, "%s%.40s", i ? ", " : "; the partners are ",
                    form->at[i].id);
    if (form->count > NAMED)
        text_append(e->text, sizeof e->text, " and %zu more", form->count - NAMED);
}

/* Writes the error that r->partner is not in the forms at `path`, or else that of a file that is
 * wrong, where the partner may be. Always false. */
static bool no_partner(struct reading *r, const char *path, struct error *e)
{
    const char *why = r->partners->invalid_count > 0 ? r->partners->invalid[0].text : r->unread;

    if (*why)
        return error_set(e, ERROR_FILE, "%.250s", why);
    r->form->faults.basic = true;
    error_set(e, ERROR_FILE, "--partner: \"%.60s\" is not in \"%.100s\"", r->partner, path);
    name_partners(r, e);
    return false;
}

/* The path from the root on, to be freed: other programs are to find the files next to the form
 * from wherever they run. "" stays. NULL with errno set: memory, or there is no working
 * directory. */
static char *absolute(const char *path)
{
    char *dir, *whole = NULL;

    if (*path == '/' || !*path)
        return strdup(path);
    dir = getcwd(NULL, 0);
    if (dir && asprintf(&whole, "%s/%s", dir, path) < 0)
        whole = NULL;
    free(dir);
    return whole;
}

/* Reads a file or a directory, whose path is absolute, and looks for the partner; NULL: all are
 * asked for. False with `e` filled, also where there is no such partner. */
static bool read_whole(const char *path, const char *partner, struct form *form,
                       struct partners *partners, struct error *e)
{
    struct reading r = {.form = form, .partners = partners, .partner = partner};

    if (!read_all(&r, path, e))
        return false;
    if (!partner)
        return form->count > 0 || partners->invalid_count > 0 ||
               basic(&r, path, "contains no partner", e);
    if (!form_partner(form, partner))
        return no_partner(&r, path, e);
    /* nobody knows whether [own] is in it */
    return form->own.given || !*r.unread || partners_add_invalid(partners, r.unread) ||
           error_memory(e);
}

bool forms_read(const char *path, const char *partner, struct form *form, struct partners *partners,
                struct error *e)
{
    char *whole = absolute(path);
    bool ok;

    if (!whole)
        return error_set(e, ERROR_FILE, "\"%.100s\": %s", path, strerror(errno));
    ok = read_whole(whole, partner, form, partners, e);
    free(whole);
    return ok;
}
