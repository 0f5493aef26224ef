/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_below: names below a form's wildcard that tables have keys for, so that their mail may go
 * another way than that of the rest. */
#ifndef MTA_POSTFIX_BELOW_H
#define MTA_POSTFIX_BELOW_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/mta_facts.h"
#include "mta/postfix_tables.h"

enum { POSTFIX_BELOW_MAX = 4096 }; /* names in all */

struct postfix_below {
    size_t question;
    char *recipient, *key;
};

struct postfix_below_list {
    struct postfix_below *at;
    size_t count;
    struct hash known; /* recipients in it */
};

/* Adds a recipient at each name below a wildcard of the questions that a listed table of `spec` has
 * a key for. False: memory ran out. */
bool postfix_below_add(struct postfix_below_list *l, struct postfix_tables *tables,
                       const char *spec, const struct mta_ask *ask);

void postfix_below_free(struct postfix_below_list *l);

/* Whether any question is about a wildcard. */
bool postfix_below_due(const struct mta_ask *ask);

#endif
