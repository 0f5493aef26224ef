/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void unit_file(const void *data, size_t len, char path[64])
{
    const char *dir = getenv("TMPDIR");
    FILE *f;
    int fd;

    snprintf(path, 64, "%.40s/unit.XXXXXX", dir && *dir ? dir : "/tmp");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    f = fdopen(fd, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(data, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

void unit_program_make(struct unit_program *p, const char *name, const char *body)
{
    FILE *f;

    signal(SIGPIPE, SIG_IGN);
    snprintf(p->dir, sizeof p->dir, "/tmp/unit-program-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/%s", p->dir, name);
    f = fopen(p->path, "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "#!/bin/sh\n%s\n", body);
    fclose(f);
    ck_assert_int_eq(chmod(p->path, 0700), 0);
    setenv("MAILTLS_TEST_PROGRAMS", p->dir, 1);
}

void unit_program_drop(const struct unit_program *p)
{
    unsetenv("MAILTLS_TEST_PROGRAMS");
    unlink(p->path);
    rmdir(p->dir);
}

/* Sets the soft limit of open files and returns what it was. */
static rlim_t limit_files(rlim_t now)
{
    struct rlimit limit;
    rlim_t before;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    before = limit.rlim_cur;
    limit.rlim_cur = now;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

rlim_t unit_forbid_files(void)
{
    return limit_files(0);
}

void unit_allow_files(rlim_t limit)
{
    limit_files(limit);
}

TCase *unit_case(const char *module, const struct unit_test *tests, int count)
{
    TCase *c = tcase_create(module);

    tcase_set_timeout(c, 120); /* for the slowest on a busy machine */
    for (int i = 0; i < count; i++)
        tcase_add_loop_test(c, tests[i].test, 0, tests[i].times);
    return c;
}
