/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/shortage.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

static atomic_bool noted;

void shortage_note(void)
{
    atomic_store(&noted, true);
}

bool shortage_noted(void)
{
    return atomic_load(&noted);
}

const char *shortage_words(int error, char *buf, size_t size)
{
    if (error == EMFILE)
        return "too many open files here: lower --parallel, or raise our limit (ulimit -n)";
    if (error == ENFILE)
        return "too many open files here: lower --parallel, or raise our limit (fs.file-max)";
    return strerror_r(error, buf, size);
}
