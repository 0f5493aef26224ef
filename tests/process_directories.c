/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for lib/base/process_directories.c where programs are to be found elsewhere: in the
 * directory that MAILTLS_TEST_PROGRAMS names, and nowhere else. Linked into test programs alone. */
#include <stdlib.h>

#include "base/process.h"

const char *const *process_directories(void)
{
    static const char *const usual[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin", NULL};
    static const char *directories[2];

    directories[0] = getenv("MAILTLS_TEST_PROGRAMS");
    return directories[0] ? directories : usual;
}
