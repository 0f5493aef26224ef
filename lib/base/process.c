/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SLICE_MS = 20, /* how long the end of a program whose pipes are quiet may go unnoticed */
    REAP_MS = 100  /* how long a killed program gets to end */
};

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPES };

/* A program that runs. It begins with task and result, -1 in all descriptors, and zeros. */
struct child {
    const struct process_task *task;
    struct process_result *result;
    pid_t pid;
    int ours[PIPES]; /* our ends of its pipes; -1: closed */
    int theirs[PIPES];
    size_t written; /* bytes of the input */
    struct child *next;
};

/* All programs that run. Spawning, killing and reaping happen under the mutex, so that nobody
 * signals a number that the system has given to another process meanwhile. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct child *running;
static bool stopped;

/* Closes a descriptor unless it is -1, and sets it to -1. */
static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Closes each descriptor unless it is -1, and sets it to -1. */
static void close_all(int fds[PIPES])
{
    for (size_t i = 0; i < PIPES; i++)
        close_fd(&fds[i]);
}

/* --- start --- */

/* Makes a pipe and sets *read_end and *write_end, which are -1 before. `our_end` is that of these
 * two pointers whose end is not to block. False with errno. The caller closes both ends, even where
 * false is returned. */
static bool make_pipe(int *read_end, int *write_end, int *our_end)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    *read_end = ends[0];
    *write_end = ends[1];
    return fcntl(*our_end, F_SETFL, O_NONBLOCK) == 0;
}

/* Sets c->ours and c->theirs, all of them -1 before. A task without input gets /dev/null, and
 * c->ours[PIPE_IN] stays -1. False with errno. The caller closes all of them, even where false is
 * returned. */
static bool make_pipes(struct child *c)
{
    if (!c->task->input)
        c->theirs[PIPE_IN] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    else if (!make_pipe(&c->theirs[PIPE_IN], &c->ours[PIPE_IN], &c->ours[PIPE_IN]))
        return false;
    return c->theirs[PIPE_IN] >= 0 &&
           make_pipe(&c->ours[PIPE_OUT], &c->theirs[PIPE_OUT], &c->ours[PIPE_OUT]) &&
           make_pipe(&c->ours[PIPE_ERR], &c->theirs[PIPE_ERR], &c->ours[PIPE_ERR]);
}

/* Gives the program, of which `a` is initialised, a process group of its own and default signals.
 * Returns 0 or an errno. */
static int set_attributes(posix_spawnattr_t *a)
{
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, all;
    int error;

    sigemptyset(&none);
    sigfillset(&all);
    error = posix_spawnattr_setflags(a, flags);
    if (!error)
        error = posix_spawnattr_setpgroup(a, 0);
    if (!error)
        error = posix_spawnattr_setsigmask(a, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(a, &all);
    return error;
}

/* Makes `theirs`, none of them -1, the descriptors 0 to 2 of the program and closes all others in
 * it. `f` must be initialised. Returns 0 or an errno. */
static int set_descriptors(posix_spawn_file_actions_t *f, const int theirs[PIPES])
{
    int error = 0;

    for (int i = 0; !error && i < PIPES; i++)
        error = posix_spawn_file_actions_adddup2(f, theirs[i], i);
    return error ? error : posix_spawn_file_actions_addclosefrom_np(f, PIPES);
}

/* Starts the program at `path` and sets c->pid; the caller holds the mutex. Returns 0 or an errno;
 * c->pid is then undefined. Where the child has a copy of our memory, as under valgrind, a program
 * that is not there is no error of posix_spawn: the child ends with status 127. */
static int spawn(struct child *c, const char *path, const posix_spawn_file_actions_t *f,
                 const posix_spawnattr_t *a)
{
    static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};

    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
        return errno;
    return posix_spawn(&c->pid, path, f, a, (char *const *)c->task->argv, environment);
}

/* Looks for the program, with the mutex held, and starts the first that can be started: sets c->pid
 * and the result's path. Returns 0 or an errno: ENOENT where none was found, else that of the first
 * that was, as EACCES where we may not execute it; c->pid is then -1 and the path "". */
static int spawn_first(struct child *c, const posix_spawn_file_actions_t *f,
                       const posix_spawnattr_t *a)
{
    char *path = c->result->path;
    int found = ENOENT;

    for (const char *const *d = process_directories(); *d; d++) {
        int error = ENAMETOOLONG;

        if (snprintf(path, sizeof c->result->path, "%s/%s", *d, *c->task->argv) <
            (int)sizeof c->result->path)
            error = spawn(c, path, f, a);
        if (error == 0)
            return 0;
        if (error != ENOENT && error != ENOTDIR && found == ENOENT)
            found = error;
    }
    c->pid = -1;
    *path = '\0';
    return found;
}

/* Looks for the program, starts and registers it. Returns 0, ECANCELED after process_stop_all,
 * ENOENT where no program was found, or another errno, as EACCES where we may not execute it. */
static int spawn_registered(struct child *c, const posix_spawn_file_actions_t *f,
                            const posix_spawnattr_t *a)
{
    int error = ECANCELED;

    pthread_mutex_lock(&mutex);
    if (!stopped)
        error = spawn_first(c, f, a);
    if (!error) {
        c->next = running;
        running = c;
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

/* Makes the pipes, starts the program and registers it in `running`. Returns 0, ECANCELED after
 * process_stop_all, ENOENT where no program was found, EACCES where we may not execute it, or
 * another errno, as EMFILE. The caller closes the pipes, even then. */
static int start(struct child *c)
{
    posix_spawn_file_actions_t f;
    posix_spawnattr_t a;
    int error;

    if (!make_pipes(c))
        return errno;
    error = posix_spawn_file_actions_init(&f);
    if (error)
        return error;
    error = posix_spawnattr_init(&a);
    if (!error) {
        error = set_attributes(&a);
        if (!error)
            error = set_descriptors(&f, c->theirs);
        if (!error)
            error = spawn_registered(c, &f, &a);
        posix_spawnattr_destroy(&a);
    }
    posix_spawn_file_actions_destroy(&f);
    return error;
}

/* --- conversation --- */

/* Writes as much input as the pipe takes now; closes our end after the last byte, or where the
 * program does not read. c->ours[PIPE_IN] must be open. */
static void send_input(struct child *c)
{
    ssize_t n =
        write(c->ours[PIPE_IN], c->task->input + c->written, c->task->input_len - c->written);

    if (n > 0)
        c->written += (size_t)n;
    if (c->written == c->task->input_len || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&c->ours[PIPE_IN]);
}

/* Appends to `text` what the open pipe has now, with '?' for each NUL, and closes the pipe at its
 * end. False: there is more than text->max allows, or memory ran out. */
static bool take_output(int *fd, struct text *text)
{
    char buf[16384];
    ssize_t n = read(*fd, buf, sizeof buf);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(fd);
    if (n <= 0)
        return true;
    for (char *nul = buf; (nul = memchr(nul, '\0', (size_t)(buf + n - nul)));)
        *nul = '?';
    text_add_bytes(text, buf, (size_t)n);
    return !text->cut && !text->failed;
}

/* Whether the process has ended, or is no child of ours. Does not wait, and leaves it to be
 * reaped. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Waits at most `ms` for a pipe, then moves what there is. Always sets *moved: whether output was
 * there, or its end. False: the output is too long, or memory ran out. */
static bool move(struct child *c, int ms, bool *moved)
{
    struct pollfd fds[PIPES] = {{.fd = c->ours[PIPE_IN], .events = POLLOUT},
                                {.fd = c->ours[PIPE_OUT], .events = POLLIN},
                                {.fd = c->ours[PIPE_ERR], .events = POLLIN}};

    *moved = false;
    if (poll(fds, PIPES, ms) <= 0)
        return true;
    if (fds[PIPE_IN].revents)
        send_input(c);
    if (fds[PIPE_OUT].revents && !take_output(&c->ours[PIPE_OUT], &c->result->out))
        return false;
    if (fds[PIPE_ERR].revents && !take_output(&c->ours[PIPE_ERR], &c->result->err) &&
        !c->task->drop_errors)
        return false;
    *moved = fds[PIPE_OUT].revents || fds[PIPE_ERR].revents;
    return true;
}

/* Returns how many milliseconds to wait in this round, counted from 0: at most SLICE_MS while
 * output may come, else 1 in the first round and 1 more in each of the next, up to SLICE_MS; never
 * past the deadline. */
static int slice_ms(const struct child *c, size_t round)
{
    int left = deadline_left_ms(c->task->deadline);
    int slice = SLICE_MS;

    if (c->ours[PIPE_OUT] < 0 && c->ours[PIPE_ERR] < 0 && round < SLICE_MS)
        slice = 1 + (int)round;
    return left < slice ? left : slice;
}

/* Moves input and output until the program has ended and its output is read: PROCESS_EXITED, also
 * where a signal ended it. PROCESS_TOO_LONG and PROCESS_TIMEOUT leave it running. A program that it
 * started may hold the pipes; that one is not waited for. */
static enum process_end converse(struct child *c)
{
    for (size_t round = 0;; round++) {
        bool ended = has_ended(c->pid), moved;

        if (!move(c, ended ? 0 : slice_ms(c, round), &moved))
            return PROCESS_TOO_LONG;
        if (ended && !moved)
            return PROCESS_EXITED;
        if (!ended && deadline_left_ms(c->task->deadline) == 0)
            return PROCESS_TIMEOUT;
    }
}

/* --- end --- */

/* Takes the program, which must be in `running`, off that list. The caller holds the mutex. */
static void unregister(struct child *c)
{
    struct child **at = &running;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
}

/* Whether a program that has ended, or was killed just now, could be reaped within REAP_MS, or is
 * no child of ours any more. *status, set by the caller before, is that of waitpid(2) where there
 * is one. */
static bool reap(pid_t pid, int *status)
{
    for (int ms = 0; ms < REAP_MS; ms++) {
        pid_t got = waitpid(pid, status, WNOHANG);

        if (got == pid || (got < 0 && errno != EINTR))
            return true;
        poll(NULL, 0, 1);
    }
    return false;
}

/* Kills what is left of the registered program, unregisters and reaps it, and closes our ends of
 * the pipes. `how` is what converse returned. Sets the result's end, `left` and, for PROCESS_EXITED
 * and PROCESS_SIGNALED, status. Kills the group before its leader is reaped, for until then nobody
 * else can have its number. */
static void end(struct child *c, enum process_end how)
{
    struct process_result *r = c->result;
    int status = 0;

    close_all(c->ours);
    pthread_mutex_lock(&mutex);
    unregister(c);
    if (kill(-c->pid, SIGKILL) != 0 && errno == EPERM && !has_ended(c->pid))
        r->left = c->pid;
    else if (!reap(c->pid, &status))
        r->left = c->pid;
    r->end = stopped && how == PROCESS_EXITED ? PROCESS_STOPPED : how;
    pthread_mutex_unlock(&mutex);
    if (r->end != PROCESS_EXITED)
        return;
    r->status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) {
        r->end = PROCESS_SIGNALED;
        r->status = WTERMSIG(status);
    }
}

/* Takes the errno that start returned, not 0. True: r->end says why the program was not started.
 * False with `e` filled: memory, processes or descriptors are short. */
static bool not_started(int error, struct process_result *r, struct error *e)
{
    if (error == ENOMEM)
        return error_memory(e);
    if (error == EAGAIN || error == EMFILE || error == ENFILE)
        return error_set(e, ERROR_SYSTEM, "no process can be started: %s", strerror(error));
    r->end = PROCESS_DENIED;
    if (error == ENOENT)
        r->end = PROCESS_MISSING;
    if (error == ECANCELED)
        r->end = PROCESS_STOPPED;
    return true;
}

bool process_run(const struct process_task *task, struct process_result *out, struct error *e)
{
    struct child c = {
        .task = task, .result = out, .pid = -1, .ours = {-1, -1, -1}, .theirs = {-1, -1, -1}};
    int error;
    bool ok = true;

    *out = (struct process_result){0};
    text_init(&out->out, task->output_max);
    text_init(&out->err, PROCESS_ERRORS_MAX);
    error = start(&c);
    close_all(c.theirs);
    if (error) {
        close_all(c.ours);
        ok = not_started(error, out, e);
    } else {
        end(&c, converse(&c));
    }
    if (ok && (out->out.failed || out->err.failed))
        ok = error_memory(e);
    if (!ok)
        process_result_free(out);
    return ok;
}

void process_result_free(struct process_result *r)
{
    text_free(&r->out);
    text_free(&r->err);
}

void process_stop_all(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += REAP_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    if (pthread_mutex_timedlock(&mutex, &until) != 0)
        return;
    stopped = true;
    for (const struct child *c = running; c; c = c->next)
        kill(-c->pid, SIGKILL);
    pthread_mutex_unlock(&mutex);
}
