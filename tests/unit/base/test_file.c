/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/deadline.h"
#include "unit/unit.h"

enum { MAX = 10000 };

static char dir[64];

static void open_dir(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(dir, sizeof dir, "%.40s/unit.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static const char *in_dir(const char *name)
{
    static char path[100];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

/* Reads it immediately or not at all, with this text for its error. */
static void is_refused(const char *path, const char *reason)
{
    instant before = deadline_now();
    struct error e = {0};
    char due[256];
    size_t len = 1;

    snprintf(due, sizeof due, "\"%s\": %s", path, reason);
    ck_assert_ptr_null(file_read(path, MAX, &len, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    ck_assert_str_eq(e.text, due);
    ck_assert_uint_eq(len, 0);
    ck_assert_int_lt(deadline_now() - before, 5000000);
}

/* --- what is read --- */

static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, MAX - 1, MAX};

START_TEST(whole)
{
    char path[64], *data = malloc(MAX), *text;
    struct error e = {0};
    size_t len;

    for (size_t i = 0; i < MAX; i++)
        data[i] = (char)(i * 7);
    unit_file(data, sizes[_i], path);
    text = file_read(path, MAX, &len, &e);
    ck_assert_msg(text != NULL, "%s", e.text);
    ck_assert_uint_eq(len, sizes[_i]);
    ck_assert_mem_eq(text, data, len);
    ck_assert_int_eq(text[len], '\0');
    free(text);
    free(data);
    unlink(path);
}
END_TEST

START_TEST(too_large)
{
    char path[64], *data = calloc(1, MAX + 1);

    unit_file(data, MAX + 1, path);
    is_refused(path, "too large");
    free(data);
    unlink(path);
}
END_TEST

/* Its size is 0, and yet it has a content. */
START_TEST(size_unknown)
{
    struct error e = {0};
    size_t len;
    char *text = file_read("/proc/self/status", 1 << 20, &len, &e);

    ck_assert_msg(text != NULL, "%s", e.text);
    ck_assert_ptr_nonnull(strstr(text, "Threads:"));
    ck_assert_uint_eq(strlen(text), len);
    free(text);
}
END_TEST

/* --- what is not --- */

START_TEST(not_regular)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    open_dir();
    ck_assert_int_eq(mkfifo(in_dir("fifo"), 0600), 0);
    ck_assert_int_eq(symlink("fifo", in_dir("link")), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_dir("socket"));
    ck_assert_int_eq(bind(s, (struct sockaddr *)&address, sizeof address), 0);
    is_refused(in_dir("fifo"), "is not a regular file");
    is_refused(in_dir("link"), "is not a regular file");
    is_refused(in_dir("socket"), "No such device or address");
    is_refused("/dev/zero", "is not a regular file");
    is_refused(dir, "Is a directory");
    close(s);
    unlink(in_dir("fifo"));
    unlink(in_dir("link"));
    unlink(in_dir("socket"));
    rmdir(dir);
}
END_TEST

START_TEST(unreadable)
{
    open_dir();
    ck_assert_int_eq(symlink("loop", in_dir("loop")), 0);
    is_refused(in_dir("loop"), "Too many levels of symbolic links");
    is_refused(in_dir("none"), "No such file or directory");
    is_refused("", "No such file or directory");
    is_refused("/proc/self/mem", "Input/output error"); /* it opens, and cannot be read */
    unlink(in_dir("loop"));
    rmdir(dir);
}
END_TEST

/* --- what is being read --- */

static void *read_again_and_again(void *arg)
{
    struct error e = {0};
    size_t len;

    for (int i = 0; i < 20000; i++)
        free(file_read(arg, MAX, &len, &e));
    return NULL;
}

START_TEST(current)
{
    char path[64], now[64] = "?";
    pthread_t thread;
    unsigned seen = 0;

    file_current(now, sizeof now);
    ck_assert_str_eq(now, "");
    unit_file("x", 1, path);
    ck_assert_int_eq(pthread_create(&thread, NULL, read_again_and_again, path), 0);
    for (int i = 0; i < 20000; i++) {
        file_current(now, sizeof now);
        ck_assert(*now == '\0' || strcmp(now, path) == 0);
        seen += *now != '\0';
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_gt(seen, 0);
    file_current(now, sizeof now);
    ck_assert_str_eq(now, "");
    unlink(path);
}
END_TEST

UNIT_CASE(file_read, {whole, COUNT(sizes)}, {too_large, 1}, {size_unknown, 1}, {not_regular, 1},
          {unreadable, 1}, {current, 1})
