/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mta/mta_files.h"

/* The `flags` below are POSTFIX_LIST_*, and DEPTH once for each file that the list is read from. */
enum { DEPTH = 4, LIST_DEPTH = 4 };

static enum postfix_answer in_list(struct postfix_tables *t, struct span list, const char *domain,
                                   unsigned flags, struct postfix_hit *failed);

/* Whether an entry stands for a domain below it: "example.com" does with POSTFIX_LIST_PARENTS;
 * ".example.com" does with POSTFIX_LIST_DOMAINS alone. False where both are equal; case does not
 * count. */
static bool is_below(const char *domain, const char *entry, unsigned flags)
{
    size_t len = strlen(domain), entry_len = strlen(entry);

    if (len <= entry_len || strcasecmp(domain + len - entry_len, entry) != 0)
        return false;
    if (flags & POSTFIX_LIST_PARENTS)
        return domain[len - entry_len - 1] == '.';
    return (flags & POSTFIX_LIST_DOMAINS) && *entry == '.';
}

/* Looks the domain up in a table of the list, and its parents where flags have POSTFIX_LIST_DOMAINS
 * and the table has no patterns: POSTFIX_FOUND, NONE, PENDING, or ERROR with *failed filled. */
static enum postfix_answer in_table(struct postfix_tables *t, const char *spec, const char *domain,
                                    unsigned flags, struct postfix_hit *failed)
{
    enum postfix_answer answer = POSTFIX_NONE;

    for (const char *key = domain; key; key = strchr(key + 1, '.')) {
        const char *asked = key + ((flags & POSTFIX_LIST_PARENTS) && key != domain);
        enum postfix_answer one = postfix_tables_find(t, spec, asked, key == domain, failed);

        if (!(flags & POSTFIX_LIST_DOMAINS))
            return one;
        if (one == POSTFIX_PENDING)
            answer = POSTFIX_PENDING;
        if (answer != POSTFIX_PENDING && one != POSTFIX_NONE)
            return one;
    }
    return answer;
}

/* Whether the names in a file have the domain, without lines that begin with '#': POSTFIX_FOUND,
 * NONE, PENDING, or ERROR with *failed filled, also where it cannot be read or files nest too
 * deeply: then failed->key is a copy of the path, which the server owns. */
static enum postfix_answer in_file(struct postfix_tables *t, const char *path, const char *domain,
                                   unsigned flags, struct postfix_hit *failed)
{
    enum postfix_answer answer = POSTFIX_NONE;
    char *text, *rest;

    if (flags / DEPTH >= LIST_DEPTH || mta_files_read(path, &text) != MTA_FILE_READ) {
        *failed = (struct postfix_hit){NULL, mta_facts_copy(t->server, path, strlen(path)), NULL};
        return POSTFIX_ERROR;
    }
    rest = text;
    for (char *line; answer == POSTFIX_NONE && (line = strsep(&rest, "\n"));) {
        if (*line != '#')
            answer = in_list(t, span_of(line), domain, flags + DEPTH, failed);
    }
    free(text);
    return answer;
}

/* Whether one entry of a list, without '!', stands for the domain: a name, which is compared
 * without regard to case, a table "type:name", or the path of a file with further entries.
 * POSTFIX_FOUND; NONE, also where the entry is too long; PENDING; or ERROR with *failed filled. */
static enum postfix_answer by_entry(struct postfix_tables *t, struct span entry, const char *domain,
                                    unsigned flags, struct postfix_hit *failed)
{
    char copy[1024];

    if (!span_copy(entry, copy, sizeof copy))
        return POSTFIX_NONE;
    if (*copy == '/')
        return in_file(t, copy, domain, flags, failed);
    if (*copy != '[' && strchr(copy, ':'))
        return in_table(t, copy, domain, flags, failed);
    if (strcasecmp(copy, domain) == 0)
        return POSTFIX_FOUND;
    return is_below(domain, copy, flags) ? POSTFIX_FOUND : POSTFIX_NONE;
}

/* Whether a list has a domain: POSTFIX_FOUND, NONE, PENDING, or ERROR with *failed filled. The
 * first entry that stands for the domain decides: the list has it, or with '!' does not. */
static enum postfix_answer in_list(struct postfix_tables *t, struct span list, const char *domain,
                                   unsigned flags, struct postfix_hit *failed)
{
    enum postfix_answer answer = POSTFIX_NONE;
    struct span entry;

    while ((entry = postfix_tables_token(&list)).len > 0) {
        bool not = false;
        enum postfix_answer one;

        if (*entry.at == '#')
            break;
        while (span_skip(&entry, "!"))
            not = !not ;
        one = by_entry(t, entry, domain, flags, failed);
        if (one == POSTFIX_NONE)
            continue;
        if (one == POSTFIX_PENDING) {
            answer = POSTFIX_PENDING; /* the rest is asked in the same round */
            continue;
        }
        if (answer == POSTFIX_PENDING)
            continue;
        return one == POSTFIX_FOUND && not ? POSTFIX_NONE : one;
    }
    return answer;
}

enum postfix_answer postfix_list_has(struct postfix_tables *t, const char *list, const char *domain,
                                     unsigned flags, struct postfix_hit *failed)
{
    return in_list(t, span_of(list), domain, flags, failed);
}
