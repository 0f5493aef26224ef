/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_tables: look-ups in the tables of a Postfix instance, asked of postmap(1).
 *
 * Hides that look-ups are collected: what is not known yet is PENDING, postfix_tables_ask asks
 * every table once about all of its pending keys, and then the same look-up has an answer. So the
 * number of processes does not grow with the number of keys. */
#ifndef MTA_POSTFIX_TABLES_H
#define MTA_POSTFIX_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/span.h"
#include "mta/mta_facts.h"

enum postfix_answer {
    POSTFIX_NONE,
    POSTFIX_FOUND,
    POSTFIX_PENDING, /* postfix_tables_ask first */
    POSTFIX_ERROR    /* the table gives no answer: postfix_tables_fact says why */
};

struct postfix_key {
    char *key, *value; /* value: NULL unless found */
    enum postfix_answer answer;
};

struct postfix_table {
    char *name;             /* as main.cf has it: "proxy:hash:/etc/postfix/tls_policy" */
    const char *asked;      /* without "proxy:" */
    bool pattern;           /* its keys are patterns: parts of an address are not looked up */
    struct postfix_key *at; /* the keys that were looked up */
    size_t count, asked_count;
    struct hash hash;
    bool failed; /* it is not asked again */
    enum mta_fact_code failure;
    char *complaint;         /* of postmap, raw; or NULL */
    char *warning;           /* the same, where Postfix goes on */
    bool duplicate;          /* it has a key twice, so that Postfix refuses to use it */
    bool listed;             /* `all` has all of its entries */
    struct postfix_key *all; /* its entries; none where it is not listed */
    size_t all_count;
};

/* The tables of one parameter, in the order of look-up. */
struct postfix_maps {
    char *spec;
    size_t *tables; /* indices */
    size_t count;
};

struct postfix_tables {
    const char *directory; /* of the instance */
    instant deadline;
    struct mta_server *server; /* takes the fact that a postmap could not be ended */
    struct postfix_table *at;
    size_t count;
    struct postfix_maps *maps;
    size_t maps_count;
    bool failed; /* memory ran out */
};

struct postfix_hit {
    const struct postfix_table *table; /* NULL where the answer is POSTFIX_NONE or PENDING */
    const char *key, *value;
};

/* Looks up a key in the tables that a parameter names, in their order. `whole`: the key is all of
 * what is looked for, so that pattern tables have it too. *hit lives as long as no further key is
 * looked up. */
enum postfix_answer postfix_tables_find(struct postfix_tables *t, const char *spec, const char *key,
                                        bool whole, struct postfix_hit *hit);

/* Asks all tables about their pending keys. *asked: how many tables were asked. False with `e`
 * filled: memory, or no process could be made. */
bool postfix_tables_ask(struct postfix_tables *t, size_t *asked, struct error *e);

/* Reads the entries of those tables of a parameter that can be listed, into their `all`. A table
 * that does not answer has failed. */
bool postfix_tables_list(struct postfix_tables *t, const char *spec, struct error *e);

/* The tables of a parameter; NULL: memory ran out. */
const struct postfix_maps *postfix_tables_of(struct postfix_tables *t, const char *spec);

/* Appends why a table did not answer about a key. */
void postfix_tables_fact(struct mta_server *s, struct mta_fact_list *l,
                         const struct postfix_table *table, const char *key);

/* Appends what postmap warned of, unless that is nothing. */
void postfix_tables_warn(struct mta_server *s, struct mta_fact_list *l,
                         const struct postfix_table *table);

/* Takes the next token off a list of a parameter: blanks and commas separate tokens, but not
 * inside {}. Empty at the end. */
struct span postfix_tables_token(struct span *list);

void postfix_tables_free(struct postfix_tables *t);

#endif
