/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/unit.h"

enum { LONG_MS = 20000, SHORT_MS = 300, OUTPUT_MAX = 65536 };

static struct process_task task_with(const char *input, int ms)
{
    static const char *const argv[] = {"program", "$(id);a b", NULL};

    return (struct process_task){.argv = argv,
                                 .input = input,
                                 .input_len = input ? strlen(input) : 0,
                                 .output_max = OUTPUT_MAX,
                                 .deadline = deadline_in_ms(ms)};
}

static void no_child_is_left(const char *name)
{
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "%s: a child is left", name);
}

static bool is_gone(pid_t pid)
{
    char path[64], state[256] = "";
    FILE *f;

    if (kill(pid, 0) != 0)
        return true;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (f && !fgets(state, sizeof state, f))
        *state = '\0';
    if (f)
        fclose(f);
    return strstr(state, ") Z ") != NULL; /* nobody may be there to reap it */
}

static void await_end_of(pid_t pid)
{
    int tries = 0;

    while (!is_gone(pid) && tries++ < 1000)
        poll(NULL, 0, 10);
    ck_assert_msg(tries < 1000, "%d still runs", (int)pid);
}

static const struct {
    const char *name, *body, *input;
    int ms;
    enum process_end end;
    int status;
    const char *out, *err;
} runs[] = {
    {"output", "echo a; echo b >&2", NULL, LONG_MS, PROCESS_EXITED, 0, "a\n", "b\n"},
    {"status", "exit 75", NULL, LONG_MS, PROCESS_EXITED, 75, "", ""},
    {"no shell", "printf '<%s>' \"$@\"", NULL, LONG_MS, PROCESS_EXITED, 0, "<$(id);a b>", ""},
    {"environment", "env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= | sort", NULL, LONG_MS,
     PROCESS_EXITED, 0, "LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n", ""},
    {"no input", "cat; echo end", NULL, LONG_MS, PROCESS_EXITED, 0, "end\n", ""},
    {"empty input", "cat; echo end", "", LONG_MS, PROCESS_EXITED, 0, "end\n", ""},
    {"input", "tr a-z A-Z", "some\nlines\n", LONG_MS, PROCESS_EXITED, 0, "SOME\nLINES\n", ""},
    {"input that nobody reads", "exec <&-; echo a", "x", LONG_MS, PROCESS_EXITED, 0, "a\n", ""},
    {"descriptors", "ls /proc/self/fd | tr '\\n' ' '", NULL, LONG_MS, PROCESS_EXITED, 0, "0 1 2 3 ",
     ""}, /* 3 is the directory that ls reads */
    {"a group of its own", "[ \"$(cut -d ' ' -f 5 /proc/$$/stat)\" = $$ ] && echo yes", NULL,
     LONG_MS, PROCESS_EXITED, 0, "yes\n", ""},
    {"default dispositions", "kill -PIPE $$; echo no", NULL, LONG_MS, PROCESS_SIGNALED, SIGPIPE, "",
     ""},
    {"an empty mask", "kill -TERM $$; echo no", NULL, LONG_MS, PROCESS_SIGNALED, SIGTERM, "", ""},
    {"NUL", "printf 'a\\000b'", NULL, LONG_MS, PROCESS_EXITED, 0, "a?b", ""},
    {"as much as may be", "head -c 65536 /dev/zero | tr '\\0' x", NULL, LONG_MS, PROCESS_EXITED, 0,
     NULL, ""},
    {"more than may be", "head -c 65537 /dev/zero | tr '\\0' x", NULL, LONG_MS, PROCESS_TOO_LONG, 0,
     NULL, ""},
    {"without end", "exec yes", NULL, LONG_MS, PROCESS_TOO_LONG, 0, NULL, ""},
    {"errors without end", "exec yes >&2", NULL, LONG_MS, PROCESS_TOO_LONG, 0, "", NULL},
    {"silent", "exec sleep 60", NULL, SHORT_MS, PROCESS_TIMEOUT, 0, "", ""},
    {"silent after a line", "echo a; exec sleep 60", NULL, SHORT_MS, PROCESS_TIMEOUT, 0, "a\n", ""},
    {"a line now and then", "while :; do echo; sleep 0.05; done", NULL, SHORT_MS, PROCESS_TIMEOUT,
     0, NULL, ""},
    {"output closed", "exec sleep 60 >&- 2>&-", NULL, SHORT_MS, PROCESS_TIMEOUT, 0, "", ""},
    {"deaf", "trap '' TERM INT HUP; echo a; while :; do sleep 1; done", NULL, SHORT_MS,
     PROCESS_TIMEOUT, 0, "a\n", ""},
};

START_TEST(run)
{
    struct process_task task = task_with(runs[_i].input, runs[_i].ms);
    struct process_result r;
    struct unit_program p;
    struct error e = {0};

    setenv("SECRET", "1", 1);
    signal(SIGPIPE, SIG_IGN);
    unit_program_make(&p, "program", runs[_i].body);
    ck_assert_msg(process_run(&task, &r, &e), "%s: %s", runs[_i].name, e.text);
    ck_assert_msg(r.end == runs[_i].end, "%s: end %d, %s", runs[_i].name, r.end, text_str(&r.err));
    ck_assert_int_eq(r.status, runs[_i].status);
    ck_assert_int_eq(r.left, 0);
    ck_assert_str_eq(r.path, p.path);
    if (runs[_i].out)
        ck_assert_str_eq(text_str(&r.out), runs[_i].out);
    if (runs[_i].err)
        ck_assert_str_eq(text_str(&r.err), runs[_i].err);
    process_result_free(&r);
    no_child_is_left(runs[_i].name);
    unit_program_drop(&p);
}
END_TEST

START_TEST(errors_dropped)
{
    struct process_task task = task_with(NULL, LONG_MS);
    struct process_result r;
    struct unit_program p;
    struct error e;

    task.drop_errors = true;
    unit_program_make(&p, "program",
                      "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end; exit 3");
    ck_assert(process_run(&task, &r, &e));
    ck_assert_int_eq(r.end, PROCESS_EXITED);
    ck_assert_int_eq(r.status, 3);
    ck_assert_str_eq(text_str(&r.out), "end\n");
    ck_assert_uint_gt(r.err.len, 0);
    ck_assert_uint_le(r.err.len, PROCESS_ERRORS_MAX);
    process_result_free(&r);
    unit_program_drop(&p);
}
END_TEST

START_TEST(not_started)
{
    static const char *const argv[] = {"another", NULL};
    struct process_task task = task_with("x", LONG_MS);
    struct process_result r;
    struct unit_program p;
    struct error e;

    unit_program_make(&p, "program", "echo no");
    chmod(p.path, 0600);
    ck_assert(process_run(&task, &r, &e));
    ck_assert_int_eq(r.end, PROCESS_DENIED);
    ck_assert_str_eq(r.path, "");
    process_result_free(&r);
    task.argv = argv;
    ck_assert(process_run(&task, &r, &e));
    ck_assert_int_eq(r.end, PROCESS_MISSING);
    process_result_free(&r);
    unit_program_drop(&p);
    no_child_is_left("not started");
}
END_TEST

/* More than a pipe holds, in both directions. */
START_TEST(large)
{
    size_t len = 3 * 1024 * 1024;
    char *input = malloc(len + 1);
    struct process_task task;
    struct process_result r;
    struct unit_program p;
    struct error e;

    ck_assert_ptr_nonnull(input);
    memset(input, 'y', len);
    input[len] = '\0';
    signal(SIGPIPE, SIG_IGN);
    unit_program_make(&p, "program", "exec cat");
    task = task_with(input, LONG_MS);
    task.output_max = len;
    ck_assert(process_run(&task, &r, &e));
    ck_assert_int_eq(r.end, PROCESS_EXITED);
    ck_assert_uint_eq(r.out.len, len);
    ck_assert_str_eq(text_str(&r.out), input);
    process_result_free(&r);
    free(input);
    unit_program_drop(&p);
}
END_TEST

/* The whole group ends with the deadline; and a program that has ended is not held up by one of its
 * own that keeps its output open, which ends, too. */
START_TEST(group)
{
    static const char *const bodies[] = {"sleep 60 & echo $!; wait", "sleep 60 & echo $!"};
    struct process_task task = task_with(NULL, _i == 0 ? SHORT_MS : LONG_MS);
    instant begin = deadline_now();
    struct process_result r;
    struct unit_program p;
    struct error e;

    unit_program_make(&p, "program", bodies[_i]);
    ck_assert(process_run(&task, &r, &e));
    ck_assert_int_eq(r.end, _i == 0 ? PROCESS_TIMEOUT : PROCESS_EXITED);
    ck_assert_int_gt(atoi(text_str(&r.out)), 1);
    await_end_of((pid_t)atoi(text_str(&r.out)));
    ck_assert_msg(deadline_now() - begin < LONG_MS * 500, "it took too long");
    process_result_free(&r);
    unit_program_drop(&p);
}
END_TEST

/* --- a program that runs as root, as setuid Exim does: only root can set that up --- */

/* Writes what process_result.left was, or -1. */
static _Noreturn void run_as_nobody(const struct unit_program *p, int report)
{
    static const char *const argv[] = {"program", "--reuid=0", "--regid=0", "--clear-groups",
                                       "sleep",   "60",        NULL};
    struct process_task task = task_with(NULL, SHORT_MS);
    struct process_result r;
    struct error e;
    int left = -1;

    task.argv = argv;
    setenv("MAILTLS_TEST_PROGRAMS", p->dir, 1);
    if (setgid(65534) == 0 && setuid(65534) == 0 && process_run(&task, &r, &e) &&
        r.end == PROCESS_TIMEOUT)
        left = (int)r.left;
    _exit(write(report, &left, sizeof left) == sizeof left ? 0 : 1);
}

START_TEST(another_users)
{
    char command[256];
    struct statvfs fs;
    instant begin = deadline_now();
    struct unit_program p;
    int ends[2], left = 0;
    pid_t child;

    if (getuid() != 0 || statvfs("/tmp", &fs) != 0 || (fs.f_flag & ST_NOSUID) != 0)
        return;
    unit_program_make(&p, "program", "");
    chmod(p.dir, 0755);
    snprintf(command, sizeof command, "cp /usr/bin/setpriv %s && chmod 4755 %s", p.path, p.path);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    if (child == 0)
        run_as_nobody(&p, ends[1]);
    waitpid(child, NULL, 0);
    ck_assert_int_eq(read(ends[0], &left, sizeof left), sizeof left);
    ck_assert_int_lt(deadline_now() - begin, LONG_MS * 500);
    ck_assert_msg(left > 1 && !is_gone((pid_t)left), "%d should run on", left);
    kill(-left, SIGKILL);
    await_end_of((pid_t)left);
    close(ends[0]);
    close(ends[1]);
    unit_program_drop(&p);
}
END_TEST

/* --- the end of our own process --- */

static void *sleep_long(void *arg)
{
    struct process_task task = task_with(NULL, LONG_MS);
    struct process_result r;
    struct error e;

    if (!process_run(&task, &r, &e))
        return NULL;
    *(int *)arg = (int)r.end;
    process_result_free(&r);
    return NULL;
}

/* Stops all programs while one runs in another thread. Exit 0: it was stopped, and so was what came
 * later. */
static _Noreturn void stop_in_the_middle(const struct unit_program *p)
{
    char pid_path[64];
    int ends[2] = {-1, -1};
    pthread_t thread;
    int tries = 0;

    snprintf(pid_path, sizeof pid_path, "%s/pid", p->dir);
    if (pthread_create(&thread, NULL, sleep_long, &ends[0]) != 0)
        _exit(2);
    while (access(pid_path, F_OK) != 0 && tries++ < 1000)
        poll(NULL, 0, 10);
    process_stop_all();
    pthread_join(thread, NULL);
    sleep_long(&ends[1]);
    _exit(ends[0] == PROCESS_STOPPED && ends[1] == PROCESS_STOPPED ? 0 : 3);
}

START_TEST(stop_all)
{
    char body[256], path[64];
    instant begin = deadline_now();
    struct unit_program p;
    int status = -1;
    FILE *f;
    pid_t child, program = 0;

    unit_program_make(&p, "program", "");
    snprintf(path, sizeof path, "%s/pid", p.dir);
    snprintf(body, sizeof body, "#!/bin/sh\necho $$ >%s.new; mv %s.new %s; sleep 60\n", path, path,
             path);
    f = fopen(p.path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(body, f);
    fclose(f);
    child = fork();
    if (child == 0)
        stop_in_the_middle(&p);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
    ck_assert_int_lt(deadline_now() - begin, LONG_MS * 500);
    f = fopen(path, "r");
    ck_assert(f && fscanf(f, "%d", &program) == 1);
    fclose(f);
    await_end_of(program);
    unlink(path);
    unit_program_drop(&p);
}
END_TEST

/* --- a program that cannot be started for a long time --- */

enum { HELD_NOT, HELD, HELD_TOO_LONG };

static atomic_bool holds; /* programs are not started until it is false again */
static atomic_int held;

/* Waits while `holds`, as on a file system that does not answer, then calls posix_spawn of libc.
 * The lock of process is held meanwhile. */
int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
                char *const environment[restrict])
{
    __typeof__(&posix_spawn) next = (__typeof__(&posix_spawn))dlsym(RTLD_NEXT, "posix_spawn");
    instant limit = deadline_in_ms(LONG_MS);

    if (atomic_load(&holds))
        atomic_store(&held, HELD);
    while (atomic_load(&holds) && deadline_left_ms(limit) > 0)
        poll(NULL, 0, 1);
    if (atomic_load(&holds))
        atomic_store(&held, HELD_TOO_LONG);
    return next(pid, path, actions, attributes, argv, environment);
}

/* Waits for the beginning of a second, or for its end; a busy machine may miss it. */
static void await_part_of_second(bool its_end)
{
    instant limit = deadline_in_ms(LONG_MS / 4);
    struct timespec now;

    do {
        poll(NULL, 0, 1);
        clock_gettime(CLOCK_REALTIME, &now);
    } while ((its_end ? now.tv_nsec < 900000000L : now.tv_nsec > 500000000L) &&
             deadline_left_ms(limit) > 0);
}

/* A signal waits for the lock, but no longer than it may; then the program is not stopped. Its time
 * is once in the same second, once in the next. */
START_TEST(lock_held)
{
    enum { LEAST_MS = 90 }; /* of the 100 that it waits */
    int end = -1;
    pthread_t thread;
    instant begin;
    struct unit_program p;

    unit_program_make(&p, "program", "");
    atomic_store(&holds, true);
    atomic_store(&held, HELD_NOT);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_long, &end), 0);
    while (atomic_load(&held) == HELD_NOT)
        poll(NULL, 0, 1);
    await_part_of_second(_i == 1);
    begin = deadline_now();
    process_stop_all();
    ck_assert_int_ge(deadline_now() - begin, LEAST_MS * 1000);
    ck_assert_int_eq(atomic_load(&held), HELD);
    atomic_store(&holds, false);
    pthread_join(thread, NULL);
    ck_assert_int_eq(end, PROCESS_EXITED);
    unit_program_drop(&p);
}
END_TEST

UNIT_CASE(process, {run, COUNT(runs)}, {errors_dropped, 1}, {not_started, 1}, {large, 1},
          {group, 2}, {another_users, 1}, {stop_all, 1}, {lock_held, 2})
