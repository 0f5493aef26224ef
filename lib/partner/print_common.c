/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/print_common.h"

#include <ctype.h>
#include <string.h>

bool print_common_done(const struct text *out, struct error *e)
{
    return !(out->failed || out->cut) || error_memory(e);
}

/* OpenSMTPD joins a line that ends in "\" with the next one even in a comment. */
void print_common_heading(const struct partner *p, struct text *out)
{
    text_addf(out, "\n# %s", p->id);
    if (*p->company)
        text_add(out, ": ");
    for (const char *c = p->company; *c; c++)
        text_add_bytes(out, *c == '\\' ? "/" : c, 1);
    text_add(out, "\n");
}

void print_common_cannot(const struct partner *p, const char *server, struct text *out)
{
    if (p->level == LEVEL_MAY)
        text_add(out, "# requires nothing that has to be enforced\n");
    else
        text_addf(out, "# %s cannot enforce tls-level %s with this form's match and ca-file\n",
                  server, tls_policy_level_name(p->level));
}

/* The level that a form comes to: verify if `hostname` says that the MX host's name is among those
 * of its match, or else secure. Levels other than these two stay. */
static enum tls_level by_match(enum tls_level level, bool hostname)
{
    if (level != LEVEL_VERIFY && level != LEVEL_SECURE)
        return level;
    return hostname ? LEVEL_VERIFY : LEVEL_SECURE;
}

enum tls_level print_common_level(const struct partner *p)
{
    bool hostname = p->level == LEVEL_VERIFY;

    for (size_t i = 0; i < p->match.count; i++)
        hostname = (i > 0 && hostname) || strcmp(p->match.at[i], "hostname") == 0;
    return by_match(p->level, hostname);
}

/* Whether a name ends in "_" and digits, as one with a partner's number does. */
static bool is_numbered(const char *name)
{
    const char *tail = strrchr(name, '_');

    return tail && tail[1] && strspn(tail + 1, "0123456789") == strlen(tail + 1);
}

/* Ids that differ only in what becomes "_", or in their ends, get their partner's number; then no
 * other name may look as if it had one. */
void print_common_name(const struct print_common_policy *a, const struct partner *p, char *dst)
{
    enum { MOST = PRINT_COMMON_NAME - 24 };
    bool changed = strlen(p->id) >= MOST || is_numbered(p->id);

    text_copy(dst, MOST, p->id);
    for (char *c = dst; *c; c++) {
        if (isascii((unsigned char)*c) && isalnum((unsigned char)*c))
            continue;
        changed = changed || *c != '_';
        *c = '_';
    }
    if (changed)
        text_append(dst, PRINT_COMMON_NAME, "_%zu", (size_t)(p - a->partners) + 1);
}

bool print_common_plain(const char *path)
{
    return !path || !strpbrk(path, " \t\r\n\"\\$#{},:'");
}

/* --- names of several partners --- */

/* The text that a name is found by: a wildcard by ".example.com". Borrowed from the name. */
static const char *key_of(const char *name)
{
    return *name == '*' ? name + 1 : name;
}

/* Adds the names of the partner with that index in the policy's partners to those that are looked
 * up. False: memory. */
static bool add_names(struct print_common_names *w, size_t partner)
{
    const char *name;

    for (size_t i = 0; (name = form_name(&w->policy->partners[partner], i)); i++) {
        if (!hash_add(&w->index, hash_text(key_of(name)), partner))
            return false;
    }
    return true;
}

bool print_common_names(const struct print_common_policy *a, bool (*counts)(const struct partner *),
                        struct print_common_names *w)
{
    *w = (struct print_common_names){.policy = a};
    for (size_t i = 0; i < a->count; i++) {
        if (counts(&a->partners[i]) && !add_names(w, i))
            return false;
    }
    return true;
}

void print_common_names_clear(struct print_common_names *w)
{
    hash_clear(&w->index);
}

/* Whether a partner has a name with that key, as of key_of. */
static bool has_key(const struct partner *p, const char *key)
{
    const char *name;

    for (size_t i = 0; (name = form_name(p, i)); i++) {
        if (strcmp(key_of(name), key) == 0)
            return true;
    }
    return false;
}

/* The index of the next partner that may have walk->key, not NULL; has_key tells whether it has.
 * HASH_NONE: there is no more. */
static size_t next_number(const struct print_common_names *w, struct print_common_walk *walk)
{
    if (walk->begun)
        return hash_next(&walk->walk);
    walk->begun = true;
    return hash_first(&w->index, hash_text(walk->key), &walk->walk);
}

const struct partner *print_common_covering(const struct print_common_names *w,
                                            struct print_common_walk *walk)
{
    while (walk->key) {
        size_t i = next_number(w, walk);

        if (i == HASH_NONE) {
            walk->key = strchr(walk->key + 1, '.');
            walk->begun = false;
        } else if (has_key(&w->policy->partners[i], walk->key)) {
            return &w->policy->partners[i];
        }
    }
    return NULL;
}

bool print_common_narrowed(const struct print_common_names *w, const struct partner *p,
                           const char *name)
{
    struct print_common_walk walk = {.key = name};
    const struct partner *other;
    const char *narrowest = NULL;

    while ((other = print_common_covering(w, &walk))) {
        if (walk.key != name && narrowest && walk.key != narrowest)
            return false;
        if (walk.key != name)
            narrowest = walk.key;
        if (other != p)
            return true;
    }
    return false;
}
