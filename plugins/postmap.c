#include "postmap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"

enum { ERRORS_MAX = 4096, WAIT_MS = 5, NOT_THERE = 127 };

enum { PIPE_OUT, PIPE_ERR, PIPES };

static const char *const places[] = {"/usr/sbin/postmap", "/usr/local/sbin/postmap",
                                     "/usr/bin/postmap", "/sbin/postmap", NULL};

/* A postmap that runs. */
struct child {
    pid_t pid;
    int pipes[PIPES]; /* our ends; -1: closed */
    int signals;
    struct text text[PIPES];
    int status;
};

static bool fail(const struct postmap *p, struct err *e, const char *what)
{
    return err_set(e, ERR_FILE, "%.120s: postmap: %.100s", p->map, what);
}

/* Runs in the child; only what is safe after fork. */
static _Noreturn void run(const char *const *programs, char *const argv[], const int ends[PIPES],
                          pid_t parent)
{
    static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent || dup2(null, STDIN_FILENO) < 0 ||
        dup2(ends[PIPE_OUT], STDOUT_FILENO) < 0 || dup2(ends[PIPE_ERR], STDERR_FILENO) < 0)
        _exit(NOT_THERE);
    for (; *programs; programs++)
        execve(*programs, argv, environment);
    _exit(NOT_THERE);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool start(const struct postmap *p, char *const argv[], struct child *c)
{
    int ours[PIPES] = {-1, -1}, theirs[PIPES] = {-1, -1};
    pid_t parent = getpid();
    sigset_t watched;
    bool ok = true;

    for (size_t i = 0; i < PIPES; i++) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0) {
            ok = false;
            continue;
        }
        ours[i] = ends[0];
        theirs[i] = ends[1];
    }
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    c->signals = signalfd(-1, &watched, SFD_CLOEXEC);
    c->pid = ok && c->signals >= 0 ? fork() : -1;
    if (c->pid == 0)
        run(p->programs ? p->programs : places, argv, theirs, parent);
    for (size_t i = 0; i < PIPES; i++) {
        c->pipes[i] = ours[i];
        close_fd(&theirs[i]);
    }
    return c->pid > 0;
}

/* Takes what a pipe has. False: more than we keep. */
static bool take(struct child *c, size_t i)
{
    char buf[4096];
    ssize_t n = read(c->pipes[i], buf, sizeof buf);

    if (n > 0) {
        text_add_bytes(&c->text[i], buf, (size_t)n);
        return !c->text[i].cut && !c->text[i].failed;
    }
    if (n == 0 || (errno != EINTR && errno != EAGAIN))
        close_fd(&c->pipes[i]);
    return true;
}

/* Reads until both pipes are closed. NULL, or why it did not come to that. */
static const char *read_all(struct child *c, instant deadline)
{
    while (c->pipes[PIPE_OUT] >= 0 || c->pipes[PIPE_ERR] >= 0) {
        struct pollfd fds[] = {{.fd = c->pipes[PIPE_OUT], .events = POLLIN},
                               {.fd = c->pipes[PIPE_ERR], .events = POLLIN},
                               {.fd = c->signals, .events = POLLIN}};
        int n = poll(fds, 3, deadline_left_ms(deadline));

        if (n == 0)
            return "no answer in time";
        if (n < 0 && errno != EINTR)
            return "poll failed";
        if (n > 0 && fds[PIPES].revents)
            return "interrupted";
        for (size_t i = 0; n > 0 && i < PIPES; i++)
            if (fds[i].revents && !take(c, i))
                return "too long an answer";
    }
    return NULL;
}

/* Waits for the end, which a program that has closed its output owes us soon. */
static const char *await(struct child *c, instant deadline)
{
    for (;;) {
        pid_t got = waitpid(c->pid, &c->status, WNOHANG);

        if (got == c->pid)
            c->pid = -1;
        if (got == c->pid || got == -1)
            return c->pid == -1 ? NULL : "its end was lost";
        if (deadline_left_ms(deadline) == 0)
            return "no answer in time";
        poll(NULL, 0, WAIT_MS);
    }
}

static void end(struct child *c)
{
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
            ;
    }
    for (size_t i = 0; i < PIPES; i++)
        close_fd(&c->pipes[i]);
    close_fd(&c->signals);
}

static void clear(struct child *c)
{
    for (size_t i = 0; i < PIPES; i++)
        text_free(&c->text[i]);
}

/* The last line that is no warning: what postmap died of. NULL: there is none. */
static const char *complaint(const char *text)
{
    const char *found = NULL;

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len = strcspn(line, "\n");

        if (memmem(line, len, "fatal: ", 7) || memmem(line, len, "error: ", 7) ||
            memmem(line, len, "unavailable", 11))
            found = line;
    }
    return found;
}

/* Runs postmap with two arguments to its end; `max` bytes of output are kept. */
static bool ask(const struct postmap *p, char *const argv[], size_t max, struct child *c,
                struct err *e)
{
    const char *why;

    *c = (struct child){.pid = -1, .pipes = {-1, -1}, .signals = -1};
    text_init(&c->text[PIPE_OUT], max);
    text_init(&c->text[PIPE_ERR], ERRORS_MAX);
    why = start(p, argv, c) ? read_all(c, p->deadline) : "cannot be started";
    if (!why)
        why = await(c, p->deadline);
    end(c);
    if (!why && WIFEXITED(c->status) && WEXITSTATUS(c->status) == NOT_THERE)
        why = "not found";
    if (!why && !WIFEXITED(c->status))
        why = "died of a signal";
    if (!why && (why = complaint(text_str(&c->text[PIPE_ERR])))) {
        char line[200];

        text_clean(line, sizeof line, why, strcspn(why, "\n"));
        return fail(p, e, strncmp(line, "postmap: ", 9) == 0 ? line + 9 : line);
    }
    if (c->text[PIPE_OUT].failed || c->text[PIPE_ERR].failed)
        return err_memory(e);
    return !why || fail(p, e, why);
}

bool postmap_can_list(const struct postmap *p)
{
    static const char *const types[] = {"hash:", "btree:", "lmdb:", "dbm:", "sdbm:"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strncmp(p->map, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

bool postmap_list(const struct postmap *p, struct postfix_map *out, struct err *e)
{
    char *const argv[] = {"postmap", "-s", (char *)p->map, NULL};
    struct child c;
    bool ok = ask(p, argv, POSTFIX_MAP_SIZE_MAX, &c, e);

    *out = (struct postfix_map){0};
    if (ok && WEXITSTATUS(c.status) != 0)
        ok = fail(p, e, "it failed without a word");
    if (ok)
        ok = postfix_map_read(p->map, text_str(&c.text[PIPE_OUT]), c.text[PIPE_OUT].len, out, e);
    clear(&c);
    return ok;
}

enum own_answer postmap_look_up(const struct postmap *p, const char *key, struct own_value *out,
                                struct err *e)
{
    char *const argv[] = {"postmap", "-q", (char *)key, (char *)p->map, NULL};
    enum own_answer answer = OWN_ERROR;
    struct child c;

    out->line = 0;
    if (*key == '-' || *key == '\0')
        return OWN_NONE; /* no domain; "-" would mean standard input */
    if (ask(p, argv, sizeof out->text - 1, &c, e) &&
        (WEXITSTATUS(c.status) <= 1 || fail(p, e, "it failed without a word"))) {
        struct text *t = &c.text[PIPE_OUT];

        answer = WEXITSTATUS(c.status) == 0 && t->len > 0 ? OWN_FOUND : OWN_NONE;
        text_copy(out->text, sizeof out->text, text_str(t));
        out->text[strcspn(out->text, "\n")] = '\0';
    }
    clear(&c);
    return answer;
}
