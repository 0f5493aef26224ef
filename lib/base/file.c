/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { SHOWN_MAX = 256, FIRST_ROOM = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char current[SHOWN_MAX];

/* Keeps a cleaned copy of the path for file_current; "": no file is being read. */
static void set_current(const char *path)
{
    pthread_mutex_lock(&lock);
    text_clean(current, sizeof current, path, strlen(path));
    pthread_mutex_unlock(&lock);
}

void file_current(char *out, size_t cap)
{
    pthread_mutex_lock(&lock);
    text_copy(out, cap, current);
    pthread_mutex_unlock(&lock);
}

/* Fills `e` with ERROR_FILE and "\"PATH\": REASON". The path is cut to 150 bytes, but not cleaned:
 * whoever shows the text cleans it. Always NULL. */
static char *fail(struct error *e, const char *path, const char *reason)
{
    error_set(e, ERROR_FILE, "\"%.150s\": %s", path, reason);
    return NULL;
}

/* The same, with errno as the reason. */
static char *fail_by_errno(struct error *e, const char *path)
{
    error_file(e, path, errno);
    return NULL;
}

/* Frees `buf`, which may be NULL, and fills `e` with ERROR_MEMORY. Always NULL. */
static char *out_of_memory(char *buf, struct error *e)
{
    free(buf);
    error_memory(e);
    return NULL;
}

/* Returns why a file of this kind is not read, in words that are not to be freed. NULL: it is a
 * regular file, which is read. */
static const char *wrong_kind(const struct stat *st)
{
    if (S_ISREG(st->st_mode))
        return NULL;
    return S_ISDIR(st->st_mode) ? strerror(EISDIR) : "is not a regular file";
}

/* How many bytes to ask for at first, at most max + 1: what the file says it has, and one byte that
 * shows whether it has more. Some regular files (of proc) say nothing. */
static size_t first_room(const struct stat *st, size_t max)
{
    size_t size = (size_t)st->st_size < FIRST_ROOM ? FIRST_ROOM : (size_t)st->st_size;

    return size > max ? max + 1 : size + 1;
}

/* Reads to the end, but no more than max + 1 bytes. *buf, NULL before, grows from `room` bytes, 1
 * to max + 1, and has one more for a NUL, which is not written; the caller frees it, whatever is
 * returned. Returns the number of bytes; -1: errno says why. */
static ssize_t read_up_to(int fd, size_t room, size_t max, char **buf)
{
    size_t len = 0;
    ssize_t n;

    for (;;) {
        char *grown = realloc(*buf, room + 1);

        if (!grown)
            return -1;
        *buf = grown;
        n = read(fd, *buf + len, room - len);
        if (n < 0)
            return -1;
        len += (size_t)n;
        if (n == 0 || len > max)
            return (ssize_t)len;
        if (len == room)
            room = 2 * room > max ? max + 1 : 2 * room;
    }
}

/* Reads the whole regular file that is open as `fd`, which stays open. `path` is for messages. The
 * caller frees the result, after whose *len bytes there is a NUL. NULL with `e` filled, also where
 * the file has more than `max` bytes; *len is then unchanged. */
static char *read_open(int fd, const char *path, size_t max, size_t *len, struct error *e)
{
    struct stat st;
    const char *wrong;
    char *buf = NULL;
    ssize_t n;

    if (fstat(fd, &st) < 0)
        return fail_by_errno(e, path);
    wrong = wrong_kind(&st);
    if (wrong)
        return fail(e, path, wrong);
    n = read_up_to(fd, first_room(&st, max), max, &buf);
    if (n < 0 && errno == ENOMEM)
        return out_of_memory(buf, e);
    if (n < 0)
        fail_by_errno(e, path);
    else if ((size_t)n > max)
        fail(e, path, "too large");
    if (n < 0 || (size_t)n > max) {
        free(buf);
        return NULL;
    }
    buf[n] = '\0';
    *len = (size_t)n;
    return buf;
}

char *file_read(const char *path, size_t max, size_t *len, struct error *e)
{
    char *text = NULL;
    int fd;

    *len = 0;
    set_current(path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
        text = read_open(fd, path, max, len, e);
        close(fd);
    } else {
        fail_by_errno(e, path);
    }
    set_current("");
    return text;
}
