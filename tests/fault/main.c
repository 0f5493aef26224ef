/* SPDX-License-Identifier: BSD-2-Clause */
/* The promises when memory runs out: nothing crashes, nothing leaks (see under ASan), and no result
 * is milder than the one with memory. Each case runs with its first, second, ... allocation failing
 * until none is left. */
#include <stdio.h>

#include "cases.h"
#include "fault.h"

enum { ALLOCATIONS_MAX = 2000 };

static bool run(const struct fault_case *c)
{
    long n = 0;

    c->run(); /* the baseline, and what libraries allocate once */
    do {
        fault_arm(++n);
        if (!c->run() || n > ALLOCATIONS_MAX) {
            fault_arm(0);
            printf("%s: wrong with allocation %ld failing\n", c->name, n);
            return false;
        }
    } while (fault_fired());
    fault_arm(0);
    if (n - 1 < c->least) {
        printf("%s: %ld allocations, expected at least %ld\n", c->name, n - 1, c->least);
        return false;
    }
    return true;
}

int main(void)
{
    int passed = 0, failed = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    fault_cases_begin();
    for (const struct fault_case *c = fault_cases; c->name; c++) {
        if (run(c))
            passed++;
        else
            failed++;
    }
    fault_cases_end();
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
