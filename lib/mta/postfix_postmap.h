/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_postmap: asks postmap(1) about one table.
 *
 * Hides its options, the form of its answers, and how its complaints are read. For postfix_tables
 * alone. */
#ifndef MTA_POSTFIX_POSTMAP_H
#define MTA_POSTFIX_POSTMAP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/process.h"
#include "mta/postfix_tables.h"

/* Asks about the pending keys of a table; each has an answer afterwards, or the table has failed.
 * False with `e` filled: memory, or no process could be made. */
bool postfix_postmap_ask(struct postfix_tables *t, struct postfix_table *table, struct error *e);

/* Gives the pending keys of a table that has failed no answer. */
void postfix_postmap_refuse(struct postfix_table *table);

/* Whether postmap can list the entries of a table of that name. */
bool postfix_postmap_can_list(const char *name);

/* Reads the entries of a table into its `all`, and sets `listed`; or the table has failed, and has
 * none. Errors as above. */
bool postfix_postmap_list(struct postfix_tables *t, struct postfix_table *table, struct error *e);

/* Read postmap's output, in place: the answers to the pending keys, and a listing, as
 * postfix_postmap_list says. False: memory ran out. */
void postfix_postmap_take(struct postfix_table *table, struct process_result *r);
bool postfix_postmap_take_listing(struct postfix_table *table, struct process_result *r);

#endif
