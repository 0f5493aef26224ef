/* SPDX-License-Identifier: BSD-2-Clause */
/* tables_fixture: tables of Postfix in memory: lines "TABLE KEY VALUE", and "TABLE KEY -" where the
 * table gives no answer. */
#ifndef TABLES_FIXTURE_H
#define TABLES_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/postfix_tables.h"

/* As postfix_tables_ask, by the lines; appends the keys that were asked about to `asked`. Returns
 * whether any key was pending. */
bool tables_answer(struct postfix_tables *t, const char *lines, char *asked, size_t cap);

#endif
