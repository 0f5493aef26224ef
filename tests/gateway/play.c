/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab: plays scenario files. The parent hands files to children and counts; each child plays
 * one scenario, with servers of its own, and ends with it. Usage and file format: README.md. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "scenario.h"

#define LATE_MOST 10 /* scenarios that are played once more */

enum mode { PLAY, SERVE, SHOW };

struct child {
    pid_t pid;
    const char *file;
    char *dir;
    FILE *said;
    double deadline;
};

struct options {
    enum mode mode;
    struct settings settings;
    size_t parallel;
    bool once_more; /* it is the last time: nothing is played once more */
    char **files;
    size_t n;
};

/* ---- children ---- */

static char *make_directory(void)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = text_of("%s/lab.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");

    if (mkdtemp(dir) == NULL) {
        fprintf(stderr, "lab: %s: %s\n", dir, strerror(errno));
        exit(2);
    }
    return dir;
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        char *child;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        child = text_of("%s/%s", path, entry->d_name);
        if (unlink(child) != 0)
            remove_tree(child);
        free(child);
    }
    if (d != NULL)
        closedir(d);
    rmdir(path);
}

static int in_child(const struct options *o, const char *file, const char *dir)
{
    switch (o->mode) {
    case SERVE:
        return scenario_serve(file, dir, &o->settings);
    case SHOW:
        return scenario_show(file, dir, &o->settings);
    case PLAY:
        break;
    }
    return scenario_play(file, dir, &o->settings);
}

static struct child start_child(const struct options *o, const char *file)
{
    struct child c = {.file = file, .dir = make_directory()};

    c.said = o->mode == PLAY ? tmpfile() : NULL;
    c.deadline = o->mode == PLAY ? command_now() + SCENARIO_SECONDS * o->settings.slow + 15 : 1e18;
    fflush(NULL);
    c.pid = fork();
    if (c.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (c.said != NULL) {
            dup2(fileno(c.said), 1);
            dup2(fileno(c.said), 2);
        }
        int status = in_child(o, file, c.dir);

        /* Threads are still playing: no clean-up under their feet. */
        fflush(NULL);
        _exit(status);
    }
    return c;
}

static void show_said(FILE *said)
{
    char bytes[4096];
    size_t n;

    if (said == NULL)
        return;
    rewind(said);
    while ((n = fread(bytes, 1, sizeof bytes, said)) > 0)
        fwrite(bytes, 1, n, stdout);
    fclose(said);
    fflush(stdout);
}

static void end_child(struct child *c)
{
    show_said(c->said);
    remove_tree(c->dir);
    free(c->dir);
    *c = (struct child){0};
}

static void kill_all(struct child *children, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (children[i].pid <= 0)
            continue;
        kill(children[i].pid, SIGKILL);
        waitpid(children[i].pid, NULL, 0);
        end_child(&children[i]);
    }
}

/* ---- the parent ---- */

struct count {
    size_t passed, failed, n_late;
    char *late[LATE_MOST]; /* to be played once more */
    bool script_error;
};

/* Counts a scenario by its exit status. Returns the word for that. */
static const char *count_one(const struct options *o, const char *file, int status,
                             struct count *count)
{
    if (status == SCENARIO_PASSED) {
        count->passed++;
        return "passed";
    }
    if (status == SCENARIO_LATE && !o->once_more && count->n_late < LATE_MOST) {
        count->late[count->n_late++] = copy_of(file, strlen(file));
        return "late";
    }
    count->script_error = count->script_error || status == 2;
    count->failed++;
    return "FAILED";
}

static void reap(const struct options *o, struct child *c, int status, struct count *count)
{
    bool passed = WIFEXITED(status) && WEXITSTATUS(status) == SCENARIO_PASSED;
    const char *file = c->file, *word;

    word = count_one(o, file, WIFEXITED(status) ? WEXITSTATUS(status) : SCENARIO_FAILED, count);
    end_child(c);
    if (WIFSIGNALED(status))
        printf("%s: killed by signal %d\n", file, WTERMSIG(status));
    if (o->mode == PLAY && (!passed || o->settings.verbose))
        printf("%s %s\n", word, file);
}

static size_t reap_all(const struct options *o, struct child *children, struct count *count)
{
    size_t running = 0;

    for (size_t i = 0; i < o->parallel; i++) {
        struct child *c = &children[i];
        int status;

        if (c->pid <= 0)
            continue;
        if (command_now() > c->deadline)
            kill(c->pid, SIGKILL);
        if (waitpid(c->pid, &status, WNOHANG) == c->pid)
            reap(o, c, status, count);
        else
            running++;
    }
    return running;
}

/* False where a signal asked us to end; all children are gone then. */
static bool run_children(const struct options *o, struct count *count)
{
    struct child *children = need(o->parallel, sizeof *children);
    const struct timespec second = {1, 0};
    sigset_t signals;
    size_t next = 0, running;
    int got = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    do {
        for (size_t i = 0; i < o->parallel && next < o->n; i++)
            if (children[i].pid <= 0)
                children[i] = start_child(o, o->files[next++]);
        got = sigtimedwait(&signals, NULL, &second);
        if (got > 0 && got != SIGCHLD && o->mode != SERVE)
            break;
        if (got > 0 && got != SIGCHLD && children[0].pid > 0)
            kill(children[0].pid, SIGTERM); /* it reports its faults, then ends */
        running = reap_all(o, children, count);
        got = 0;
    } while (running > 0 || next < o->n);
    kill_all(children, o->parallel);
    free(children);
    return got == 0;
}

static void add_file(struct options *o, char *path)
{
    o->files = grow(o->files, &o->n, sizeof *o->files);
    o->files[o->n - 1] = path;
}

static void free_files(struct options *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->files[i]);
    free(o->files);
    o->files = NULL;
    o->n = 0;
}

/* Plays once more, alone, what failed while the machine was busy. False as run_children. */
static bool run_late(struct options *o, struct count *count)
{
    bool ended;

    printf("the machine was busy; once more, alone:\n");
    for (size_t i = 0; i < count->n_late; i++)
        add_file(o, count->late[i]);
    o->parallel = 1;
    o->once_more = o->settings.verbose = true;
    ended = run_children(o, count);
    free_files(o);
    return ended;
}

static void block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* ---- the command line ---- */

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len >= n && strcmp(text + len - n, end) == 0;
}

static void add_path(struct options *o, const char *path, bool named)
{
    struct dirent **entries;
    struct stat st;
    int n;

    if (stat(path, &st) != 0) {
        fprintf(stderr, "lab: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    if (!S_ISDIR(st.st_mode)) {
        if (named || ends_in(path, ".scenario"))
            add_file(o, copy_of(path, strlen(path)));
        return;
    }
    n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *child = text_of("%s%s%s", path, ends_in(path, "/") ? "" : "/", entries[i]->d_name);

        if (entries[i]->d_name[0] != '.')
            add_path(o, child, false);
        free(child);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

_Noreturn static void usage(void)
{
    fputs("usage: lab [-v] [-j N] [--bin DIR] [--wrap \"CMD...\"] [--slow FACTOR] [--update] "
          "FILE|DIRECTORY...\n"
          "       lab [--bin DIR] [--well-known] --serve|--show FILE\n",
          stderr);
    exit(2);
}

static const char *argument(int argc, char **argv, int *i)
{
    if (*i + 1 >= argc)
        usage();
    return argv[++*i];
}

static void read_argument(struct options *o, int argc, char **argv, int *i)
{
    const char *a = argv[*i];

    if (strcmp(a, "-v") == 0)
        o->settings.verbose = true;
    else if (strcmp(a, "-j") == 0)
        o->parallel = (size_t)strtoul(argument(argc, argv, i), NULL, 10);
    else if (strcmp(a, "--bin") == 0)
        o->settings.bin = argument(argc, argv, i);
    else if (strcmp(a, "--wrap") == 0)
        o->settings.wrap = argument(argc, argv, i);
    else if (strcmp(a, "--slow") == 0)
        o->settings.slow = strtod(argument(argc, argv, i), NULL);
    else if (strcmp(a, "--update") == 0)
        o->settings.update = true;
    else if (strcmp(a, "--serve") == 0)
        o->mode = SERVE;
    else if (strcmp(a, "--show") == 0)
        o->mode = SHOW;
    else if (strcmp(a, "--well-known") == 0)
        o->settings.well_known = true;
    else if (*a == '-')
        usage();
    else
        add_path(o, a, true);
}

int main(int argc, char **argv)
{
    struct options o = {.settings = {.bin = "build", .slow = 1}, .parallel = 8};
    struct count count = {0};
    bool ended;

    for (int i = 1; i < argc; i++)
        read_argument(&o, argc, argv, &i);
    if (o.n == 0 && o.mode != PLAY)
        usage();
    if (o.mode != PLAY || o.parallel == 0)
        o.parallel = 1;
    if (o.settings.slow <= 0)
        usage();
    o.once_more = o.n == 1;
    block_signals();
    raise_limits();
    ended = run_children(&o, &count);
    free_files(&o);
    if (ended && count.n_late > 0)
        ended = run_late(&o, &count);
    if (o.mode == PLAY)
        printf("%zu passed, %zu failed\n", count.passed, count.failed);
    if (count.script_error)
        return 2;
    return ended && count.failed == 0 && count.passed > 0 ? 0 : 1;
}
