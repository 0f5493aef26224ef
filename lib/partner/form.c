/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "partner/form_fields.h"
#include "partner/form_rules.h"
#include "partner/form_shape.h"
#include "base/array.h"
#include "base/closest.h"
#include "base/ini.h"
#include "base/text.h"

struct reader {
    char name[104];              /* clean, for messages */
    int line;                    /* that is being read */
    const struct form *before;   /* all files that were read earlier */
    struct form read;            /* of this file */
    struct form_section section; /* that is being read */
    bool outside;                /* a field is before the first section */
    size_t faults_before;        /* of other files */
};

/* --- freeing --- */

/* Frees the entries and the array. *l still points to them and must be filled anew before use. */
static void list_clear(struct form_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->at[i]);
    free(l->at);
}

/* Frees the entries and the array. *g still points to them and must be filled anew before use. */
static void gateways_clear(struct form_gateways *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->at[i].name);
    free(g->at);
}

/* Frees everything that a partner owns, but not *p, whose pointers are of no use then. */
static void partner_clear(struct partner *p)
{
    char *const texts[] = {p->id,
                           p->file,
                           p->company,
                           p->address,
                           p->contact_name,
                           p->contact_email,
                           p->contact_phone,
                           p->contact_mobile,
                           p->tls_profile,
                           p->ca_file,
                           p->ca_url,
                           p->contact_urgent,
                           p->contact_second,
                           p->client_cert,
                           p->client_key,
                           p->xclient_address,
                           p->xclient_name};
    struct form_list *const lists[] = {&p->domains,      &p->subdomains,   &p->cns,
                                       &p->issuers,      &p->match,        &p->sending_certs,
                                       &p->fingerprints, &p->sending_hosts};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_clear(lists[i]);
    gateways_clear(&p->gateways);
}

/* Frees everything that [own] owns, but not *o, whose pointers are of no use then. */
static void own_clear(struct form_own *o)
{
    char *const texts[] = {o->file, o->recipient, o->sni, o->exim, o->verify_sender};
    struct form_list *const lists[] = {&o->domains, &o->postfix, &o->senders, &o->recipients,
                                       &o->internal};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_clear(lists[i]);
    gateways_clear(&o->gateways);
    gateways_clear(&o->relay);
}

void form_clear(struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        partner_clear(&form->at[i]);
    free(form->at);
    hash_clear(&form->ids);
    own_clear(&form->own);
    free(form->faults.at);
    *form = (struct form){0};
}

/* --- errors --- */

bool form_faults_add(struct form_faults *f, const char *text)
{
    struct form_fault *grown = array_grow(f->at, f->count, sizeof *grown);

    if (!grown)
        return false;
    f->at = grown;
    text_copy(grown[f->count++].text, sizeof grown->text, text);
    return true;
}

/* Adds "FILE:LINE: what" to the faults, and reading goes on; `what` is clean and is copied. False
 * with `e` filled: memory. */
static bool fault(struct reader *r, int line, const char *what, struct error *e)
{
    return form_rules_fault(&r->section, line, what, e);
}

/* Adds an error as of `fault`, and nothing more is read. Always false, with `e` filled. */
static bool last_fault(struct reader *r, int line, const char *what, struct error *e)
{
    return fault(r, line, what, e) && error_set(e, ERROR_FILE, "%s", what);
}

/* --- a section --- */

/* Whether a section's name may be an id, which is an argument, a label of perfdata and a file's
 * name: letters, digits, '-', '_' and '.', the first neither '-' nor '.'. */
static bool is_id(const char *s)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return *s && strspn(s, known) == strlen(s) && *s != '-' && *s != '.';
}

/* A clean copy of a form's path, not cut, to be freed. NULL: memory. */
static char *clean_path(const char *path)
{
    size_t cap = strlen(path) + 5;
    char *clean = malloc(cap);

    if (clean)
        text_clean(clean, cap, path, strlen(path));
    return clean;
}

/* Adds the error that the section of r->line is there already, in line `line` of `file`. `id`,
 * "own" or a partner's, and `file` are clean. False: memory. */
static bool exists_already(struct reader *r, const char *id, const char *file, int line,
                           struct error *e)
{
    char text[240];

    text_format(text, sizeof text, "[%s] exists already, in %.100s:%d", id, file, line);
    return fault(r, r->line, text, e);
}

/* Makes [own] the section that is read; if there is one already, that adds an error. False:
 * memory. */
static bool begin_own(struct reader *r, struct error *e)
{
    const struct form_own *first = r->before->own.given ? &r->before->own : &r->read.own;
    struct form_own *own = &r->read.own;

    r->section.own = own;
    if (first->given && !exists_already(r, "own", first->file, first->line, e))
        return false;
    if (own->given)
        return true;
    own->given = true;
    own->line = r->line;
    own->file = clean_path(r->section.path);
    return own->file || error_memory(e);
}

/* Gives a partner its id, its file and its defaults; all else but its line is zeroed before.
 * False: memory; form_clear frees what there is. */
static bool partner_init(struct partner *p, const char *path, const char *id)
{
    char **const texts[] = {&p->company,        &p->address,        &p->contact_name,
                            &p->contact_email,  &p->contact_phone,  &p->contact_mobile,
                            &p->contact_urgent, &p->contact_second, &p->ca_url};
    struct tls_policy usual;
    bool ok;

    p->id = strdup(id);
    p->file = clean_path(path);
    ok = p->id && p->file;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ok = (*texts[i] = strdup("")) && ok;
    p->outbound = p->inbound = true;
    tls_policy_default(&usual);
    p->level = usual.level;
    p->inbound_level = LEVEL_ENCRYPT;
    p->min_version = usual.min_version;
    p->min_version_name = usual.min_version_name;
    memcpy(p->on, usual.on, sizeof p->on);
    return ok;
}

/* Adds a partner and makes it the section that is read. `id` is not checked here: begin_refused has
 * one that is invalid. False with `e` filled: memory, or too many partners. */
static bool begin_partner(struct reader *r, const char *id, struct error *e)
{
    struct partner *grown;

    if (r->before->count + r->read.count >= FORM_PARTNERS_MAX)
        return last_fault(r, r->line, "more than 10000 partners", e);
    grown = array_grow(r->read.at, r->read.count, sizeof *grown);
    if (!grown)
        return error_memory(e);
    r->read.at = grown;
    r->section.partner = &grown[r->read.count];
    *r->section.partner = (struct partner){.line = r->line};
    r->read.count++;
    return (partner_init(r->section.partner, r->section.path, id) &&
            hash_add(&r->read.ids, hash_text(id), r->read.count - 1)) ||
           error_memory(e);
}

/* Adds the error that an id is invalid. The fields below it are still read, for their errors.
 * False: memory, or too many partners. */
static bool begin_refused(struct reader *r, const char *id, struct error *e)
{
    char shown[56], text[160];

    text_clean(shown, sizeof shown, id, strlen(id));
    text_format(text, sizeof text, "[%s] is not a name of a partner: use letters, digits, \"-_.\"",
                shown);
    return fault(r, r->line, text, e) && begin_partner(r, id, e);
}

/* Checks the section before, and begins that of the heading `id`, "own" or a partner's. False:
 * memory, or too many partners. */
static bool section_begins(struct reader *r, const char *id, struct error *e)
{
    const struct partner *first = form_partner(r->before, id);

    if (!form_rules_hold(&r->section, e))
        return false;
    r->section = (struct form_section){r->section.path, r->name, .faults = r->section.faults};
    if (closest_is_same(id, "own"))
        return begin_own(r, e);
    if (!is_id(id))
        return begin_refused(r, id, e);
    first = first ? first : form_partner(&r->read, id);
    if (first && !exists_already(r, id, first->file, first->line, e))
        return false;
    return begin_partner(r, id, e);
}

/* --- a field --- */

/* Adds the error that the section that is read has no field `key`, which is not clean, with the one
 * that may be meant. False: memory. */
static bool unknown_field(struct reader *r, const char *key, struct error *e)
{
    bool own = r->section.own != NULL;
    const char *where = own ? "in [own]" : "of a partner";
    struct closest c = {.word = key};
    char shown[44], text[200];
    size_t count;
    const struct form_field *fields = form_fields(own, &count);

    for (size_t i = 0; i < count; i++)
        closest_offer(&c, fields[i].name);
    text_clean(shown, sizeof shown, key, strlen(key));
    text_format(text, sizeof text, "%s: no such field %s", shown, where);
    if (form_fields_index(!own, key) < FORM_FIELDS_MAX)
        text_append(text, sizeof text, "; %s has it", own ? "a partner" : "[own]");
    else if (c.name)
        text_append(text, sizeof text, "; did you mean %s?", c.name);
    else
        text_append(text, sizeof text, "; see mailtls-partner(5)");
    return fault(r, r->line, text, e);
}

/* Adds the error that a line has no '='. False: memory. */
static bool without_value(struct reader *r, const char *field, struct error *e)
{
    char text[120];

    text_format(text, sizeof text, "%s: expected %s = value", field, field);
    return fault(r, r->line, text, e);
}

/* Adds the error that a field is given again; `first` is the line where it was given. False:
 * memory. */
static bool given_twice(struct reader *r, const char *field, int first, struct error *e)
{
    char text[120];

    text_format(text, sizeof text, "%s: given twice, first in line %d", field, first);
    return fault(r, r->line, text, e);
}

/* Reads a value, which is not empty, into its place, and adds the errors in it; `i` is the field's
 * index in its table. False: memory. */
static bool read_value(struct reader *r, size_t i, const struct form_field *field,
                       const char *value, struct error *e)
{
    struct form_section *s = &r->section;
    struct form_place at = {s->path, s->name, r->line, field->name, s->faults};
    size_t before = s->faults->count;
    bool ok = form_fields_set(&at, field, s->own ? (void *)s->own : s->partner, value, e);

    s->refused[i] = s->refused[i] || s->faults->count > before;
    return ok;
}

/* Reads a field of the section that is read, or adds the error in it. `value` NULL: the line has
 * no '=', which is wrong; "": the field stays as it is. False: memory. */
static bool field_of_section(struct reader *r, const char *key, const char *value, struct error *e)
{
    struct form_section *s = &r->section;
    size_t i = form_fields_index(s->own != NULL, key), count;
    const struct form_field *field;
    int first;

    if (i == FORM_FIELDS_MAX)
        return unknown_field(r, key, e);
    field = &form_fields(s->own != NULL, &count)[i];
    s->refused[i] = s->refused[i] || !value;
    if (!value)
        return without_value(r, field->name, e);
    first = s->lines[i];
    if (first > 0 && !(field->flags & (FORM_LIST | FORM_REPEATS)))
        return given_twice(r, field->name, first, e);
    if (first == 0)
        s->lines[i] = r->line;
    return *value == '\0' || read_value(r, i, field, value, e);
}

/* --- the file --- */

/* Adds the error in `e`, about a malformed line, whose text has file and line already. False:
 * memory. */
static bool malformed(struct reader *r, struct error *e)
{
    r->section.damaged = true;
    return form_faults_add(r->section.faults, e->text) || error_memory(e);
}

/* The ini_visit of the reader `ctx`. Without `section` the line is malformed, and `e` says so;
 * without `key` it is a heading; without `value` it has no "=". False: memory, or nothing more is
 * to be read. */
static bool on_key(void *ctx, const char *section, const char *key, const char *value, int line,
                   struct error *e)
{
    struct reader *r = ctx;

    r->line = line;
    if (r->section.faults->count - r->faults_before >= FORM_FAULTS_MAX)
        return last_fault(r, line, "there may be more errors", e);
    if (!section)
        return malformed(r, e);
    if (!key)
        return section_begins(r, section, e);
    if (r->section.own || r->section.partner)
        return field_of_section(r, key, value, e);
    if (r->outside)
        return true; /* said of the first */
    r->outside = true;
    return fault(r, line, "is before the first [section]", e);
}

/* Reads the whole text and adds its errors to the faults. True also where there are some. False:
 * memory, or nothing more is to be read. */
static bool read_sections(struct reader *r, const char *text, size_t len, struct error *e)
{
    const char *shape;

    if (len > INI_SIZE_MAX)
        return last_fault(r, 1, "larger than 4 MiB", e);
    shape = form_shape(text, len, &r->line);
    if (shape) {
        r->section.faults->basic = true;
        return last_fault(r, r->line, shape, e);
    }
    return ini_read(r->name, text, len, on_key, r, e) && form_rules_hold(&r->section, e);
}

/* Appends the partners of *read, whose ids *form has not yet, and its [own] to *form, and empties
 * *read. False with `e` filled: memory; *read is still to be cleared. */
static bool take(struct form *form, struct form *read, struct error *e)
{
    if (read->count > 0) {
        struct partner *all = realloc(form->at, (form->count + read->count) * sizeof *all);

        if (!all)
            return error_memory(e);
        memcpy(all + form->count, read->at, read->count * sizeof *all);
        form->at = all;
        for (size_t i = 0; i < read->count; i++) {
            if (!hash_add(&form->ids, hash_text(all[form->count + i].id), form->count + i))
                return error_memory(e);
        }
        form->count += read->count;
    }
    if (read->own.given)
        form->own = read->own;
    free(read->at);
    hash_clear(&read->ids);
    *read = (struct form){0};
    return true;
}

bool form_read(const char *path, const char *text, size_t len, struct form *form, struct error *e)
{
    struct form_faults *faults = &form->faults;
    struct reader r = {.before = form, .faults_before = faults->count};
    bool ok;

    text_clean(r.name, sizeof r.name, path, strlen(path));
    r.section = (struct form_section){path, r.name, .faults = faults};
    e->cause = ERROR_NONE;
    ok = read_sections(&r, text, len, e) && faults->count == r.faults_before;
    if (!ok && e->cause != ERROR_MEMORY)
        error_set(e, ERROR_FILE, "%s", faults->at[r.faults_before].text);
    ok = ok && take(form, &r.read, e);
    form_clear(&r.read);
    return ok;
}

/* --- asking --- */

const struct partner *form_partner(const struct form *form, const char *id)
{
    struct hash_walk walk;

    for (size_t i = hash_first(&form->ids, hash_text(id), &walk); i != HASH_NONE;
         i = hash_next(&walk)) {
        if (i < form->count && strcmp(form->at[i].id, id) == 0)
            return &form->at[i];
    }
    return NULL;
}

const char *form_domain(const struct partner *p, size_t i)
{
    if (i < p->domains.count)
        return p->domains.at[i] + (p->domains.at[i][0] == '*' ? 2 : 0);
    i -= p->domains.count;
    return i < p->subdomains.count ? p->subdomains.at[i] : NULL;
}

const char *form_name(const struct partner *p, size_t i)
{
    for (size_t k = 0; k < p->domains.count; k++) {
        const char *domain = p->domains.at[k];

        if (i == 0)
            return *domain == '*' ? domain + 2 : domain;
        if (*domain == '*' && --i == 0)
            return domain;
        i--;
    }
    return i < p->subdomains.count ? p->subdomains.at[i] : NULL;
}

bool form_covers(const struct partner *p, const char *name)
{
    for (size_t i = 0; i < p->domains.count; i++) {
        const char *suffix = p->domains.at[i] + 1;
        size_t len = strlen(name), n = strlen(suffix);

        if (*p->domains.at[i] == '*' && len > n && strcmp(name + len - n, suffix) == 0)
            return true;
    }
    return false;
}
