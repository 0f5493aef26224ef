#include "fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

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

static bool is_due(void)
{
    long at = atomic_load(&due_at);

    if (at == 0 || atomic_fetch_add(&count, 1) + 1 != at)
        return false;
    atomic_store(&fired, true);
    if (atomic_load(&tell) >= 0 && write(atomic_load(&tell), "!", 1) != 1)
        _exit(99); /* who asked to be told cannot go by what it sees */
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_due() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return is_due() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    return is_due() ? NULL : __real_strdup(s);
}
