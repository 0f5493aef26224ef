/* SPDX-License-Identifier: BSD-2-Clause */
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

_Noreturn void script_error(const struct statement *s, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", s->file, s->line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    fflush(NULL);
    _exit(2); /* threads may be playing already: no clean-up under their feet */
}

const char *script_text(const struct statement *s, size_t i)
{
    if (i >= s->n)
        script_error(s, "%s: something is missing at the end of the line", s->words[0].p);
    return s->words[i].p;
}

bool script_is(const struct word *w, const char *text)
{
    return strlen(text) == w->len && memcmp(w->p, text, w->len) == 0;
}

const char *script_value(const struct word *w, const char *key)
{
    size_t len = strlen(key);

    if (w->key_len != len || memcmp(w->p, key, len) != 0)
        return NULL;
    return w->p + len + 1;
}

double script_seconds(const struct statement *s, const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || value < 0 || value > 86400)
        script_error(s, "\"%s\" is not a number of seconds", text);
    return value;
}

long script_number(const struct statement *s, const char *text, long min, long max)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max)
        script_error(s, "\"%s\" is not a number from %ld to %ld", text, min, max);
    return value;
}

/* ---- words ---- */

static const char *escape(const struct statement *s, const char *p, struct buf *out)
{
    static const char names[] = "rnt0\\\"", values[] = "\r\n\t\0\\\"";
    const char *found = *p ? strchr(names, *p) : NULL;
    char hex[3] = "", byte;

    if (found != NULL) {
        buf_add(out, &values[found - names], 1);
        return p + 1;
    }
    if (*p != 'x' || !isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]))
        script_error(s, "unknown escape \\%c", *p);
    memcpy(hex, p + 1, 2);
    byte = (char)strtol(hex, NULL, 16);
    buf_add(out, &byte, 1);
    return p + 3;
}

static const char *quoted(const struct statement *s, const char *p, struct buf *out)
{
    char quote = *p++;

    while (*p != quote) {
        if (*p == '\0')
            script_error(s, "a quote is not closed");
        if (*p == '\\' && quote == '"')
            p = escape(s, p + 1, out);
        else
            buf_add(out, p++, 1);
    }
    return p + 1;
}

static size_t key_length(const char *p)
{
    size_t n = 0;

    while (isalnum((unsigned char)p[n]) || p[n] == '-' || p[n] == '_')
        n++;
    return p[n] == '=' ? n : 0;
}

static const char *one_word(const struct statement *s, const char *p, struct word *w)
{
    struct buf text = {0};

    w->key_len = key_length(p);
    buf_add(&text, "", 0);
    while (*p != '\0' && !isspace((unsigned char)*p)) {
        if (*p == '"' || *p == '\'') {
            w->quoted = true;
            p = quoted(s, p, &text);
        } else {
            buf_add(&text, p++, 1);
        }
    }
    w->p = text.p;
    w->len = text.len;
    return p;
}

static struct statement split(const char *file, size_t line, const char *text)
{
    struct statement s = {.file = file, .line = (int)line};
    const char *p;

    while (isspace((unsigned char)*text))
        text++;
    s.raw = copy_of(text, strlen(text));
    for (p = s.raw;;) {
        while (isspace((unsigned char)*p))
            p++;
        if (*p == '\0' || *p == '#')
            break;
        s.words = grow(s.words, &s.n, sizeof *s.words);
        s.words[s.n - 1].at = (size_t)(p - s.raw);
        p = one_word(&s, p, &s.words[s.n - 1]);
    }
    s.raw[p - s.raw] = '\0';
    return s;
}

/* These name several beside each other; of all else the first would be lost. */
static bool may_repeat(const struct word *w)
{
    return script_value(w, "sni") || script_value(w, "crl") || script_value(w, "ext");
}

static void refuse_twice(const struct statement *s)
{
    for (size_t i = 1; i < s->n; i++)
        for (size_t k = i + 1; k < s->n; k++)
            if (s->words[i].key_len > 0 && s->words[i].key_len == s->words[k].key_len &&
                !may_repeat(&s->words[i]) &&
                memcmp(s->words[i].p, s->words[k].p, s->words[i].key_len) == 0)
                script_error(s, "\"%.*s\" is there twice", (int)s->words[i].key_len, s->words[i].p);
}

/* ---- statements ---- */

#define APPEND(array, count, value)                                                                \
    ((array) = grow((array), &(count), sizeof *(array)), (array)[(count)-1] = (value))

enum owner { NOBODY, GATEWAY, FILE_LINES, RUN };

static void add_directive(struct run_script *run, struct statement s)
{
    if (script_is(&s.words[0], "exit")) {
        run->want_exit = (int)script_number(&s, script_text(&s, 1), 0, 255);
        run->exit_line = (size_t)s.line;
        return;
    }
    run->last_directive = (size_t)s.line;
    APPEND(run->directives, run->n, s);
}

static bool is_one_of(const struct word *w, const char *const *names)
{
    for (; *names != NULL; names++)
        if (script_is(w, *names))
            return true;
    return false;
}

static enum owner add_gateway(struct scenario *sc, struct statement s)
{
    struct gateway_script g = {.head = s};

    refuse_twice(&s);
    APPEND(sc->gateways, sc->n_gateways, g);
    return GATEWAY;
}

static enum owner add_file(struct scenario *sc, struct statement s)
{
    struct file_script f = {.head = s};

    APPEND(sc->files, sc->n_files, f);
    return FILE_LINES;
}

static enum owner add_run(struct scenario *sc, struct statement s)
{
    struct run_script r = {.head = s, .n_env = sc->n_env, .last_directive = (size_t)s.line};

    script_text(&s, 1);
    APPEND(sc->runs, sc->n_runs, r);
    return RUN;
}

static enum owner add_statement(struct scenario *sc, enum owner owner, struct statement s)
{
    static const char *const dns[] = {"record",       "dns",      "secure-zone",
                                      "record-range", "mx-range", NULL};
    static const char *const gateways[] = {"gateway", "gateway-range", NULL};
    static const char *const directives[] = {"exit",   "signal", "within",   "atleast", "tty",
                                             "schema", "show",   "contains", NULL};
    const struct word *first = &s.words[0];

    if (is_one_of(first, gateways))
        return add_gateway(sc, s);
    if (script_is(first, "file"))
        return add_file(sc, s);
    if (script_is(first, "run"))
        return add_run(sc, s);
    if (is_one_of(first, directives) && owner == RUN) {
        add_directive(&sc->runs[sc->n_runs - 1], s);
        return owner;
    }
    if (script_is(first, "cert")) {
        refuse_twice(&s);
        APPEND(sc->certs, sc->n_certs, s);
    } else if (script_is(first, "nameserver"))
        sc->nameserver = script_text(&s, 1);
    else if (is_one_of(first, dns))
        APPEND(sc->dns, sc->n_dns, s);
    else if (script_is(first, "env"))
        APPEND(sc->env, sc->n_env, s);
    else
        script_error(&s, "unknown statement \"%s\"", first->p);
    return NOBODY;
}

static void add_content(struct scenario *sc, enum owner owner, size_t line, const char *text)
{
    struct statement here = {.file = sc->file, .line = (int)line};
    char *content = copy_of(text, strlen(text));

    if (owner == RUN) {
        struct run_script *r = &sc->runs[sc->n_runs - 1];

        if (r->first_want == 0)
            r->first_want = line;
        else if (r->first_want + r->n_want != line)
            script_error(&here, "expected lines must stand together");
        APPEND(r->want, r->n_want, content);
    } else if (owner == FILE_LINES) {
        struct file_script *f = &sc->files[sc->n_files - 1];

        APPEND(f->lines, f->n, content);
    } else {
        script_error(&here, "a \">\" line that belongs to no run and no file");
    }
}

static void read_lines(struct scenario *sc)
{
    struct statement here = {.file = sc->file, .line = 0};
    FILE *f = fopen(sc->file, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    if (f == NULL)
        script_error(&here, "%s", strerror(errno));
    while ((len = getline(&line, &size, f)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            len--;
        APPEND(sc->lines, sc->n_lines, copy_of(line, (size_t)len));
    }
    free(line);
    fclose(f);
}

struct scenario *script_read(const char *file)
{
    struct scenario *sc = need(1, sizeof *sc);
    enum owner owner = NOBODY;

    sc->file = file;
    read_lines(sc);
    for (size_t i = 0; i < sc->n_lines; i++) {
        const char *text = sc->lines[i];
        struct statement s;

        if (text[0] == '>') {
            add_content(sc, owner, i + 1, text + (text[1] == ' ' ? 2 : 1));
            continue;
        }
        s = split(file, i + 1, text);
        if (s.n == 0)
            continue;
        if (owner == GATEWAY && isspace((unsigned char)text[0])) {
            struct gateway_script *g = &sc->gateways[sc->n_gateways - 1];

            refuse_twice(&s);
            APPEND(g->verbs, g->n, s);
        } else {
            owner = add_statement(sc, owner, s);
        }
    }
    return sc;
}
