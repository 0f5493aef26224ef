/* SPDX-License-Identifier: BSD-2-Clause */
/* finding_list: a growing list of findings.
 *
 * Hides where their texts are, and how those that were found before are recognised. Pure. */
#ifndef JUDGE_FINDING_LIST_H
#define JUDGE_FINDING_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "policy/finding_code.h"
#include "policy/stage.h"

#define FINDING_NONE ((size_t)-1)

/* Sizes of the texts, with the final NUL. */
enum { FINDING_HEADLINE = 160, FINDING_DETAIL = 440 };

struct finding {
    enum finding_code code;
    enum state state;             /* what it counts as, --on included */
    enum state level_state;       /* what it counts as without --on */
    enum stage stage;             /* STAGE_COUNT: none in particular */
    size_t target, host, address; /* indices, FINDING_NONE where it is about more than one */
    size_t order;                 /* place of its target or gateway in the output */
    size_t number;                /* how many were added before */
    bool repeated;                /* an earlier finding of the same partner says the same about the
                                     same of our own gateways */
    const char *headline;         /* what is wrong, fit for a pager */
    const char *detail;           /* expected and seen; may be "" */
};

/* Begins zeroed; finding_list_clear frees it. */
struct finding_list {
    struct finding *at;
    size_t count;
    struct hash by_place; /* indices of findings, by place and code, until the list is sorted */
    bool failed;          /* memory ran out */
};

/* Appends a copy, texts included, unless a finding with the same code and texts is there about the
 * same gateway and address, whichever target leads there, or without a gateway about the same
 * target. Not to a list that is sorted. Where memory runs out, l->failed is set. */
void finding_list_add_once(struct finding_list *l, const struct finding *f);

/* Sorts by state, worst first; within a state, what lets mail pass (MAIL_PASSES) last; then in the
 * order of targets and gateways, then by address, then by code, then as they were added. */
void finding_list_sort(struct finding_list *l);
void finding_list_clear(struct finding_list *l);

#endif
