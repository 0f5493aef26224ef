/* SPDX-License-Identifier: BSD-2-Clause */
/* The scenario file: lines into statements, statements into a scenario.
 *
 * Hides the lexical rules (words, quotes, escapes, comments, indentation). It does not know what
 * the statements mean: pki, nameserver and gateway read their own. All that is wrong ends the
 * process with "FILE:LINE: text" and status 2. */
#ifndef LAB_SCRIPT_H
#define LAB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    char *p; /* without quotes, escapes resolved: may hold any byte */
    size_t len;
    size_t key_len; /* of a bare KEY= at the start; 0 where there is none */
    size_t at;      /* where it begins in the statement's raw text */
    bool quoted;
};

struct statement {
    const char *file;
    int line;
    char *raw; /* without indentation and comment */
    struct word *words;
    size_t n;
};

struct gateway_script {
    struct statement head;
    struct statement *verbs;
    size_t n;
};

struct file_script {
    struct statement head;
    char **lines;
    size_t n;
};

struct run_script {
    struct statement head;
    struct statement *directives;
    size_t n;
    int want_exit;
    char **want; /* expected lines, not yet expanded */
    size_t n_want;
    size_t last_directive, exit_line, first_want; /* line numbers, 0 where there is none */
    size_t n_env; /* how many of the scenario's env lines come before */
};

struct scenario {
    const char *file;
    char **lines;
    size_t n_lines;
    struct statement *certs;
    size_t n_certs;
    const char *nameserver; /* its address, NULL: 127.0.0.1 */
    struct statement *dns;  /* record, dns, secure-zone, record-range, mx-range */
    size_t n_dns;
    struct statement *env;
    size_t n_env;
    struct gateway_script *gateways;
    size_t n_gateways;
    struct file_script *files;
    size_t n_files;
    struct run_script *runs;
    size_t n_runs;
};

struct scenario *script_read(const char *file);

_Noreturn void script_error(const struct statement *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The i-th word as text; an error where it is missing. */
const char *script_text(const struct statement *s, size_t i);
bool script_is(const struct word *w, const char *text);
/* The value of KEY=VALUE where the word has that key, else NULL. */
const char *script_value(const struct word *w, const char *key);
double script_seconds(const struct statement *s, const char *text);
long script_number(const struct statement *s, const char *text, long min, long max);

#endif
