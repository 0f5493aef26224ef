/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process.h"

const char *const *process_directories(void)
{
    static const char *const directories[] = {"/usr/sbin",       "/usr/bin",       "/sbin", "/bin",
                                              "/usr/local/sbin", "/usr/local/bin", NULL};

    return directories;
}
