/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/openssl_conf.h"

#include <dirent.h>
#include <limits.h>
#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/span.h"
#include "base/shortage.h"
#include "base/text.h"

enum { DEPTH_MAX = 10, TEXT_MAX = 4 * 1024 * 1024 };

/* A configuration whose included files are put in their places. */
struct expansion {
    struct text text;
    const char *include_dir;  /* of the environment, or NULL */
    char directory[PATH_MAX]; /* of .pragma includedir, or "" */
    int depth;                /* files that are being read; 0 at first */
    struct error *e;          /* filled where a function returns false */
};

static bool expand_file(struct expansion *x, const char *path);

/* OpenSSL's allocations; a lack of memory is noted. Like OpenSSL's own, none of 0 bytes. */
static void *allocate(size_t size, const char *file, int line)
{
    void *p;

    (void)file, (void)line;
    if (size == 0)
        return NULL;
    p = malloc(size);
    if (!p)
        shortage_note();
    return p;
}

/* As realloc(3), but 0 bytes free `old`, and a lack of memory is noted; NULL then leaves `old` as
 * it is. */
static void *reallocate(void *old, size_t size, const char *file, int line)
{
    void *p;

    (void)file, (void)line;
    if (size == 0) {
        free(old);
        return NULL;
    }
    p = realloc(old, size);
    if (!p)
        shortage_note();
    return p;
}

/* As free(3). */
static void release(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

void openssl_conf_hold(void)
{
    CRYPTO_set_mem_functions(allocate, reallocate, release);
    /* Nobody asks for a cipher by its name, TLS least of all; the table of them would take a tenth
     * of all instructions of a check. exit must not clean up under the feet of other threads. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                            OPENSSL_INIT_NO_LOAD_CONFIG,
                        NULL);
}

/* --- directives --- */

/* Takes a directive's value off a line: after the name an equals sign, blanks, or both; a comment
 * ends it. *value is a part of the line, trimmed, and may be empty. False: the line has no such
 * directive, and *value is unchanged. */
static bool take_directive(struct span line, const char *name, struct span *value)
{
    struct span rest = span_trim(line);

    if (!span_skip(&rest, name) || (rest.len > 0 && !strchr("= \t", *rest.at)))
        return false;
    rest = span_trim(rest);
    if (span_skip(&rest, "="))
        rest = span_trim(rest);
    *value = span_trim(span_until(&rest, '#'));
    return true;
}

/* Whether a file name of more than 5 bytes has the suffix .conf or .cnf; case counts. */
static bool is_configuration(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && (strcmp(name + len - 5, ".conf") == 0 || strcmp(name + len - 4, ".cnf") == 0);
}

/* For scandir(3): not 0 for a configuration file. */
static int by_name(const struct dirent *d)
{
    return is_configuration(d->d_name);
}

/* Adds the configuration files of a directory, in the order of their names; none where the
 * directory cannot be read. False with x->e filled: out of memory, or a file cannot be used. */
static bool expand_directory(struct expansion *x, const char *path)
{
    struct dirent **list = NULL;
    int count = scandir(path, &list, by_name, alphasort);
    bool ok = true;

    for (int i = 0; i < count; i++) {
        char file[PATH_MAX];
        int len = snprintf(file, sizeof file, "%s/%s", path, list[i]->d_name);

        if (len < (int)sizeof file)
            ok = ok && expand_file(x, file);
        free(list[i]);
    }
    free(list);
    return ok;
}

/* Writes to `path` where OpenSSL would look for an included file of that name, which is shorter
 * than PATH_MAX. False: the path is too long. */
static bool included_path(const struct expansion *x, struct span name, char path[PATH_MAX])
{
    const char *directory = x->include_dir ? x->include_dir : x->directory;
    const char *slash = "/";

    if (name.len == 0 || *name.at == '/' || !*directory)
        directory = slash = "";
    return snprintf(path, PATH_MAX, "%s%s%.*s", directory, slash, (int)name.len, name.at) <
           PATH_MAX;
}

/* Adds the file that a directive names, or all files of a directory. False with x->e filled.
 * OpenSSL expands variables and quotes in the name, we do not: it is one that no distribution
 * has. */
static bool include(struct expansion *x, struct span name)
{
    char path[PATH_MAX];
    struct stat st;

    if (name.len >= PATH_MAX || !included_path(x, name, path) || strpbrk(path, "$\"'\\"))
        return error_set(x->e, ERROR_FILE, ".include %.*s cannot be followed",
                         name.len < 150 ? (int)name.len : 150, name.at);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return expand_directory(x, path);
    return expand_file(x, path);
}

/* --- files --- */

/* Appends a line, given without its newline, or the files that it includes, to x->text.
 * `continued`: the line before ended in a backslash, so that this one is no directive. False with
 * x->e filled; a text that is full or has no memory is not false but in x->text. */
static bool expand_line(struct expansion *x, struct span line, bool continued)
{
    struct span value;

    if (!continued && take_directive(line, ".include", &value))
        return include(x, value);
    if (!continued && take_directive(line, ".pragma", &value) && span_skip(&value, "includedir:"))
        return span_copy(value, x->directory, sizeof x->directory) ||
               error_set(x->e, ERROR_FILE, ".pragma includedir: name too long");
    text_add_bytes(&x->text, line.at, line.len);
    text_add(&x->text, "\n");
    return true;
}

/* Appends a whole text to x->text, line by line. False as of expand_line. */
static bool expand_text(struct expansion *x, struct span rest)
{
    bool continued = false, ok = true;

    while (ok && rest.len > 0) {
        struct span line = span_until(&rest, '\n');

        ok = expand_line(x, line, continued);
        continued = line.len > 0 && line.at[line.len - 1] == '\\';
    }
    return ok;
}

/* Adds a file and what it includes. False with x->e filled. An included file that is missing, or
 * cannot be read, is left out, as OpenSSL does: true, although x->e is filled. */
static bool expand_file(struct expansion *x, const char *path)
{
    struct error why;
    size_t len;
    char *text;
    bool ok;

    if (x->depth == DEPTH_MAX)
        return error_set(x->e, ERROR_FILE, "\"%.150s\": included too deeply", path);
    text = file_read(path, FILE_CERT_MAX, &len, &why);
    if (!text) {
        *x->e = why;
        return x->depth > 0 && why.cause == ERROR_FILE;
    }
    x->depth++;
    ok = !memchr(text, '\0', len) || error_set(x->e, ERROR_FILE, "\"%.150s\": NUL byte", path);
    ok = ok && expand_text(x, (struct span){text, len});
    x->depth--;
    free(text);
    return ok;
}

/* --- all of it --- */

/* Has OpenSSL take the text, which is whole, with the flags of its own start; true also where it
 * cannot parse the text, which then sets nothing. False with `e` filled: memory, or OpenSSL refuses
 * a value. */
static bool apply(const struct text *t, struct error *e)
{
    BIO *bio = BIO_new_mem_buf(text_str(t), (int)t->len);
    CONF *conf = NCONF_new(NULL);
    long line = 0;
    bool ok = bio && conf;

    if (!ok)
        error_memory(e);
    OPENSSL_load_builtin_modules();
    if (ok && NCONF_load_bio(conf, bio, &line) > 0 &&
        CONF_modules_load(conf, NULL,
                          CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_RETURN_CODES) <= 0) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());

        ok = error_set(e, ERROR_FILE, "OpenSSL refuses a value that it sets: %.100s",
                       reason ? reason : "no reason given");
    }
    NCONF_free(conf);
    BIO_free(bio);
    ERR_clear_error();
    return ok;
}

/* Expands the file to x->text, which the caller has initialised and frees; x->e is set, x->depth
 * is 0. False with *x->e filled. */
static bool expand(struct expansion *x, const char *path)
{
    if (!expand_file(x, path))
        return false;
    if (x->text.failed)
        return error_memory(x->e);
    return !x->text.cut || error_set(x->e, ERROR_FILE, "too large with what it includes");
}

/* Writes the error `why` to `e`, with `path` before it if its text does not name a file. Always
 * false. */
static bool explain(struct error *e, const char *path, const struct error *why)
{
    if (why->cause == ERROR_MEMORY)
        *e = *why;
    else if (*why->text == '"')
        error_set(e, ERROR_FILE, "OpenSSL configuration: %.200s", why->text);
    else
        error_set(e, ERROR_FILE, "OpenSSL configuration: \"%.100s\": %.110s", path, why->text);
    return false;
}

bool openssl_conf_load(const char *path, const char *include_dir, struct error *e)
{
    char standard[PATH_MAX];
    const char *file = path ? path : standard;
    struct error why = {0};
    struct expansion x = {.include_dir = include_dir, .e = &why};
    bool ok;

    snprintf(standard, sizeof standard, "%s/openssl.cnf", X509_get_default_cert_area());
    if (access(file, path ? F_OK : R_OK) != 0 || strcmp(file, "/dev/null") == 0)
        return true;
    text_init(&x.text, TEXT_MAX);
    ok = expand(&x, file) && apply(&x.text, &why);
    text_free(&x.text);
    return ok || explain(e, file, &why);
}
