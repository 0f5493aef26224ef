#include "err.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(struct err *e, enum err_cause cause, const char *format, ...)
{
    va_list args;

    e->cause = cause;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return false;
}

bool err_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "out of memory");
}
