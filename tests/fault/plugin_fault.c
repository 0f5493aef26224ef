/* SPDX-License-Identifier: BSD-2-Clause */
/* Linked into check_*-fault alone: MAILTLS_TEST_FAIL_AT says which allocation fails; descriptor 9
 * is told. */
#include <stdlib.h>

#include "fault.h"

/* The allocations of gcov's own code at exit are none of ours. */
static void disarm(void)
{
    fault_arm(0);
}

static void __attribute__((constructor)) arm(void)
{
    const char *n = getenv("MAILTLS_TEST_FAIL_AT");

    fault_tell(9);
    fault_arm(n ? atol(n) : 0);
    atexit(disarm);
}
