/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_tables.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "mta/postfix_postmap.h"

static const char separators[] = ", \t\r\n";

/* --- tables of a parameter --- */

struct span postfix_tables_token(struct span *list)
{
    struct span token;
    int depth = 0;
    size_t len = 0;

    while (list->len > 0 && strchr(separators, *list->at)) {
        list->at++;
        list->len--;
    }
    for (; len < list->len; len++) {
        char c = list->at[len];

        if (depth == 0 && strchr(separators, c))
            break;
        depth += (c == '{') - (c == '}');
    }
    token = (struct span){list->at, len};
    list->at += len;
    list->len -= len;
    return token;
}

/* Whether the keys of a table, named without "proxy:", are patterns, by its type. */
static bool is_pattern(const char *name)
{
    static const char *const types[] = {
        "regexp:", "pcre:", "cidr:", "socketmap:", "tcp:", "fail:", "randmap:", "nofile:"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strncmp(name, types[i], strlen(types[i])) == 0)
            return true;
    }
    return false;
}

/* The index of the table of that name, "proxy:" included; the table is added where it is new, and
 * has failed where its name has no type. SIZE_MAX: memory ran out. A pointer to a table is valid
 * until the next call. */
static size_t table_index(struct postfix_tables *t, struct span name)
{
    struct postfix_table *grown;
    struct postfix_table table = {0};

    for (size_t i = 0; i < t->count; i++) {
        if (span_is(name, t->at[i].name))
            return i;
    }
    grown = array_grow(t->at, t->count, sizeof *grown);
    table.name = strndup(name.at, name.len);
    if (grown)
        t->at = grown;
    if (!grown || !table.name) {
        free(table.name);
        return SIZE_MAX;
    }
    table.asked = table.name;
    while (strncmp(table.asked, "proxy:", 6) == 0)
        table.asked += 6;
    table.pattern = is_pattern(table.asked);
    if (!strchr(table.asked, ':')) {
        table.failed = true;
        table.failure = MTA_PARAMETER_MALFORMED;
    }
    t->at[t->count] = table;
    return t->count++;
}

/* Fills m->tables, which is empty, with the tables that m->spec names. False: memory ran out; the
 * caller frees m->tables. */
static bool read_spec(struct postfix_tables *t, struct postfix_maps *m)
{
    struct span rest = span_of(m->spec), token;

    while ((token = postfix_tables_token(&rest)).len > 0) {
        size_t *grown = array_grow(m->tables, m->count, sizeof *grown);
        size_t index = table_index(t, token);

        if (grown)
            m->tables = grown;
        if (!grown || index == SIZE_MAX)
            return false;
        m->tables[m->count++] = index;
    }
    return true;
}

const struct postfix_maps *postfix_tables_of(struct postfix_tables *t, const char *spec)
{
    struct postfix_maps *grown, m = {0};

    for (size_t i = 0; i < t->maps_count; i++) {
        if (strcmp(t->maps[i].spec, spec) == 0)
            return &t->maps[i];
    }
    grown = array_grow(t->maps, t->maps_count, sizeof *grown);
    if (grown)
        t->maps = grown;
    m.spec = strdup(spec);
    if (!grown || !m.spec || !read_spec(t, &m)) {
        t->failed = true;
        free(m.spec);
        free(m.tables);
        return NULL;
    }
    t->maps[t->maps_count] = m;
    return &t->maps[t->maps_count++];
}

/* --- keys --- */

/* The key's entry, which is valid until the next one is added; a new one where it was not looked up
 * yet: pending, or an error where the table has failed. NULL: memory ran out. */
static struct postfix_key *key_of(struct postfix_table *table, const char *key)
{
    uint64_t code = hash_text(key);
    struct hash_walk walk;
    struct postfix_key *grown;
    char *copy;

    for (size_t i = hash_first(&table->hash, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (strcmp(table->at[i].key, key) == 0)
            return &table->at[i];
    }
    grown = array_grow(table->at, table->count, sizeof *grown);
    if (grown)
        table->at = grown;
    copy = strdup(key);
    if (!grown || !copy || !hash_add(&table->hash, code, table->count)) {
        free(copy);
        return NULL;
    }
    table->at[table->count] = (struct postfix_key){
        .key = copy, .answer = table->failed ? POSTFIX_ERROR : POSTFIX_PENDING};
    return &table->at[table->count++];
}

/* Whether a table can be asked for a key, which is a line of postmap's input: it is not empty and
 * has no control bytes. */
static bool is_key(const char *key)
{
    if (*key == '\0')
        return false;
    for (; *key; key++) {
        if ((unsigned char)*key < ' ')
            return false;
    }
    return true;
}

enum postfix_answer postfix_tables_find(struct postfix_tables *t, const char *spec, const char *key,
                                        bool whole, struct postfix_hit *hit)
{
    const struct postfix_maps *m = postfix_tables_of(t, spec);
    enum postfix_answer answer = POSTFIX_NONE;

    *hit = (struct postfix_hit){0};
    for (size_t i = 0; m && is_key(key) && i < m->count; i++) {
        struct postfix_table *table = &t->at[m->tables[i]];
        struct postfix_key *k;

        if (table->pattern && !whole)
            continue;
        k = key_of(table, key);
        if (!k) {
            t->failed = true;
            return POSTFIX_PENDING;
        }
        /* After one that is pending the others are asked in the same round. */
        if (answer == POSTFIX_PENDING || k->answer == POSTFIX_NONE)
            continue;
        answer = k->answer;
        if (answer == POSTFIX_PENDING)
            continue;
        *hit = (struct postfix_hit){table, k->key, k->value};
        return answer;
    }
    return answer;
}

/* --- facts --- */

/* Writes the name of the group that may read the file of a table, "type:path", to `dst`; "" where
 * none may, or the file is not found. */
static void group_of(const char *asked, char *dst, size_t cap)
{
    static const char *const endings[] = {"", ".db", ".lmdb", ".cdb"};
    const char *path = strchr(asked, ':');
    struct group group, *found = NULL;
    char buf[4096], file[512];
    struct stat st;

    *dst = '\0';
    for (size_t i = 0; path && i < sizeof endings / sizeof *endings; i++) {
        snprintf(file, sizeof file, "%s%s", path + 1, endings[i]);
        if (stat(file, &st) != 0 || (st.st_mode & S_IRGRP) == 0)
            continue;
        if (getgrgid_r(st.st_gid, &group, buf, sizeof buf, &found) == 0 && found)
            text_copy(dst, cap, found->gr_name);
    }
}

/* The table with line and key of its complaint "..., line 3: duplicate entry: "a.test""; 0 and ""
 * where they are not in it. */
static struct mta_source duplicate_of(struct mta_server *s, const struct postfix_table *table)
{
    const char *complaint = table->complaint ? table->complaint : ""; /* memory ran out */
    const char *line = strstr(complaint, ", line ");
    const char *quote = strchr(complaint, '"');
    char key[300] = "";

    if (quote)
        snprintf(key, sizeof key, "%.*s", (int)strcspn(quote + 1, "\""), quote + 1);
    return mta_facts_source(s, table->name, line ? atoi(line + 7) : 0, key, NULL);
}

void postfix_tables_fact(struct mta_server *s, struct mta_fact_list *l,
                         const struct postfix_table *table, const char *key)
{
    char group[64] = "";

    if (table->failure == MTA_PROGRAM_MISSING || table->failure == MTA_PROGRAM_DENIED) {
        mta_facts_add_fact(s, l, table->failure, mta_facts_source(s, NULL, 0, "postmap", NULL),
                           NULL);
        return;
    }
    if (table->failure == MTA_TABLE_DUPLICATE) {
        mta_facts_add_fact(s, l, table->failure, duplicate_of(s, table), table->complaint);
        return;
    }
    if (table->failure == MTA_TABLE_DENIED)
        group_of(table->asked, group, sizeof group);
    mta_facts_add_fact(s, l, table->failure, mta_facts_source(s, table->name, 0, key, group),
                       table->complaint);
}

void postfix_tables_warn(struct mta_server *s, struct mta_fact_list *l,
                         const struct postfix_table *table)
{
    if (table->warning)
        mta_facts_add_fact(s, l, MTA_TABLE_WARNING, mta_facts_source(s, table->name, 0, NULL, NULL),
                           table->warning);
}

/* --- asking --- */

bool postfix_tables_ask(struct postfix_tables *t, size_t *asked, struct error *e)
{
    *asked = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct postfix_table *table = &t->at[i];

        if (table->asked_count == table->count)
            continue;
        if (table->failed) {
            postfix_postmap_refuse(table);
            continue;
        }
        ++*asked;
        if (!postfix_postmap_ask(t, table, e))
            return false;
    }
    return !t->failed || error_memory(e);
}

bool postfix_tables_list(struct postfix_tables *t, const char *spec, struct error *e)
{
    const struct postfix_maps *m = postfix_tables_of(t, spec);

    for (size_t i = 0; m && i < m->count; i++) {
        struct postfix_table *table = &t->at[m->tables[i]];

        if (table->listed || table->failed || !postfix_postmap_can_list(table->asked))
            continue;
        if (!postfix_postmap_list(t, table, e))
            return false;
    }
    return m != NULL || error_memory(e);
}

/* Frees `count` keys with their values, and the array, which may be NULL. */
static void free_keys(struct postfix_key *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(at[i].key);
        free(at[i].value);
    }
    free(at);
}

void postfix_tables_free(struct postfix_tables *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free_keys(t->at[i].at, t->at[i].count);
        free_keys(t->at[i].all, t->at[i].all_count);
        hash_clear(&t->at[i].hash);
        free(t->at[i].name);
        free(t->at[i].complaint);
        free(t->at[i].warning);
    }
    for (size_t i = 0; i < t->maps_count; i++) {
        free(t->maps[i].spec);
        free(t->maps[i].tables);
    }
    free(t->at);
    free(t->maps);
}
