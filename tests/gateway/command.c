/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pulse.h"

struct running {
    pid_t pid;
    int out, err; /* -1 once at its end */
    double start;
    const struct pulse *pulse;
};

double command_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A terminal's master side; the slave, 140 columns wide, in *slave. */
static int open_terminal(int columns, int *slave)
{
    struct winsize size = {.ws_row = 50, .ws_col = (unsigned short)columns};
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    *slave = -1;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return master;
    *slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    ioctl(master, TIOCSWINSZ, &size);
    return master;
}

/* The lab may need thousands of descriptors; a plugin gets what a daemon's child has, and raises it
 * itself. */
static void usual_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 1024) {
        files.rlim_cur = 1024;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Between fork and exec, with other threads in the parent: system calls only. */
_Noreturn static void become(const struct command *c, int in, int out, int err)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (c->tty)
        setsid();
    else if (!c->inherit)
        setpgid(0, 0);
    dup2(in, 0);
    if (!c->inherit) {
        dup2(out, 1);
        dup2(err, 2);
    }
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    usual_limits();
    execvpe(c->argv[0], c->argv, c->env);
    if (write(2, "lab: cannot run the command\n", 28) < 0)
        _exit(126);
    _exit(127);
}

static struct running start(const struct command *c)
{
    struct running r = {.start = command_now()};
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (c->tty)
        out[0] = open_terminal(c->tty, &out[1]);
    else if (pipe2(out, O_CLOEXEC) != 0)
        out[0] = -1;
    if (pipe2(err, O_CLOEXEC) != 0)
        err[0] = -1;
    r.pid = fork();
    if (r.pid == 0)
        become(c, c->tty ? out[1] : in, out[1], err[1]);
    r.out = out[0];
    r.err = err[0];
    close(in);
    close(out[1]);
    close(err[1]);
    return r;
}

static void take(int *fd, struct buf *to)
{
    char bytes[8192];
    ssize_t n = read(*fd, bytes, sizeof bytes);

    if (n > 0) {
        buf_add(to, bytes, (size_t)n);
        return;
    }
    if (n < 0 && errno == EINTR)
        return;
    /* A terminal's end is EIO. */
    close(*fd);
    *fd = -1;
}

static int ms_until(double when)
{
    double left = when - command_now();

    return left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1;
}

/* Sends what is due; returns when the next thing is. */
static double due(const struct command *c, const struct running *r, struct outcome *o,
                  bool *signalled)
{
    /* While others have the processors, the command does not get on to where the signal is to
     * find it. */
    double now = command_now(), at = r->start + c->signal_after + pulse_late(r->pulse);

    if (now >= c->deadline && !o->late) {
        o->late = true;
        if (!c->inherit)
            kill(-r->pid, SIGKILL);
        kill(r->pid, SIGKILL);
    }
    if (c->signal != 0 && !*signalled && now >= at) {
        *signalled = true;
        kill(r->pid, c->signal);
    }
    if (o->late)
        return now + 1;
    return c->signal != 0 && !*signalled && at < c->deadline ? at : c->deadline;
}

static void read_output(const struct command *c, struct running *r, struct outcome *o,
                        bool *signalled)
{
    while (r->out >= 0 || r->err >= 0) {
        struct pollfd fds[2] = {{.fd = r->out, .events = POLLIN}, {.fd = r->err, .events = POLLIN}};
        bool was_late = o->late;
        double next = due(c, r, o, signalled);

        if (poll(fds, 2, ms_until(next)) == 0 && was_late)
            return; /* a grandchild keeps the pipe open */
        if (fds[0].revents != 0)
            take(&r->out, &o->out);
        if (fds[1].revents != 0)
            take(&r->err, &o->err);
    }
}

static void without_returns(struct buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        if (b->p[i] != '\r')
            b->p[n++] = b->p[i];
    b->p[n] = '\0';
    b->len = n;
}

/* Whether one that the command started runs on behind it. Those are orphans of ours
 * (PR_SET_CHILD_SUBREAPER) in the command's group; who is killed with its parent gets a moment to
 * end. */
static bool leaves_children(pid_t group)
{
    pid_t ended = 0;

    for (int tries = 0; tries < 200 && ended >= 0; tries++) {
        ended = waitpid(-group, NULL, WNOHANG);
        if (ended == 0)
            usleep(1000);
    }
    return ended >= 0;
}

struct outcome command_run(const struct command *c)
{
    struct outcome o = {0};
    bool signalled = false;
    struct running r;
    struct pulse pulse;
    int status = 0;

    buf_str(&o.out, "");
    buf_str(&o.err, "");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pulse_begin(&pulse);
    r = start(c);
    if (r.pid < 0) {
        pulse_end(&pulse);
        buf_fmt(&o.err, "lab: fork: %s\n", strerror(errno));
        return o;
    }
    r.pulse = &pulse;
    read_output(c, &r, &o, &signalled);
    while (waitpid(r.pid, &status, WNOHANG) == 0) {
        due(c, &r, &o, &signalled);
        usleep(1000);
    }
    o.seconds = command_now() - r.start;
    o.busy = pulse_end(&pulse);
    o.orphans = !c->inherit && leaves_children(r.pid);
    if (o.orphans)
        kill(-r.pid, SIGKILL);
    o.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (c->tty)
        without_returns(&o.out);
    return o;
}
