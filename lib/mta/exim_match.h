/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_match: whether one of Exim's lists has a host or a domain (Exim specification, chapter 10).
 *
 * Plain items are compared here; regular expressions, look-ups, expansions and the addresses of
 * host names are asked of exim -be, by exim_known. */
#ifndef MTA_EXIM_MATCH_H
#define MTA_EXIM_MATCH_H

#include "mta/exim_known.h"

enum exim_match {
    EXIM_NO,
    EXIM_YES,
    EXIM_UNSURE /* an item cannot be compared, and it decides; or an answer is pending */
};

/* The list of a setting, EXIM_HOST_LIST or EXIM_DOMAIN_LIST. A host list has a host where Exim
 * would find it there; a list that Exim cannot evaluate to its end has no host. Where it is unsure
 * *why is the item, or what Exim wrote about it; empty while an answer is pending. */
enum exim_match exim_match_list(struct exim_known *k, enum exim_kind kind, struct span list,
                                const struct exim_subject *subject, struct span *why);

/* Takes the next item off the beginning of *list into `item` of `cap` bytes: without blanks around
 * it, a doubled separator made single. False: none is left, or the item is too long; *cut says
 * so. */
struct exim_list {
    struct span rest;
    char separator;
};

struct exim_list exim_match_items(struct span list);
bool exim_match_next(struct exim_list *list, char *item, size_t cap, bool *cut);

#endif
