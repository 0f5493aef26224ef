/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_address: the keys under which Postfix looks up a mail address in a table.
 *
 * Hides the order of the keys: canonical(5), virtual(5), transport(5), access(5). `spec` is the
 * value of a parameter, the names of tables. Each find returns as postfix_tables_find, *hit
 * included, for the first key that has an answer. */
#ifndef MTA_POSTFIX_ADDRESS_H
#define MTA_POSTFIX_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/postfix_settings.h"
#include "mta/postfix_tables.h"

struct postfix_lookup {
    const struct postfix_service *rewrite; /* has myorigin, mydestination, recipient_delimiter and
                                              parent_domain_matches_subdomains */
    struct postfix_tables *tables;
};

/* Looks up one key where the keys before it have no answer; while one of them is pending, this one
 * is asked about, too. `whole` as in postfix_tables_find. */
void postfix_address_look(const struct postfix_lookup *l, const char *spec, const char *key,
                          bool whole, enum postfix_answer *answer, struct postfix_hit *hit);

/* user+extension@domain, user@domain. */
enum postfix_answer postfix_address_find(const struct postfix_lookup *l, const char *spec,
                                         const char *address, struct postfix_hit *hit);

/* The same, then @domain: canonical(5), virtual(5), relocated(5). */
enum postfix_answer postfix_address_find_mailbox(const struct postfix_lookup *l, const char *spec,
                                                 const char *address, struct postfix_hit *hit);

/* user+extension@domain, user@domain, domain and its parents: transport(5), access(5). `list` is
 * the name by which parent_domain_matches_subdomains has the tables: "transport_maps". */
enum postfix_answer postfix_address_find_domains(const struct postfix_lookup *l, const char *spec,
                                                 const char *list, const char *address,
                                                 struct postfix_hit *hit);

/* The keys of sender-dependent maps. */
enum postfix_answer postfix_address_find_sender(const struct postfix_lookup *l, const char *spec,
                                                const char *sender, struct postfix_hit *hit);

/* Whether parent_domain_matches_subdomains names a list. */
bool postfix_address_has_parents(const struct postfix_lookup *l, const char *list);

/* The first of two answers, unless it is POSTFIX_NONE. */
enum postfix_answer postfix_address_first(enum postfix_answer a, enum postfix_answer b);

#endif
