/* SPDX-License-Identifier: BSD-2-Clause */
/* cases: what is run with failing memory, and what has to come of it. */
#ifndef FAULT_CASES_H
#define FAULT_CASES_H

#include <stdbool.h>

struct fault_case {
    const char *name;
    bool (*run)(
        void);  /* false: the result is wrong; fault_fired() says whether an allocation failed */
    long least; /* allocations of ours that it is known to make */
};

extern const struct fault_case fault_cases[]; /* ends with a zeroed one */

void fault_cases_begin(void);
void fault_cases_end(void);

/* Cases of cases_own.c. */
bool own_postfix_asked(void);
bool own_exim_asked(void);
bool policy_printed(void);

#endif
