#include "form.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form_fields.h"
#include "inifile.h"
#include "text.h"

struct reader {
    const char *path;
    char name[104]; /* clean, for messages */
    const struct form *before;
    struct form read;
    struct partner *partner; /* whose section it is; NULL in [own] and before any section */
    bool own;
    int lines[FORM_FIELDS_MAX]; /* where each field of the section stands, 0: nowhere */
};

/* --- freeing --- */

static void list_clear(struct form_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->at[i]);
    free(l->at);
}

static void gateways_clear(struct form_gateways *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->at[i].name);
    free(g->at);
}

static void partner_clear(struct partner *p)
{
    char *const texts[] = {p->id,           p->file,          p->company,       p->address,
                           p->contact_name, p->contact_email, p->contact_phone, p->contact_mobile,
                           p->ca_file,      p->ca_url};
    struct form_list *const lists[] = {&p->domains, &p->subdomains, &p->cns,
                                       &p->issuers, &p->match,      &p->fingerprints};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_clear(lists[i]);
    gateways_clear(&p->gateways);
}

static void own_clear(struct form_own *o)
{
    char *const texts[] = {o->file, o->recipient, o->sni, o->postfix_transport, o->exim_config};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    list_clear(&o->postfix_policy);
    list_clear(&o->postfix_access);
    gateways_clear(&o->gateways);
}

void form_clear(struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        partner_clear(&form->at[i]);
    free(form->at);
    own_clear(&form->own);
    *form = (struct form){0};
}

/* --- a section as a whole --- */

static bool wrong(const struct reader *r, int line, const char *what, struct err *e)
{
    return err_set(e, ERR_FILE, "%s:%d: %s", r->name, line, what);
}

static int line_in(bool own, const int *lines, const char *field)
{
    size_t count;
    const struct form_field *fields = form_fields(own, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, field) == 0)
            return lines[i];
    }
    return 0;
}

static int line_of(const struct reader *r, const char *field)
{
    return line_in(r->own, r->lines, field);
}

static bool subdomains_fit(const struct reader *r, struct err *e)
{
    const struct partner *p = r->partner;

    for (size_t i = 0; i < p->subdomains.count; i++) {
        struct form_place at = {r->path, r->name, line_of(r, "subdomains"), "subdomains"};

        if (!form_covers(p, p->subdomains.at[i]))
            return form_refuse(&at, p->subdomains.at[i], "is below no wildcard of domains", e);
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "*.example.com" has its apex in it, and a subdomain may stand among the domains. */
static bool domains_differ(const struct reader *r, struct err *e)
{
    const struct form_place at = {r->path, r->name, line_of(r, "domains"), "domains"};
    const char *all[2 * FORM_LIST_MAX], *domain;
    size_t count = 0;

    while ((domain = form_domain(r->partner, count)))
        all[count++] = domain;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(all[i - 1], all[i]) == 0)
            return form_refuse(&at, all[i], "is listed twice, or in subdomains too", e);
    }
    return true;
}

static int by_gateway(const void *a, const void *b)
{
    const struct form_gateway *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->port > y->port) - (x->port < y->port);
}

static bool gateways_differ(const struct reader *r, struct err *e)
{
    const struct form_gateways *list = r->own ? &r->read.own.gateways : &r->partner->gateways;
    const struct form_place at = {r->path, r->name, line_of(r, "gateways"), "gateways"};
    struct form_gateway all[FORM_LIST_MAX];

    if (list->count > 0)
        memcpy(all, list->at, list->count * sizeof *all);
    qsort(all, list->count, sizeof *all, by_gateway);
    for (size_t i = 1; i < list->count; i++) {
        if (by_gateway(&all[i - 1], &all[i]) == 0)
            return form_refuse(&at, all[i].name, "is listed twice", e);
    }
    return true;
}

/* What depends on several fields, once all are there. */
static bool section_ends(const struct reader *r, struct err *e)
{
    const struct partner *p = r->partner;

    if (!p)
        return !r->own || gateways_differ(r, e);
    if (p->domains.count == 0)
        return wrong(r, p->line, "domains: missing", e);
    if (p->outbound && p->gateways.count == 0)
        return wrong(r, p->line, "gateways: missing; only direction = inbound needs none", e);
    if (p->level == LEVEL_FINGERPRINT && p->fingerprints.count == 0)
        return wrong(r, line_of(r, "tls-level"), "tls-level: fingerprint needs fingerprint = HEX",
                     e);
    if (p->level != LEVEL_FINGERPRINT && p->fingerprints.count > 0)
        return wrong(r, line_of(r, "fingerprint"), "fingerprint: needs tls-level = fingerprint", e);
    if (p->pinned && p->cns.count == 0 && p->issuers.count == 0)
        return wrong(r, line_of(r, "pinned"), "pinned: needs certificate-cn or issuer", e);
    if (p->pinned && p->level <= LEVEL_FINGERPRINT)
        return wrong(r, line_of(r, "pinned"),
                     "pinned: names do not count at tls-level may, encrypt and fingerprint", e);
    return subdomains_fit(r, e) && domains_differ(r, e) && gateways_differ(r, e);
}

/* Letters, digits, '-', '_' and '.': an id is an argument, a label of perfdata and a file's name.
 */
static bool is_id(const char *s)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    return *s && strspn(s, known) == strlen(s) && *s != '-' && *s != '.';
}

/* The name of the form, clean and whole. NULL: memory. */
static char *clean_path(const char *path)
{
    size_t cap = strlen(path) + 5;
    char *clean = malloc(cap);

    if (clean)
        text_clean(clean, cap, path, strlen(path));
    return clean;
}

static bool begin_own(struct reader *r, int line, struct err *e)
{
    const struct form_own *first = r->before->own.given ? &r->before->own : &r->read.own;
    struct form_own *own = &r->read.own;

    if (first->given)
        return err_set(e, ERR_FILE, "%s:%d: [own] is there already, in %.100s:%d", r->name, line,
                       first->file, first->line);
    own->given = true;
    own->line = line;
    own->file = clean_path(r->path);
    return own->file ? true : err_memory(e);
}

static bool partner_init(struct partner *p, const struct reader *r, const char *id)
{
    char **const texts[] = {&p->company,       &p->address,       &p->contact_name,
                            &p->contact_email, &p->contact_phone, &p->contact_mobile,
                            &p->ca_url};
    bool ok;

    p->id = strdup(id);
    p->file = clean_path(r->path);
    ok = p->id && p->file;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ok = (*texts[i] = strdup("")) && ok;
    p->outbound = p->inbound = true;
    p->level = LEVEL_VERIFY;
    p->min_version = TLS1_2_VERSION;
    p->min_version_name = "1.2";
    for (int c = 0; c < FINDING_COUNT; c++)
        p->on[c] = STATE_DEFAULT;
    return ok;
}

static bool begin_partner(struct reader *r, const char *id, int line, struct err *e)
{
    const struct partner *first = form_partner(r->before, id);
    struct partner *grown;

    first = first ? first : form_partner(&r->read, id);
    if (first)
        return err_set(e, ERR_FILE, "%s:%d: [%s] is there already, in %.100s:%d", r->name, line, id,
                       first->file, first->line);
    if (r->before->count + r->read.count >= FORM_PARTNERS_MAX)
        return wrong(r, line, "more than 10000 partners", e);
    grown = form_grow(r->read.at, r->read.count, sizeof *grown);
    if (!grown)
        return err_memory(e);
    r->read.at = grown;
    r->partner = &grown[r->read.count++];
    *r->partner = (struct partner){.line = line};
    return partner_init(r->partner, r, id) ? true : err_memory(e);
}

static bool section_begins(struct reader *r, const char *id, int line, struct err *e)
{
    char shown[56];

    if (!section_ends(r, e))
        return false;
    memset(r->lines, 0, sizeof r->lines);
    r->partner = NULL;
    r->own = strcmp(id, "own") == 0;
    if (r->own)
        return begin_own(r, line, e);
    text_clean(shown, sizeof shown, id, strlen(id));
    if (!is_id(id))
        return err_set(e, ERR_FILE, "%s:%d: [%s] is no name of a partner: letters, digits, \"-_.\"",
                       r->name, line, shown);
    return begin_partner(r, id, line, e);
}

/* --- the file --- */

static bool on_key(void *ctx, const char *section, const char *key, const char *value, int line,
                   struct err *e)
{
    struct reader *r = ctx;
    struct form_place at = {.path = r->path, .name = r->name, .line = line};
    const struct form_field *fields;
    char shown[44];
    size_t count, i = 0;

    if (!key)
        return section_begins(r, section, line, e);
    if (!r->own && !r->partner)
        return wrong(r, line, "stands before the first [section]", e);
    fields = form_fields(r->own, &count);
    text_clean(shown, sizeof shown, key, strlen(key));
    at.field = shown;
    while (i < count && strcmp(fields[i].name, key) != 0)
        i++;
    if (i == count)
        return err_set(e, ERR_FILE, "%s:%d: %s: no such field %s", r->name, line, shown,
                       r->own ? "in [own]" : "of a partner");
    if (!value)
        return err_set(e, ERR_FILE, "%s:%d: %s: expected %s = value", r->name, line, shown, shown);
    if (r->lines[i] > 0 && !(fields[i].flags & FORM_REPEATS))
        return err_set(e, ERR_FILE, "%s:%d: %s: given twice, first in line %d", r->name, line,
                       shown, r->lines[i]);
    r->lines[i] = line;
    if (r->own)
        r->read.own.lines[i] = line;
    if (*value == '\0')
        return true;
    return form_set(&at, &fields[i], r->own ? (void *)&r->read.own : r->partner, value, e);
}

static bool is_utf8(const struct reader *r, const char *text, size_t len, struct err *e)
{
    size_t valid = text_utf8(text, len);
    int line = 1;

    if (valid == len)
        return true;
    for (size_t i = 0; i < valid; i++)
        line += text[i] == '\n';
    return wrong(r, line, "not UTF-8", e);
}

/* Moves what was read behind what is there. */
static bool take(struct form *form, struct form *read, struct err *e)
{
    if (read->count > 0) {
        struct partner *all = realloc(form->at, (form->count + read->count) * sizeof *all);

        if (!all)
            return err_memory(e);
        memcpy(all + form->count, read->at, read->count * sizeof *all);
        form->at = all;
        form->count += read->count;
    }
    if (read->own.given)
        form->own = read->own;
    free(read->at);
    *read = (struct form){0};
    return true;
}

bool form_read(const char *path, const char *text, size_t len, struct form *form, struct err *e)
{
    struct reader r = {.path = path, .before = form};
    bool ok;

    text_clean(r.name, sizeof r.name, path, strlen(path));
    ok = is_utf8(&r, text, len, e) && inifile_read(r.name, text, len, on_key, &r, e) &&
         section_ends(&r, e) && take(form, &r.read, e);
    form_clear(&r.read);
    return ok;
}

/* --- asking --- */

bool form_own_wrong(const struct form_own *own, const char *field, struct err *e)
{
    struct err why = *e;

    return why.cause != ERR_MEMORY && err_set(e, why.cause, "%.100s:%d: %s: %s", own->file,
                                              line_in(true, own->lines, field), field, why.text);
}

const struct partner *form_partner(const struct form *form, const char *id)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->at[i].id, id) == 0)
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
