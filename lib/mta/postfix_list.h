/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_list: whether a list in a parameter, such as mydestination or relay_domains, has a domain
 * (postconf(5), match_list). Names, "!", tables and files. */
#ifndef MTA_POSTFIX_LIST_H
#define MTA_POSTFIX_LIST_H

#include "mta/postfix_tables.h"

/* POSTFIX_LIST_DOMAINS: ".example.com" stands for the domains below it; with POSTFIX_LIST_PARENTS
 * "example.com" does. Without either a name stands for itself alone. */
enum { POSTFIX_LIST_PARENTS = 1, POSTFIX_LIST_DOMAINS = 2 };

/* POSTFIX_FOUND or NONE; PENDING; ERROR with *failed filled: its table is NULL where the file that
 * `key` names cannot be read. */
enum postfix_answer postfix_list_has(struct postfix_tables *t, const char *list, const char *domain,
                                     unsigned flags, struct postfix_hit *failed);

#endif
