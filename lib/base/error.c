/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *e, enum error_cause cause, const char *format, ...)
{
    va_list args;

    e->cause = cause;
    e->number = 0;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return false;
}

bool error_file(struct error *e, const char *path, int number)
{
    error_set(e, ERROR_FILE, "\"%.150s\": %s", path, strerror(number));
    e->number = number;
    return false;
}

bool error_memory(struct error *e)
{
    return error_set(e, ERROR_MEMORY, "out of memory");
}
