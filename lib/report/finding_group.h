/* SPDX-License-Identifier: BSD-2-Clause */
/* finding_group: the findings of a verdict, where several that say the same about addresses of one
 * gateway are one. Pure. */
#ifndef REPORT_FINDING_GROUP_H
#define REPORT_FINDING_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "report/report.h"

/* Findings in the order of the list: all, or those of one partner. */
struct finding_group_list {
    const struct verdict *verdict;
    size_t partner; /* FINDING_NONE: all */
    size_t count;
};

/* The findings of a verdict; `partner` FINDING_NONE: all of them. */
struct finding_group_list finding_group_list(const struct verdict *v, size_t partner);

/* The finding at that place of the list; `n` must be below its count. */
const struct finding *finding_group_at(const struct finding_group_list *list, size_t n);

/* Whether a finding that came before the n-th says the same about another address of the gateway,
 * so that finding_group_place of that one has the address. */
bool finding_group_is_said(const struct finding_group_list *list, size_t n);

/* Appends where the group is whose first finding is the n-th: "gateway [192.0.2.1, 192.0.2.2]", a
 * target, or nothing where it is about a form as a whole. A gateway that was given as an address
 * has no brackets. */
void finding_group_place(const struct report_input *in, const struct finding_group_list *list,
                         size_t n, struct text *out);

#endif
