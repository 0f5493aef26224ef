/* SPDX-License-Identifier: BSD-2-Clause */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "expect.h"

extern char **environ;

/* The directives of a run. */
struct wants {
    int tty;
    bool contains;
    int signal;
    double signal_after, within, atleast; /* 0: whatever */
    const char *schema;
};

/* ---- the command line ---- */

static void push(char ***list, size_t *n, char *text)
{
    *list = grow(*list, n, sizeof **list);
    (*list)[*n - 1] = text;
}

static void push_words(char ***list, size_t *n, const char *text)
{
    char *copy = copy_of(text, strlen(text)), *next = copy, *word;

    while ((word = strsep(&next, " ")) != NULL)
        if (*word != '\0')
            push(list, n, word);
}

static char **command_line(struct lab *lab, const struct run_script *run,
                           const struct settings *settings)
{
    const struct statement *s = &run->head;
    char **argv = NULL, *plugin = text_of("%s/%s", settings->bin, s->words[1].p);
    bool is_plugin = strchr(s->words[1].p, '/') == NULL && access(plugin, X_OK) == 0;
    size_t n = 0;

    if (is_plugin && settings->wrap != NULL && strncmp(s->words[1].p, "check_", 6) == 0)
        push_words(&argv, &n, settings->wrap);
    push(&argv, &n, is_plugin ? plugin : s->words[1].p);
    for (size_t i = 2; i < s->n; i++) {
        struct buf text = lab_expand(lab, s, s->words[i].p, s->words[i].len);

        if (script_is(&s->words[i], "$LAB") && !s->words[i].quoted)
            push_words(&argv, &n, text.p);
        else
            push(&argv, &n, text.p);
    }
    push(&argv, &n, NULL);
    return argv;
}

static bool has_name(const char *setting, const char *name)
{
    size_t len = strlen(name);

    return strncmp(setting, name, len) == 0 && setting[len] == '=';
}

static bool is_unwanted(const char *setting)
{
    static const char *const names[] = {"SSL_CERT_FILE",
                                        "SSL_CERT_DIR",
                                        "LANG",
                                        "LANGUAGE",
                                        "MP_CONFIG_FILE",
                                        "NAGIOS_CONFIG_PATH",
                                        "TZ",
                                        "OPENSSL_CONF",
                                        "RES_OPTIONS",
                                        "TERM",
                                        "COLUMNS",
                                        "NO_COLOR"};

    if (strncmp(setting, "LC_", 3) == 0)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (has_name(setting, names[i]))
            return true;
    return false;
}

static void set_variable(char **env, size_t *n, char *setting)
{
    char *name = copy_of(setting, strcspn(setting, "="));

    for (size_t i = 0; i < *n; i++)
        if (has_name(env[i], name)) {
            env[i] = setting;
            free(name);
            return;
        }
    env[(*n)++] = setting;
    free(name);
}

/* Ours without what would change the plugin's behaviour, then the scenario's. */
static char **environment(struct lab *lab, const struct scenario *sc, const struct run_script *run)
{
    size_t n = 0, count = 0;
    char **env;

    while (environ[count] != NULL)
        count++;
    env = need(count + sc->n_env + 3, sizeof *env);
    for (size_t i = 0; i < count; i++)
        if (!is_unwanted(environ[i]))
            env[n++] = environ[i];
    set_variable(env, &n, text_of("SSL_CERT_DIR=%s/empty", lab->dir));
    set_variable(env, &n, text_of("TZ=UTC"));
    for (size_t i = 0; i < run->n_env && i < sc->n_env; i++) {
        const struct statement *s = &sc->env[i];

        script_text(s, 1);
        set_variable(env, &n, lab_expand(lab, s, s->words[1].p, s->words[1].len).p);
    }
    return env;
}

/* ---- directives ---- */

static int signal_number(const struct statement *s, const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {
        {"TERM", SIGTERM}, {"INT", SIGINT}, {"HUP", SIGHUP}, {"KILL", SIGKILL}, {"PIPE", SIGPIPE}};

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(name, signals[i].name) == 0)
            return signals[i].number;
    script_error(s, "unknown signal \"%s\"", name);
}

static void read_signal(struct wants *w, const struct statement *s)
{
    const char *after = s->n > 2 ? script_value(&s->words[2], "after") : NULL;

    w->signal = signal_number(s, script_text(s, 1));
    w->signal_after = after != NULL ? script_seconds(s, after) : 0;
}

static struct wants read_wants(const struct run_script *run)
{
    struct wants w = {0};

    for (size_t i = 0; i < run->n; i++) {
        const struct statement *s = &run->directives[i];

        if (script_is(&s->words[0], "tty"))
            w.tty = s->n > 1 ? (int)script_number(s, script_text(s, 1), 1, 1000) : 140;
        else if (script_is(&s->words[0], "contains"))
            w.contains = true;
        else if (script_is(&s->words[0], "signal"))
            read_signal(&w, s);
        else if (script_is(&s->words[0], "within"))
            w.within = script_seconds(s, script_text(s, 1));
        else if (script_is(&s->words[0], "atleast"))
            w.atleast = script_seconds(s, script_text(s, 1));
        else if (script_is(&s->words[0], "schema"))
            w.schema = script_text(s, 1);
    }
    return w;
}

/* ---- comparing ---- */

static struct result lines_of(const struct outcome *o)
{
    struct result r = {.status = o->status, .busy = o->busy};
    const char *p = o->out.p, *end = p + o->out.len;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = newline != NULL ? (size_t)(newline - p) : (size_t)(end - p);

        push(&r.lines, &r.n, copy_of(p, len));
        p += len + 1;
    }
    return r;
}

static void check_output(struct lab *lab, const struct run_script *run, const struct wants *w,
                         const struct result *r, struct buf *report)
{
    char **want = need(run->n_want, sizeof *want);
    struct buf difference = {0};
    bool same;

    for (size_t i = 0; i < run->n_want; i++)
        want[i] = lab_expand(lab, &run->head, run->want[i], strlen(run->want[i])).p;
    if (w->contains)
        same = expect_contains(want, run->n_want, r->lines, r->n, &difference);
    else if (w->schema != NULL && run->n_want == 0)
        same = true;
    else
        same = expect_lines(want, run->n_want, r->lines, r->n, &difference);
    if (!same)
        buf_fmt(report, "    output differs (- wanted, + got):\n%s",
                difference.p ? difference.p : "");
}

static void check_schema(struct lab *lab, const struct run_script *run, const struct wants *w,
                         const struct outcome *o, struct buf *report)
{
    char *path = text_of("%s/stdout.json", lab->dir);
    char python[] = "/usr/bin/python3", m[] = "-m", module[] = "jsonschema", i[] = "-i";
    char *schema = lab_expand(lab, &run->head, w->schema, strlen(w->schema)).p;
    char *argv[] = {python, m, module, i, path, schema, NULL};
    struct command c = {.argv = argv, .env = environ, .deadline = lab->deadline};
    struct outcome check;
    FILE *f = fopen(path, "we");

    if (f != NULL) {
        fwrite(o->out.p, 1, o->out.len, f);
        fclose(f);
    }
    check = command_run(&c);
    if (check.status != 0)
        buf_fmt(report, "    output does not validate against %s:\n%s%s", w->schema, check.out.p,
                check.err.p);
    free(path);
    free(schema);
}

static void check_rest(const struct run_script *run, const struct wants *w, const struct outcome *o,
                       const struct settings *settings, struct buf *report)
{
    if (o->late)
        buf_fmt(report, "    did not end in the scenario's time and was killed\n");
    if (o->orphans)
        buf_str(report, "    left a child running\n");
    if (!settings->update && o->status != run->want_exit)
        buf_fmt(report, "    exit %d, wanted %d\n", o->status, run->want_exit);
    if (o->err.len > 0)
        buf_fmt(report, "    wrote to standard error:\n%s%s", o->err.p,
                o->err.p[o->err.len - 1] == '\n' ? "" : "\n");
    if (w->within > 0 && o->seconds - o->busy > w->within * settings->slow)
        buf_fmt(report,
                "    took %.3f s, of which the machine was busy for %.3f, wanted within %.3f\n",
                o->seconds, o->busy, w->within * settings->slow);
    if (o->seconds < w->atleast)
        buf_fmt(report, "    took %.3f s, wanted at least %.3f\n", o->seconds, w->atleast);
    if (o->out.len > 0 && o->out.p[o->out.len - 1] != '\n')
        buf_str(report, "    the last line of output has no end\n");
    if (memchr(o->out.p, '\0', o->out.len) != NULL)
        buf_str(report, "    a NUL in the output\n");
}

static struct command prepare(struct lab *lab, const struct scenario *sc,
                              const struct run_script *run, const struct settings *settings)
{
    struct wants w = read_wants(run);

    return (struct command){
        .argv = command_line(lab, run, settings),
        .env = environment(lab, sc, run),
        .tty = w.tty,
        .signal = w.signal,
        .signal_after = w.signal_after * (settings->slow > 4 ? 4 : settings->slow),
        .deadline = lab->deadline,
    };
}

struct result run_play(struct lab *lab, const struct scenario *sc, const struct run_script *run,
                       const struct settings *settings, struct buf *report)
{
    struct wants w = read_wants(run);
    struct command c = prepare(lab, sc, run, settings);
    struct outcome o = command_run(&c);
    struct result r = lines_of(&o);

    r.complained = o.err.len > 0 || o.orphans;
    check_rest(run, &w, &o, settings, report);
    if (!settings->update || w.contains)
        check_output(lab, run, &w, &r, report);
    if (w.schema != NULL)
        check_schema(lab, run, &w, &o, report);
    return r;
}

/* ---- showing ---- */

static void print_argument(const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+";

    if (*text != '\0' && text[strspn(text, plain)] == '\0')
        printf(" %s", text);
    else
        printf(" '%s'", text);
}

static void print_heading(const struct run_script *run)
{
    for (size_t i = 0; i < run->n; i++) {
        const struct statement *s = &run->directives[i];

        if (!script_is(&s->words[0], "show"))
            continue;
        printf("\n%s", script_text(s, 1));
        for (size_t k = 2; k < s->n; k++)
            printf(" %s", s->words[k].p);
        printf("\n\n");
    }
}

void run_show(struct lab *lab, const struct scenario *sc, const struct run_script *run,
              const struct settings *settings)
{
    struct command c = prepare(lab, sc, run, settings);
    const char *slash = strrchr(c.argv[0], '/');

    print_heading(run);
    printf("$ %s", slash != NULL ? slash + 1 : c.argv[0]);
    for (size_t i = 1; c.argv[i] != NULL; i++)
        print_argument(c.argv[i]);
    printf("\n");
    fflush(stdout);
    c.tty = 0;
    c.inherit = true;
    command_run(&c);
}

/* ---- updating ---- */

/* The expected line that already says it, with its variables and placeholders; else a new one. */
static char *expected_line(struct lab *lab, const struct run_script *run, const char *got)
{
    char *general, *line;

    for (size_t i = 0; i < run->n_want; i++) {
        struct buf want = lab_expand(lab, &run->head, run->want[i], strlen(run->want[i]));
        bool match = expect_match(want.p, got);

        free(want.p);
        if (match)
            return copy_of(run->want[i], strlen(run->want[i]));
    }
    general = expect_generalise(got);
    line = lab_unexpand(lab, general);
    free(general);
    return line;
}

static bool keeps_lines(const struct run_script *run)
{
    struct wants w = read_wants(run);

    return w.contains || (w.schema != NULL && run->n_want == 0);
}

static void write_run(FILE *f, struct lab *lab, const struct run_script *run,
                      const struct result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        char *line = expected_line(lab, run, r->lines[i]);

        fprintf(f, *line != '\0' ? "> %s\n" : ">%s\n", line);
        free(line);
    }
}

/* Where the run's expected lines stand, or where they are to go: behind this line. */
static size_t place_of(const struct run_script *run)
{
    if (run->n_want > 0)
        return run->first_want;
    return run->exit_line > 0 ? run->exit_line : run->last_directive;
}

static bool is_old(const struct scenario *sc, size_t line)
{
    for (size_t k = 0; k < sc->n_runs; k++) {
        const struct run_script *run = &sc->runs[k];

        if (!keeps_lines(run) && run->n_want > 0 && line >= run->first_want &&
            line < run->first_want + run->n_want)
            return true;
        if (line == run->exit_line)
            return true;
    }
    return false;
}

void run_update(struct lab *lab, struct scenario *sc, const struct result *results)
{
    char *path = text_of("%s.new", sc->file);
    FILE *f = fopen(path, "we");

    for (size_t i = 1; f != NULL && i <= sc->n_lines; i++) {
        if (!is_old(sc, i))
            fprintf(f, "%s\n", sc->lines[i - 1]);
        for (size_t k = 0; k < sc->n_runs; k++) {
            const struct run_script *run = &sc->runs[k];

            if (i == (run->exit_line > 0 ? run->exit_line : run->last_directive))
                fprintf(f, "exit %d\n", results[k].status);
            if (i == place_of(run) && !keeps_lines(run))
                write_run(f, lab, run, &results[k]);
        }
    }
    if (f == NULL || fclose(f) != 0 || rename(path, sc->file) != 0)
        fprintf(stderr, "%s: cannot be written\n", sc->file);
    free(path);
}
