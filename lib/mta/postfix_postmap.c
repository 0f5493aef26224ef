/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_postmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "base/text.h"
#include "mta/mta_program.h"

enum {
    TABLE_MS = 5000,               /* a table that takes longer is not asked again */
    OUTPUT_MAX = 16 * 1024 * 1024, /* bytes of answers, or of a listing */
    ENTRIES_MAX = 1000000          /* of a listing */
};

/* --- what postmap says --- */

/* Keeps a copy of a line of postmap's, cut at 400 bytes, unless *where has one. NULL stays where
 * memory ran out. */
static void keep(char **where, const char *at, size_t len)
{
    if (*where)
        return;
    *where = strndup(at, len < 400 ? len : 400);
}

/* Whether a line of `len` bytes that postmap wrote says that a table of type texthash has a key
 * twice: postmap goes on, but daemons refuse the table. False for tables of other types. */
static bool is_duplicate(const struct postfix_table *table, const char *line, size_t len)
{
    return strncmp(table->asked, "texthash:", 9) == 0 && memmem(line, len, "duplicate entry", 15);
}

/* Keeps the first complaint and warning about the table in what postmap wrote to standard error,
 * and whether the table has a key twice. Returns whether postmap gave up. */
static bool read_complaints(struct postfix_table *table, const char *said)
{
    static const char fatal[] = "postmap: fatal: ", warning[] = "postmap: warning: ";
    const char *path = strchr(table->asked, ':');
    bool gave_up = false;

    path = path ? path + 1 : table->asked;
    for (const char *line = said; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len = strcspn(line, "\n");

        if (strncmp(line, fatal, sizeof fatal - 1) == 0) {
            gave_up = true;
            keep(&table->complaint, line + sizeof fatal - 1, len - (sizeof fatal - 1));
        } else if (strncmp(line, warning, sizeof warning - 1) == 0 &&
                   memmem(line, len, path, strlen(path))) {
            char **where = &table->warning;

            if (is_duplicate(table, line, len)) {
                table->duplicate = true;
                where = &table->complaint;
            }
            keep(where, line + sizeof warning - 1, len - (sizeof warning - 1));
        }
    }
    return gave_up;
}

/* Gives pending keys, in their order, copies of their values, or POSTFIX_ERROR (memory), from lines
 * "key TAB value" of a postmap that exited, divided in place; NULL: none. Skips other lines. Keys
 * without a line stay PENDING. Returns the index after the last with one; asked_count: none has. */
static size_t read_answers(struct postfix_table *table, char *answers)
{
    size_t next = table->asked_count;

    for (char *line = answers; line && *line;) {
        size_t len = strcspn(line, "\n"), key_len = strcspn(line, "\t\n");
        char *following = line[len] ? line + len + 1 : line + len;

        line[len] = '\0';
        for (size_t i = next; line[key_len] == '\t' && i < table->count; i++) {
            struct postfix_key *k = &table->at[i];

            if (strlen(k->key) != key_len || memcmp(k->key, line, key_len) != 0)
                continue;
            k->value = strdup(line + key_len + 1);
            k->answer = k->value ? POSTFIX_FOUND : POSTFIX_ERROR;
            next = i + 1;
            break;
        }
        line = following;
    }
    return next;
}

/* Sets failed and failure of a table that did not answer, by how postmap ended; the table's
 * complaint is set before. The answers about its keys stay as they are. */
static void note_failure(struct postfix_table *table, enum process_end how)
{
    static const enum mta_fact_code codes[] = {
        [PROCESS_EXITED] = MTA_TABLE_FAILED,     [PROCESS_SIGNALED] = MTA_TABLE_FAILED,
        [PROCESS_MISSING] = MTA_PROGRAM_MISSING, [PROCESS_DENIED] = MTA_PROGRAM_DENIED,
        [PROCESS_TIMEOUT] = MTA_TABLE_TIMEOUT,   [PROCESS_TOO_LONG] = MTA_TABLE_TOO_LONG,
        [PROCESS_STOPPED] = MTA_TIME_OVER,
    };

    table->failure = codes[how];
    table->failed = true;
    if (how == PROCESS_EXITED && table->complaint && strstr(table->complaint, "Permission denied"))
        table->failure = MTA_TABLE_DENIED;
}

/* Reads what postmap wrote to standard error, and sets failed and failure of a table that did not
 * answer, or that has a key twice. Returns whether postmap came to its end without giving up. */
static bool take_end(struct postfix_table *table, struct process_result *r)
{
    bool gave_up = read_complaints(table, text_str(&r->err));
    bool whole = r->end == PROCESS_EXITED && r->status <= 1 && !gave_up;

    if (!whole)
        note_failure(table, r->end);
    if (table->duplicate) {
        table->failed = true;
        table->failure = MTA_TABLE_DUPLICATE;
    }
    return whole;
}

/* The answer about the i-th key of table->at, which has no value: POSTFIX_NONE, or POSTFIX_ERROR
 * where the table is not usable or postmap had not come to the key. `whole`: postmap did not give
 * up; `answered`: the index in table->at that it had come to when it did. */
static enum postfix_answer without_value(const struct postfix_table *table, size_t i, bool whole,
                                         size_t answered)
{
    if (table->duplicate)
        return POSTFIX_ERROR;
    return whole || i < answered ? POSTFIX_NONE : POSTFIX_ERROR;
}

void postfix_postmap_take(struct postfix_table *table, struct process_result *r)
{
    bool whole = take_end(table, r);
    size_t answered = table->asked_count;

    if (r->end == PROCESS_EXITED)
        answered = read_answers(table, r->out.s);
    for (size_t i = table->asked_count; i < table->count; i++) {
        if (table->duplicate || table->at[i].answer == POSTFIX_PENDING)
            table->at[i].answer = without_value(table, i, whole, answered);
    }
    table->asked_count = table->count;
}

/* Writes the pending keys of a table, one a line. False: memory ran out; text_free is due in any
 * case. */
static bool write_keys(const struct postfix_table *table, struct text *out)
{
    text_init(out, SIZE_MAX / 2);
    for (size_t i = table->asked_count; i < table->count; i++)
        text_addf(out, "%s\n", table->at[i].key);
    return !out->failed;
}

/* Runs postmap with "-q" and keys, or with "-s" and `input` NULL. True: *r says how it ended, and
 * process_result_free is due. False with `e` filled, and nothing to free. */
static bool run(struct postfix_tables *t, const struct postfix_table *table, const char *option,
                const struct text *input, struct process_result *r, struct error *e)
{
    const char *const query[] = {"postmap", "-c", t->directory, option, "-", table->asked, NULL};
    const char *const listing[] = {"postmap", "-c", t->directory, option, table->asked, NULL};
    struct process_task task = {.argv = listing,
                                .output_max = OUTPUT_MAX,
                                .deadline = deadline_within(t->deadline, TABLE_MS)};

    if (input) {
        task.argv = query;
        task.input = text_str(input);
        task.input_len = input->len;
    }
    if (!process_run(&task, r, e))
        return false;
    mta_program_left(t->server, "postmap", r);
    return true;
}

void postfix_postmap_refuse(struct postfix_table *table)
{
    for (size_t i = table->asked_count; i < table->count; i++)
        table->at[i].answer = POSTFIX_ERROR;
    table->asked_count = table->count;
}

bool postfix_postmap_ask(struct postfix_tables *t, struct postfix_table *table, struct error *e)
{
    struct process_result r;
    struct text keys;
    bool ok;

    if (deadline_left_ms(t->deadline) == 0) {
        note_failure(table, PROCESS_STOPPED);
        postfix_postmap_refuse(table);
        return true;
    }
    ok = write_keys(table, &keys) ? run(t, table, "-q", &keys, &r, e) : error_memory(e);
    text_free(&keys);
    if (!ok)
        return false;
    postfix_postmap_take(table, &r);
    process_result_free(&r);
    return true;
}

/* --- listing --- */

bool postfix_postmap_can_list(const char *name)
{
    static const char *const types[] = {
        "texthash:", "hash:", "btree:", "lmdb:", "dbm:", "sdbm:", "inline:"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strncmp(name, types[i], strlen(types[i])) == 0)
            return true;
    }
    return false;
}

/* How many entries a listing has: lines "key TAB value". */
static size_t count_entries(const char *listing)
{
    size_t count = 0;

    for (const char *line = listing; *line; line += strcspn(line, "\n"), line += *line == '\n')
        count += line[strcspn(line, "\t\n")] == '\t';
    return count;
}

bool postfix_postmap_take_listing(struct postfix_table *table, struct process_result *r)
{
    const char *line = text_str(&r->out);

    if (take_end(table, r) && count_entries(line) > ENTRIES_MAX)
        note_failure(table, PROCESS_TOO_LONG);
    if (table->failed)
        return true;
    table->listed = true;
    while (*line) {
        size_t len = strcspn(line, "\n"), key_len = strcspn(line, "\t\n");
        struct postfix_key *grown;

        if (line[key_len] == '\t') {
            struct postfix_key k = {.answer = POSTFIX_FOUND};

            grown = array_grow(table->all, table->all_count, sizeof *grown);
            if (!grown)
                return false;
            table->all = grown;
            k.key = strndup(line, key_len);
            k.value = strndup(line + key_len + 1, len - key_len - 1);
            grown[table->all_count++] = k;
            if (!k.key || !k.value)
                return false;
        }
        line += len + (line[len] == '\n');
    }
    return true;
}

bool postfix_postmap_list(struct postfix_tables *t, struct postfix_table *table, struct error *e)
{
    struct process_result r;
    bool ok;

    if (deadline_left_ms(t->deadline) == 0) {
        note_failure(table, PROCESS_STOPPED);
        return true;
    }
    if (!run(t, table, "-s", NULL, &r, e))
        return false;
    ok = postfix_postmap_take_listing(table, &r);
    process_result_free(&r);
    return ok || error_memory(e);
}
