#include "postmap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"
#include "unit.h"

/* A shell script in postmap's place. */
struct script {
    char path[64];
    const char *programs[3];
};

static void write_script(struct script *s, const char *body)
{
    char text[512];

    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", body);
    unit_file(text, strlen(text), s->path);
    ck_assert_int_eq(chmod(s->path, 0700), 0);
    s->programs[0] = "/nonexistent/postmap";
    s->programs[1] = s->path;
    s->programs[2] = NULL;
}

static struct postmap at(const struct script *s, const char *map, int ms)
{
    return (struct postmap){.programs = s->programs, .map = map, .deadline = deadline_in_ms(ms)};
}

enum { LONG_MS = 20000, SHORT_MS = 300 };

static const struct {
    const char *name, *body;
    int ms;
    enum own_answer want;
    const char *text; /* of the value, or of the error */
} answers[] = {
    {"a value", "echo verify match=x", LONG_MS, OWN_FOUND, "verify match=x"},
    {"no newline", "printf may", LONG_MS, OWN_FOUND, "may"},
    {"arguments", "printf '<%s>' \"$@\"", LONG_MS, OWN_FOUND, "<-q><$(id);a b><hash:/x>"},
    {"environment", "env | grep -c SECRET; true", LONG_MS, OWN_FOUND, "0"},
    {"no standard input", "cat; echo end", LONG_MS, OWN_FOUND, "end"},
    {"signals as they come", "kill -TERM $$; echo no", LONG_MS, OWN_ERROR,
     "hash:/x: postmap: died of a signal"},
    {"none", "exit 1", LONG_MS, OWN_NONE, ""},
    {"a warning", "echo 'postmap: warning: main.cf, line 1: x' >&2; exit 1", LONG_MS, OWN_NONE, ""},
    {"fatal", "echo 'postmap: fatal: open database /x.db: No such file' >&2; echo x >&2; exit 1",
     LONG_MS, OWN_ERROR, "hash:/x: postmap: fatal: open database /x.db: No such file"},
    {"failed", "exit 3", LONG_MS, OWN_ERROR, "hash:/x: postmap: it failed without a word"},
    {"control bytes", "printf 'postmap: fatal: \\033|\\n' >&2; exit 1", LONG_MS, OWN_ERROR,
     "hash:/x: postmap: fatal: ??"},
    {"without end", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
     LONG_MS, OWN_ERROR, "hash:/x: postmap: too long an answer"},
    {"errors without end", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx >&2; done", LONG_MS,
     OWN_ERROR, "hash:/x: postmap: too long an answer"},
    {"silent", "exec sleep 60", SHORT_MS, OWN_ERROR, "hash:/x: postmap: no answer in time"},
    {"silent behind a value", "echo may; exec sleep 60", SHORT_MS, OWN_ERROR,
     "hash:/x: postmap: no answer in time"},
    {"without output, but there", "exec sleep 60 >&- 2>&-", SHORT_MS, OWN_ERROR,
     "hash:/x: postmap: no answer in time"},
};

START_TEST(answer)
{
    struct script s;
    struct own_value value = {.line = 7};
    struct err e = {0};
    struct postmap p;
    enum own_answer got;

    setenv("SECRET", "1", 1);
    write_script(&s, answers[_i].body);
    p = at(&s, "hash:/x", answers[_i].ms);
    got = postmap_look_up(&p, "$(id);a b", &value, &e);
    unlink(s.path);
    ck_assert_msg(got == answers[_i].want, "%s: %d %s", answers[_i].name, got, e.text);
    ck_assert_str_eq(got == OWN_ERROR ? e.text : value.text, answers[_i].text);
    ck_assert_int_eq(value.line, 0);
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
END_TEST

START_TEST(not_there)
{
    static const char *const programs[] = {"/nonexistent/postmap", NULL};
    struct postmap p = {
        .programs = programs, .map = "hash:/x", .deadline = deadline_in_ms(LONG_MS)};
    struct own_value value;
    struct err e;

    ck_assert_int_eq(postmap_look_up(&p, "a", &value, &e), OWN_ERROR);
    ck_assert_str_eq(e.text, "hash:/x: postmap: not found");
    ck_assert_int_eq(postmap_look_up(&p, "-", &value, &e), OWN_NONE);
    ck_assert_int_eq(postmap_look_up(&p, "", &value, &e), OWN_NONE);
}
END_TEST

START_TEST(lists)
{
    struct script s;
    struct postfix_map m;
    struct err e;
    struct postmap p;

    write_script(&s, "[ \"$*\" = '-s hash:/x' ] && printf 'b.com\\tmay\\na.com\\tverify x=1\\n'");
    p = at(&s, "hash:/x", LONG_MS);
    ck_assert(postmap_can_list(&p) && postmap_list(&p, &m, &e));
    ck_assert_uint_eq(m.count, 2);
    ck_assert_str_eq(postfix_map_find(&m, "a.com")->value, "verify x=1");
    postfix_map_clear(&m);
    p.map = "hash:/y";
    ck_assert(!postmap_list(&p, &m, &e));
    ck_assert_str_eq(e.text, "hash:/y: postmap: it failed without a word");
    p.map = "pcre:/y";
    ck_assert(!postmap_can_list(&p));
    unlink(s.path);
}
END_TEST

/* Whoever waits for signals meanwhile still gets this one. */
START_TEST(interrupted)
{
    struct script s;
    struct own_value value;
    struct err e;
    struct postmap p;
    sigset_t set, pending;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGTERM);
    write_script(&s, "exec sleep 60");
    p = at(&s, "hash:/x", LONG_MS);
    ck_assert_int_eq(postmap_look_up(&p, "a", &value, &e), OWN_ERROR);
    ck_assert_str_eq(e.text, "hash:/x: postmap: interrupted");
    sigpending(&pending);
    ck_assert(sigismember(&pending, SIGTERM));
    ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    unlink(s.path);
    sigtimedwait(&set, NULL, &(struct timespec){0});
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
END_TEST

/* Even SIGKILL leaves no postmap behind. */
START_TEST(dies_with_us)
{
    struct script s;
    char body[128], line[32] = "";
    int ends[2], tries = 0;
    pid_t us, child;

    ck_assert_int_eq(pipe(ends), 0);
    snprintf(body, sizeof body, "echo $$ >/proc/%d/fd/%d; exec sleep 60", (int)getpid(), ends[1]);
    write_script(&s, body);
    us = fork();
    if (us == 0) {
        struct postmap p = at(&s, "hash:/x", LONG_MS);
        struct own_value value;
        struct err e;

        postmap_look_up(&p, "a", &value, &e);
        _exit(1);
    }
    ck_assert_int_gt((int)read(ends[0], line, sizeof line - 1), 1);
    child = (pid_t)atoi(line);
    ck_assert(child > 1 && kill(child, 0) == 0);
    kill(us, SIGKILL);
    waitpid(us, NULL, 0);
    while (kill(child, 0) == 0 && tries++ < 1000) {
        char path[64], state[256] = "";
        FILE *f;

        /* Nobody may be there to reap it. */
        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        f = fopen(path, "r");
        if (f && fgets(state, sizeof state, f) && strstr(state, ") Z "))
            tries = 2000;
        if (f)
            fclose(f);
        poll(NULL, 0, 10);
    }
    ck_assert_msg(kill(child, 0) != 0 || tries >= 2000, "%d is still there", (int)child);
    unlink(s.path);
}
END_TEST

UNIT_CASE(postmap, {answer, COUNT(answers)}, {not_there, 1}, {lists, 1}, {interrupted, 1},
          {dies_with_us, 1})
