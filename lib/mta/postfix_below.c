/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_below.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

bool postfix_below_due(const struct mta_ask *ask)
{
    for (size_t i = 0; i < ask->question_count; i++) {
        if (*ask->questions[i].domain == '*')
            return true;
    }
    return false;
}

/* Adds to *h the hash_text of each wildcard's domain, ".example.com", with the index of its
 * question. False: memory ran out. */
static bool add_wildcards(struct hash *h, const struct mta_ask *ask)
{
    for (size_t i = 0; i < ask->question_count; i++) {
        const char *domain = ask->questions[i].domain;

        if (*domain == '*' && !hash_add(h, hash_text(domain + 1), i))
            return false;
    }
    return true;
}

/* Writes the recipient that a key is about: the key itself where it is a mailbox, else postmaster
 * at the domain; for ".example.com" in a subdomain that no table knows. False: the key is no name,
 * or the recipient is too long. */
static bool recipient_of(const char *key, char *dst, size_t cap)
{
    int len;

    if (strpbrk(key, "[]/: \t*") || !strchr(key, '.'))
        return false;
    if (strchr(key, '@') && *key != '@')
        len = snprintf(dst, cap, "%s", key);
    else if (*key == '.')
        len = snprintf(dst, cap, "postmaster@mailtls-test%s", key);
    else
        len = snprintf(dst, cap, "postmaster@%s", key + (*key == '@'));
    return len > 0 && len < (int)cap;
}

/* Adds copies of a recipient and its key, unless the list has the recipient, case counts, or is
 * full. `question`: index. False: memory ran out. */
static bool add_recipient(struct postfix_below_list *l, size_t question, const char *recipient,
                          const char *key)
{
    uint64_t code = hash_text(recipient);
    struct postfix_below *grown, one = {.question = question};
    struct hash_walk walk;

    for (size_t i = hash_first(&l->known, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (strcmp(l->at[i].recipient, recipient) == 0)
            return true;
    }
    if (l->count == POSTFIX_BELOW_MAX)
        return true;
    grown = array_grow(l->at, l->count, sizeof *grown);
    if (!grown)
        return false;
    l->at = grown;
    one.recipient = strdup(recipient);
    one.key = strdup(key);
    l->at[l->count] = one;
    if (!one.recipient || !one.key || !hash_add(&l->known, code, l->count)) {
        free(one.recipient);
        free(one.key);
        return false;
    }
    l->count++;
    return true;
}

/* Adds the recipient of a key for each wildcard that the key's name is below, case counts, perhaps
 * for none; ".example.com" is not below "*.example.com". `wildcards`: as of add_wildcards. False:
 * memory ran out. */
static bool add_key(struct postfix_below_list *l, const struct hash *wildcards,
                    const struct mta_ask *ask, const char *key)
{
    char recipient[600];
    const char *name;

    if (!recipient_of(key, recipient, sizeof recipient))
        return true;
    name = strchr(key, '@');
    name = name ? name + 1 : key;
    for (const char *dot = strchr(name + 1, '.'); dot; dot = strchr(dot + 1, '.')) {
        uint64_t code = hash_text(dot);
        struct hash_walk walk;

        for (size_t i = hash_first(wildcards, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
            if (strcmp(ask->questions[i].domain + 1, dot) == 0 &&
                !add_recipient(l, i, recipient, key))
                return false;
        }
    }
    return true;
}

bool postfix_below_add(struct postfix_below_list *l, struct postfix_tables *tables,
                       const char *spec, const struct mta_ask *ask)
{
    const struct postfix_maps *m = postfix_tables_of(tables, spec);
    struct hash wildcards = {0};
    bool ok = m && add_wildcards(&wildcards, ask);

    for (size_t i = 0; ok && i < m->count; i++) {
        const struct postfix_table *table = &tables->at[m->tables[i]];

        for (size_t e = 0; ok && e < table->all_count; e++)
            ok = add_key(l, &wildcards, ask, table->all[e].key);
    }
    hash_clear(&wildcards);
    return ok;
}

void postfix_below_free(struct postfix_below_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->at[i].recipient);
        free(l->at[i].key);
    }
    hash_clear(&l->known);
    free(l->at);
}
