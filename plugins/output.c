/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- standard output --- */

static bool stdout_was_closed;

void output_open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (fd == STDOUT_FILENO)
            stdout_was_closed = true;
        /* open returns the lowest number that is free, which is fd */
        if (open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
            open("/", O_RDONLY | O_DIRECTORY);
    }
}

/* Waits for room for a piece before the limit, which may be brought forward meanwhile.
 * OUTPUT_WRITTEN: there is room; OUTPUT_LATE: the limit has passed; OUTPUT_FAILED: poll(2)
 * failed. */
static enum output_result await_room(const struct deadline_limit *limit)
{
    enum { LOOK_MS = 20 };
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    for (;;) {
        int left = deadline_left_ms(atomic_load(&limit->at));
        int n = poll(&out, 1, left < LOOK_MS ? left : LOOK_MS);

        if (n < 0 && errno != EINTR)
            return OUTPUT_FAILED;
        if (n > 0)
            return OUTPUT_WRITTEN;
        if (left == 0)
            return OUTPUT_LATE;
    }
}

/* Writes all bytes to standard output, at most `piece` each time, before the limit. The result is
 * as of output_write. */
static enum output_result write_pieces(const char *s, size_t len, size_t piece,
                                       const struct deadline_limit *limit)
{
    while (len > 0) {
        enum output_result room = await_room(limit);
        ssize_t n;

        if (room != OUTPUT_WRITTEN)
            return room;
        n = write(STDOUT_FILENO, s, len < piece ? len : piece);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            continue;
        if (n <= 0)
            return OUTPUT_FAILED;
        s += n;
        len -= (size_t)n;
    }
    return OUTPUT_WRITTEN;
}

enum output_result output_write(const char *s, size_t len, const struct deadline_limit *limit)
{
    return stdout_was_closed ? OUTPUT_FAILED : write_pieces(s, len, len, limit);
}

/* A pipe that has room takes a piece of that size without making us wait for a reader. */
enum output_result output_line(const char *s, size_t len)
{
    const struct deadline_limit now = {.at = deadline_now()};

    return stdout_was_closed ? OUTPUT_FAILED : write_pieces(s, len, OUTPUT_PIECE, &now);
}

/* --- a file --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char pending[PATH_MAX]; /* the new file that is still to be renamed, or "" */
static bool abandoned;

/* Writes the error "\"PATH\": " and the reason, by errno, which the caller has not touched since.
 * Always false. */
static bool fail(struct error *e, const char *path)
{
    return error_file(e, path, errno);
}

/* Writes to `out`, of PATH_MAX bytes, where the file really is, after symbolic links, so that
 * these stay, and its permissions to *mode; 0: it is a new one, whose permissions are what the
 * umask leaves. False with `e` filled: it cannot be replaced. */
static bool final_path(const char *path, char *out, mode_t *mode, struct error *e)
{
    struct stat st;

    *mode = 0;
    if (stat(path, &st) < 0) {
        if (errno != ENOENT)
            return fail(e, path);
        if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX - 16)
            return error_set(e, ERROR_FILE, "\"%.150s\": File name too long", path);
        return true;
    }
    if (!S_ISREG(st.st_mode))
        return error_set(e, ERROR_FILE, "\"%.150s\": is not a regular file", path);
    *mode = st.st_mode & 0777;
    return (realpath(path, out) && strlen(out) < PATH_MAX - 16) || fail(e, path);
}

/* Creates the new file beside `path`, of final_path, unless the process is about to end, and notes
 * it in `pending`. Its descriptor; -1: there is none, errno may say why. */
static int create_beside(const char *path)
{
    char name[PATH_MAX];
    unsigned random = (unsigned)getpid();
    int fd = -1;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random ^= (unsigned)deadline_now();
    snprintf(name, sizeof name, "%.*s.%08x", PATH_MAX - 16, path, random);
    pthread_mutex_lock(&lock);
    if (!abandoned)
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0)
        strcpy(pending, name);
    pthread_mutex_unlock(&lock);
    return fd;
}

/* Sets the permissions, unless `mode` is 0, writes all bytes and synchronises them. False: errno
 * may say why. */
static bool write_whole(int fd, const char *s, size_t len, mode_t mode)
{
    if (mode && fchmod(fd, mode) < 0)
        return false;
    while (len > 0) {
        ssize_t n = write(fd, s, len);

        if (n <= 0)
            return false;
        s += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Renames the new file that `pending` names to `path`, of final_path, if it is `whole`, or removes
 * it. False: it is not in its place, errno says why; that of the caller stays where the file is not
 * whole. */
static bool settle(bool whole, const char *path)
{
    bool ok = false;
    int error = errno;

    pthread_mutex_lock(&lock);
    if (*pending && whole) {
        ok = rename(pending, path) == 0;
        error = errno;
    }
    if (*pending && !ok)
        unlink(pending);
    *pending = '\0';
    pthread_mutex_unlock(&lock);
    errno = error;
    return ok;
}

bool output_replace(const char *path, const char *s, size_t len, struct error *e)
{
    char where[PATH_MAX];
    mode_t mode;
    bool whole;
    int fd;

    if (!final_path(path, where, &mode, e))
        return false;
    fd = create_beside(where);
    if (fd < 0)
        return fail(e, path);
    whole = write_whole(fd, s, len, mode);
    if (close(fd) < 0)
        whole = false;
    return settle(whole, where) || fail(e, path);
}

/* Takes the lock, within 20 ms; the caller gives it back. A thread that holds it is done in a
 * moment, or stuck in a file system that does not answer. False: it is not taken. */
static bool lock_soon(void)
{
    enum { TRIES = 10, WAIT_MS = 2 };

    for (int i = 0; i < TRIES; i++) {
        if (pthread_mutex_trylock(&lock) == 0)
            return true;
        poll(NULL, 0, WAIT_MS);
    }
    return false;
}

void output_abandon(void)
{
    if (!lock_soon())
        return;
    abandoned = true;
    if (*pending)
        unlink(pending);
    *pending = '\0';
    pthread_mutex_unlock(&lock);
}
