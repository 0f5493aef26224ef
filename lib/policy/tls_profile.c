/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/tls_profile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/closest.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/text.h"

enum { TEXT_MAX = 200, PATH_SIZE = 4096, BITS_MAX = 16384 };

/* A file under way. */
struct reading {
    struct tls_profile *p;
    const char *name; /* the file's, clean, for messages */
    int line;
    const char *section, *key;
};

static const char separators[] = " \t\r\v\f,";

/* The sections that list numbers, by kind. */
static const char *const sections[TLS_CODE_KINDS] = {
    [TLS_CODE_VERSION] = "versions",
    [TLS_CODE_SUITE] = "cipher-suites",
    [TLS_CODE_GROUP] = "groups",
    [TLS_CODE_SIGNATURE] = "signature-algorithms",
};

static const char section_profile[] = "profile", section_sizes[] = "key-sizes";

/* The keys of such a section, but for until-YEAR and source. */
static const struct {
    const char *key;
    struct tls_profile_entry entry;
} ratings[] = {
    {"required", {.required = true, .rating = TLS_PROFILE_ALLOWED}},
    {"allowed", {.rating = TLS_PROFILE_ALLOWED}},
    {"phase-out", {.rating = TLS_PROFILE_PHASE_OUT}},
    {"forbidden", {.rating = TLS_PROFILE_FORBIDDEN}},
};

/* The keys of [key-sizes]. */
static const struct {
    const char *key;
    enum tls_profile_key of;
    bool phase_out;
} sizes[] = {
    {"rsa", TLS_PROFILE_RSA, false}, {"rsa-phase-out", TLS_PROFILE_RSA, true},
    {"ec", TLS_PROFILE_EC, false},   {"ec-phase-out", TLS_PROFILE_EC, true},
    {"dh", TLS_PROFILE_DH, false},   {"dh-phase-out", TLS_PROFILE_DH, true},
};

/* Fills `e` with ERROR_FILE and "NAME:LINE: SECTION: KEY: "VALUE" WHAT". The value is cleaned here.
 * r->section and r->key must be set. Always false. */
static bool refuse(const struct reading *r, const char *value, const char *what, struct error *e)
{
    char shown[64];

    text_clean(shown, sizeof shown, value, strlen(value));
    return error_set(e, ERROR_FILE, "%.80s:%d: %s: %s: \"%s\" %.80s", r->name, r->line, r->section,
                     r->key, shown, what);
}

/* Fills `e` with ERROR_FILE: a section or key is not known, and which was meant. `what`: "section"
 * or "key". `word`, which is cleaned here, has been compared with all names by `c`. Always
 * false. */
static bool unknown(const struct reading *r, const char *what, const char *word,
                    const struct closest *c, struct error *e)
{
    char shown[48];

    text_clean(shown, sizeof shown, word, strlen(word));
    if (c->name)
        return error_set(e, ERROR_FILE, "%.80s:%d: unknown %s \"%s\"; did you mean \"%s\"?",
                         r->name, r->line, what, shown, c->name);
    return error_set(e, ERROR_FILE, "%.80s:%d: unknown %s \"%s\"", r->name, r->line, what, shown);
}

/* Sets *target, a text of the profile, to a copy of the value, which is cleaned and cut here. False
 * with `e` filled: it was given before, the value is empty, or memory. */
static bool set_text(const struct reading *r, char **target, const char *value, struct error *e)
{
    char clean[TEXT_MAX];

    if (*target)
        return refuse(r, value, "is given twice", e);
    if (!*value)
        return refuse(r, value, "is empty", e);
    text_clean(clean, sizeof clean, value, strlen(value));
    *target = strdup(clean);
    return *target || error_memory(e);
}

/* --- lists of numbers --- */

/* Adds to the set of the kind an entry like `entry`, with the number of that name, IANA's or
 * OpenSSL's in any case. False with `e` filled: there is no such name, its number is listed
 * already, or memory. */
static bool add_entry(const struct reading *r, enum tls_code_kind kind, const char *name,
                      struct tls_profile_entry entry, struct error *e)
{
    struct tls_profile_set *set = &r->p->sets[kind];
    const struct tls_code *code = tls_code_named(kind, name);
    struct tls_profile_entry *grown;
    char what[80];

    if (!code) {
        text_format(what, sizeof what, "is not the name of a %s", tls_code_noun(kind));
        return refuse(r, name, what, e);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].number == code->number)
            return refuse(r, name, "is listed already", e);
    }
    grown = array_grow(set->at, set->count, sizeof *grown);
    if (!grown)
        return error_memory(e);
    set->at = grown;
    entry.number = code->number;
    set->at[set->count++] = entry;
    return true;
}

/* Adds an entry like `entry` for each name in the value, which blanks or commas separate. False
 * with `e` filled, as by add_entry; names before the wrong one have been added. */
static bool add_list(const struct reading *r, enum tls_code_kind kind, const char *value,
                     struct tls_profile_entry entry, struct error *e)
{
    char *copy = strdup(value), *next = copy, *name;
    bool ok = true;

    if (!copy)
        return error_memory(e);
    while (ok && (name = strsep(&next, separators)))
        ok = !*name || add_entry(r, kind, name, entry, e);
    free(copy);
    return ok;
}

/* Returns the year of the key "until-2031"; 0: the key is not of that form, or the year is before
 * 2000. */
static int year_of(const char *key)
{
    int year = 0, end = 0;

    if (sscanf(key, "until-%4d%n", &year, &end) != 1 || key[end] || end != 10)
        return 0;
    return year >= 2000 ? year : 0;
}

/* Takes r->key and its value, in the section that lists numbers of the kind. False with `e`
 * filled. */
static bool on_set(const struct reading *r, enum tls_code_kind kind, const char *value,
                   struct error *e)
{
    struct tls_profile_entry last = {.rating = TLS_PROFILE_ALLOWED, .until = year_of(r->key)};
    struct closest c = {.word = r->key};

    for (size_t i = 0; i < sizeof ratings / sizeof *ratings; i++) {
        if (strcmp(r->key, ratings[i].key) == 0)
            return add_list(r, kind, value, ratings[i].entry, e);
        closest_offer(&c, ratings[i].key);
    }
    if (strcmp(r->key, "source") == 0)
        return set_text(r, &r->p->sets[kind].source, value, e);
    if (last.until)
        return add_list(r, kind, value, last, e);
    closest_offer(&c, "source");
    closest_offer(&c, "until-2031");
    return unknown(r, "key", r->key, &c, e);
}

/* --- the other sections --- */

/* Takes r->key and its value, in [key-sizes]. The key "source" is passed over. False with `e`
 * filled. */
static bool on_size(const struct reading *r, const char *value, struct error *e)
{
    struct closest c = {.word = r->key};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct tls_profile_size *size = &r->p->sizes[sizes[i].of];
        unsigned *target = sizes[i].phase_out ? &size->phase_out : &size->allowed;
        char *end;
        unsigned long bits;

        closest_offer(&c, sizes[i].key);
        if (strcmp(r->key, sizes[i].key) != 0)
            continue;
        bits = strtoul(value, &end, 10);
        if (!isdigit((unsigned char)*value) || *end || bits == 0 || bits > BITS_MAX)
            return refuse(r, value, "is not a number of bits from 1 to 16384", e);
        if (*target)
            return refuse(r, value, "is given twice", e);
        *target = (unsigned)bits;
        return true;
    }
    if (strcmp(r->key, "source") == 0)
        return true;
    return unknown(r, "key", r->key, &c, e);
}

/* Whether a text is a day such as "2026-11-30", or a month such as "2026-11". Whether the month has
 * that day is not looked at. */
static bool is_date(const char *s)
{
    int year, month, day = 1, end = 0;

    if (sscanf(s, "%4d-%2d%n", &year, &month, &end) != 2 || end != 7)
        return false;
    if (s[end] && (sscanf(s, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10))
        return false;
    return !s[end] && year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Takes r->key and its value, in [profile]. False with `e` filled. */
static bool on_profile(const struct reading *r, const char *value, struct error *e)
{
    struct closest c = {.word = r->key};

    if (strcmp(r->key, "document") == 0)
        return set_text(r, &r->p->document, value, e);
    if (strcmp(r->key, "edition") == 0)
        return set_text(r, &r->p->edition, value, e);
    if (strcmp(r->key, "date") == 0 && !is_date(value))
        return refuse(r, value, "is not a date such as 2026-11-30 or 2026-11", e);
    if (strcmp(r->key, "date") == 0)
        return set_text(r, &r->p->date, value, e);
    closest_offer(&c, "document");
    closest_offer(&c, "edition");
    closest_offer(&c, "date");
    return unknown(r, "key", r->key, &c, e);
}

/* Takes the heading r->section; a kind whose section is there is judged, even if the section lists
 * nothing. False with `e` filled: there is no such section. */
static bool on_heading(const struct reading *r, struct error *e)
{
    struct closest c = {.word = r->section};

    for (int kind = 0; kind < TLS_CODE_KINDS; kind++) {
        closest_offer(&c, sections[kind]);
        if (strcmp(r->section, sections[kind]) == 0) {
            r->p->sets[kind].given = true;
            return true;
        }
    }
    closest_offer(&c, section_profile);
    closest_offer(&c, section_sizes);
    if (strcmp(r->section, section_profile) == 0 || strcmp(r->section, section_sizes) == 0)
        return true;
    return unknown(r, "section", r->section, &c, e);
}

/* The ini_visit, with a struct reading as `ctx`. It ends the reading at the first line that is
 * wrong: false with `e` filled, by ini_read where the line is malformed. */
static bool visit(void *ctx, const char *section, const char *key, const char *value, int line,
                  struct error *e)
{
    struct reading *r = ctx;

    if (!section)
        return false;
    r->line = line;
    r->section = section;
    r->key = key;
    if (!key)
        return on_heading(r, e);
    if (!value)
        return error_set(e, ERROR_FILE, "%.80s:%d: %.40s: no value", r->name, line, key);
    for (int kind = 0; kind < TLS_CODE_KINDS; kind++) {
        if (strcmp(section, sections[kind]) == 0)
            return on_set(r, (enum tls_code_kind)kind, value, e);
    }
    if (strcmp(section, section_sizes) == 0)
        return on_size(r, value, e);
    if (strcmp(section, section_profile) == 0)
        return on_profile(r, value, e);
    return error_set(e, ERROR_FILE, "%.80s:%d: %.40s: before any section", r->name, line, key);
}

/* --- the whole --- */

/* Checks what only the whole file shows: texts that are missing, and sizes that contradict each
 * other. False with `e` filled. */
static bool check(const struct reading *r, struct error *e)
{
    const struct tls_profile *p = r->p;

    if (!p->document || !p->edition || !p->date)
        return error_set(e, ERROR_FILE, "%.120s: [profile] has to have document, edition and date",
                         r->name);
    for (int i = 0; i < TLS_PROFILE_KEYS; i++) {
        if (p->sizes[i].phase_out && p->sizes[i].phase_out >= p->sizes[i].allowed)
            return error_set(e, ERROR_FILE, "%.120s: key-sizes: %s has to be below %s", r->name,
                             sizes[2 * i + 1].key, sizes[2 * i].key);
    }
    return true;
}

/* Returns the name of a profile: the last part of its file's path, without ".ini", cleaned here; to
 * be freed. NULL: memory. */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t len = dot && strcmp(dot, ".ini") == 0 ? (size_t)(dot - base) : strlen(base);
    char clean[64];

    text_clean(clean, sizeof clean, base, len);
    return strdup(clean);
}

struct tls_profile *tls_profile_read(const char *path, const char *data, size_t len,
                                     struct error *e)
{
    struct tls_profile *p = calloc(1, sizeof *p);
    char clean[160];
    struct reading r = {.p = p, .name = clean};

    text_clean(clean, sizeof clean, path, strlen(path));
    if (p)
        p->name = name_of(path);
    if (!p || !p->name)
        error_memory(e);
    else if (ini_read(clean, data, len, visit, &r, e) && check(&r, e))
        return p;
    tls_profile_free(p);
    return NULL;
}

/* Reads the file of that path and the profile in it, which the caller frees by tls_profile_free.
 * NULL with `e` filled. */
static struct tls_profile *load_file(const char *path, struct error *e)
{
    size_t len;
    char *data = file_read(path, INI_SIZE_MAX, &len, e);
    struct tls_profile *p = NULL;

    if (data)
        p = tls_profile_read(path, data, len, e);
    free(data);
    return p;
}

/* Fills `e` with ERROR_FILE: no directory has a profile of that name, which is cleaned here. It
 * looks for none. Always NULL. */
static struct tls_profile *not_found(const char *name, const char *const *directories, size_t count,
                                     struct error *e)
{
    char shown[64];

    text_clean(shown, sizeof shown, name, strlen(name));
    error_set(e, ERROR_FILE,
              "no profile \"%s\" in %.80s; a file of your own is given with a \"/\", as in "
              "./%s.ini",
              shown, count ? directories[count - 1] : "any directory", shown);
    return NULL;
}

struct tls_profile *tls_profile_load(const char *value, const char *const *directories,
                                     size_t count, struct error *e)
{
    char path[PATH_SIZE];

    if (strchr(value, '/'))
        return load_file(value, e);
    for (size_t i = 0; i < count; i++) {
        int n = snprintf(path, sizeof path, "%s/%s.ini", directories[i], value);

        if (n < (int)sizeof path && access(path, F_OK) == 0)
            return load_file(path, e);
    }
    return not_found(value, directories, count, e);
}

void tls_profile_free(struct tls_profile *p)
{
    if (!p)
        return;
    for (int kind = 0; kind < TLS_CODE_KINDS; kind++) {
        free(p->sets[kind].at);
        free(p->sets[kind].source);
    }
    free(p->name);
    free(p->document);
    free(p->edition);
    free(p->date);
    free(p);
}

/* --- what it says --- */

/* The year of a time, in UTC. */
static int year_at(time_t t)
{
    struct tm tm = {0};

    gmtime_r(&t, &tm);
    return tm.tm_year + 1900;
}

enum tls_profile_rating tls_profile_rate(const struct tls_profile *p, enum tls_code_kind kind,
                                         unsigned number, time_t now)
{
    const struct tls_profile_set *set = &p->sets[kind];

    if (!set->given)
        return TLS_PROFILE_ALLOWED;
    for (size_t i = 0; i < set->count; i++) {
        const struct tls_profile_entry *entry = &set->at[i];

        if (entry->number != number)
            continue;
        if (entry->until && year_at(now) > entry->until)
            return TLS_PROFILE_FORBIDDEN;
        if (entry->until && year_at(now) == entry->until)
            return TLS_PROFILE_PHASE_OUT;
        return entry->rating;
    }
    return TLS_PROFILE_FORBIDDEN;
}

bool tls_profile_requires(const struct tls_profile *p, enum tls_code_kind kind, unsigned number)
{
    const struct tls_profile_set *set = &p->sets[kind];

    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].number == number)
            return set->at[i].required;
    }
    return false;
}

enum tls_profile_rating tls_profile_rate_size(const struct tls_profile *p, enum tls_profile_key key,
                                              unsigned bits)
{
    const struct tls_profile_size *size = &p->sizes[key];

    if (bits >= size->allowed)
        return TLS_PROFILE_ALLOWED;
    if (size->phase_out && bits >= size->phase_out)
        return TLS_PROFILE_PHASE_OUT;
    return TLS_PROFILE_FORBIDDEN;
}
