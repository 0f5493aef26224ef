/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **));
int __real_open(const char *path, int flags, ...);
int __real___open_2(const char *path, int flags);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...);
__attribute__((format(printf, 3, 4))) int __wrap___asprintf_chk(char **out, int flag,
                                                                const char *format, ...);
int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **));
int __wrap_open(const char *path, int flags, ...);
int __wrap___open_2(const char *path, int flags);

static atomic_long due_at, count;
static atomic_bool fired;
static atomic_int tell = -1;

void fault_arm(long n)
{
    atomic_store(&count, 0);
    atomic_store(&fired, false);
    atomic_store(&due_at, n);
}

bool fault_fired(void)
{
    return atomic_load(&fired);
}

void fault_tell(int fd)
{
    atomic_store(&tell, fd);
}

/* Whether this call is the one that fails; errno is then `why`. */
static bool is_due(int why)
{
    long at = atomic_load(&due_at);

    if (at == 0 || atomic_fetch_add(&count, 1) + 1 != at)
        return false;
    atomic_store(&fired, true);
    if (atomic_load(&tell) >= 0 && write(atomic_load(&tell), "!", 1) != 1)
        _exit(99); /* who asked to be told cannot go by what it sees */
    errno = why;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due(ENOMEM) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_due(ENOMEM) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return is_due(ENOMEM) ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    return is_due(ENOMEM) ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return is_due(ENOMEM) ? NULL : __real_strndup(s, n);
}

/* The text as vasprintf makes it, or -1. The value of *out after a failure is undefined, so it is
 * something that must not be freed. */
__attribute__((format(printf, 2, 0))) static int print(char **out, const char *format,
                                                       va_list arguments)
{
    static char undefined;

    if (is_due(ENOMEM)) {
        *out = &undefined;
        return -1;
    }
    return vasprintf(out, format, arguments);
}

__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = print(out, format, arguments);
    va_end(arguments);
    return len;
}

__attribute__((format(printf, 3, 4))) int __wrap___asprintf_chk(char **out, int flag,
                                                                const char *format, ...)
{
    va_list arguments;
    int len;

    (void)flag;
    va_start(arguments, format);
    len = print(out, format, arguments);
    va_end(arguments);
    return len;
}

/* --- descriptors --- */

int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **))
{
    return is_due(EMFILE) ? -1 : __real_scandir(path, list, filter, order);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode = 0;

    va_start(arguments, flags);
    if (flags & O_CREAT)
        mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return is_due(EMFILE) ? -1 : __real_open(path, flags, mode);
}

int __wrap___open_2(const char *path, int flags)
{
    return is_due(EMFILE) ? -1 : __real___open_2(path, flags);
}
