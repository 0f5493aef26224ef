/* SPDX-License-Identifier: BSD-2-Clause */
#include "lab.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pki.h"

void lab_fault(struct lab *lab, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_of_list(fmt, args);
    va_end(args);
    pthread_mutex_lock(&lab->lock);
    /* A fleet that misbehaves does so a thousand times: the first ones tell. */
    if (lab->n_faults++ < 10)
        buf_fmt(&lab->faults, "  %s\n", text);
    pthread_mutex_unlock(&lab->lock);
    free(text);
}

bool lab_thread(void *(*body)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_t thread;
    int failed;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 512 * 1024);
    failed = pthread_create(&thread, &attr, body, arg);
    pthread_attr_destroy(&attr);
    return failed == 0;
}

/* ---- time ---- */

static long unit_seconds(char unit)
{
    switch (unit) {
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    default:
        return 0;
    }
}

static time_t relative(const struct statement *where, const char *text)
{
    const char *p = text + 1;
    long total = 0;

    while (*p != '\0') {
        char *end;
        long n = strtol(p, &end, 10);

        if (end == p || unit_seconds(*end) == 0)
            script_error(where, "\"%s\" is not a time like +83d12h", text);
        total += n * unit_seconds(*end);
        p = end + 1;
    }
    return *text == '-' ? -total : total;
}

time_t lab_time(const struct statement *where, time_t start, const char *text)
{
    struct tm tm = {0};
    const char *end;

    if (*text == '+' || *text == '-')
        return start + relative(where, text);
    end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0')
        script_error(where, "\"%s\" is neither +83d12h nor 2026-01-31T12:00:00Z", text);
    return timegm(&tm);
}

/* ---- files ---- */

char *lab_path(const struct lab *lab, const char *name)
{
    char *path = text_of("%s/%s", lab->dir, name), *slash = path + strlen(lab->dir);

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        mkdir(path, 0700); /* where that fails, so does the file */
        *slash = '/';
    }
    return path;
}

/* ---- variables ---- */

static char *plain_value(const struct lab *lab, const char *name)
{
    if (strcmp(name, "PORT") == 0)
        return text_of("%d", lab->port);
    if (strcmp(name, "PORT2") == 0)
        return text_of("%d", lab->port2);
    if (strcmp(name, "NS") == 0)
        return text_of("%s:%d", lab->ns_address, lab->ns_port);
    if (strcmp(name, "NSPORT") == 0)
        return text_of("%d", lab->ns_port);
    if (strcmp(name, "NS_SILENT") == 0)
        return text_of("%s:%d", lab->ns_address, lab->silent_port);
    if (strcmp(name, "CA") == 0)
        return text_of("%s/pki/root.pem", lab->dir);
    if (strcmp(name, "STRANGER_CA") == 0)
        return text_of("%s/pki/stranger.pem", lab->dir);
    if (strcmp(name, "DIR") == 0)
        return text_of("%s", lab->dir);
    if (strcmp(name, "BIN") == 0)
        return text_of("%s", lab->bin);
    if (strcmp(name, "LAB") == 0)
        return text_of("--resolver %s:%d --port %d --ca-file %s/pki/root.pem --allow-loopback",
                       lab->ns_address, lab->ns_port, lab->port, lab->dir);
    return NULL;
}

static char *utc(time_t t, bool rfc3339)
{
    struct tm tm;
    char text[40] = "";

    gmtime_r(&t, &tm);
    strftime(text, sizeof text, rfc3339 ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S UTC", &tm);
    return copy_of(text, strlen(text));
}

static char *call_value(const struct lab *lab, const struct statement *where, const char *name,
                        const char *arg)
{
    static const char *const functions[] = {"FP", "SPKI", "FP16", "SPKI16", "PEM", "KEY"};
    const struct cert *cert;
    size_t f = 0;
    char *hex;

    if (strcmp(name, "NOW") == 0 || strcmp(name, "UTC") == 0)
        return utc(lab_time(where, lab->start, *arg ? arg : "+0s"), *name == 'N');
    while (f < 6 && strcmp(name, functions[f]) != 0)
        f++;
    if (f == 6)
        return NULL;
    cert = pki_find(lab->pki, arg);
    if (cert == NULL)
        script_error(where, "$%s: there is not a certificate \"%s\"", name, arg);
    if (f >= 4)
        return text_of("%s", f == 4 ? cert->pem : cert->key_pem);
    hex = pki_hex(cert, f % 2, 1);
    if (f >= 2)
        hex[16] = '\0';
    return hex;
}

/* The value of the variable whose name begins at p, and how long its name is; NULL if it is none.
 */
static char *variable(const struct lab *lab, const struct statement *where, const char *p,
                      size_t left, size_t *used)
{
    size_t n = 0, arg_len;
    char *name, *arg, *value;
    const char *close;

    while (n < left &&
           (isupper((unsigned char)p[n]) || isdigit((unsigned char)p[n]) || p[n] == '_'))
        n++;
    if (left > 0 && *p == '$') {
        *used = 1;
        return copy_of("$", 1);
    }
    if (n == 0)
        return NULL;
    name = copy_of(p, n);
    *used = n;
    value = plain_value(lab, name);
    if (value == NULL && n < left && p[n] == '(' &&
        (close = memchr(p + n, ')', left - n)) != NULL) {
        arg_len = (size_t)(close - (p + n + 1));
        arg = copy_of(p + n + 1, arg_len);
        value = call_value(lab, where, name, arg);
        *used = n + arg_len + 2;
        free(arg);
    }
    free(name);
    return value;
}

struct buf lab_expand(struct lab *lab, const struct statement *where, const char *text, size_t len)
{
    struct buf out = {0};
    size_t i = 0, used = 0;

    buf_add(&out, "", 0);
    while (i < len) {
        char *value =
            text[i] == '$' ? variable(lab, where, text + i + 1, len - i - 1, &used) : NULL;

        if (value == NULL) {
            buf_add(&out, text + i++, 1);
            continue;
        }
        buf_str(&out, value);
        free(value);
        i += 1 + used;
    }
    return out;
}

struct statement lab_expand_words(struct lab *lab, const struct statement *s)
{
    struct statement out = *s;

    out.words = need(s->n, sizeof *out.words);
    for (size_t i = 0; i < s->n; i++) {
        struct buf text = lab_expand(lab, s, s->words[i].p, s->words[i].len);

        out.words[i] = s->words[i];
        out.words[i].p = text.p;
        out.words[i].len = text.len;
    }
    return out;
}

static bool whole_word(const char *line, const char *at, size_t len)
{
    return (at == line || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[len]);
}

static char *put_back(char *line, const char *value, const char *name)
{
    struct buf out = {0};
    size_t len = strlen(value);
    const char *p = line, *at;

    buf_str(&out, "");
    while (len > 1 && (at = strstr(p, value)) != NULL) {
        buf_add(&out, p, (size_t)(at - p));
        if (whole_word(line, at, len))
            buf_str(&out, name);
        else
            buf_add(&out, at, len);
        p = at + len;
    }
    buf_str(&out, p);
    free(line);
    return out.p;
}

char *lab_unexpand(struct lab *lab, const char *line)
{
    /* A variable whose value contains another's value comes before that. */
    static const char *const names[] = {"NS",  "NS_SILENT", "CA",    "STRANGER_CA",
                                        "DIR", "PORT",      "PORT2", "NSPORT"};
    char *out = copy_of(line, strlen(line));
    const struct cert *cert;

    for (size_t i = 0; (cert = pki_at(lab->pki, i)) != NULL; i++) {
        char *spki_name = text_of("$SPKI(%s)", cert->name), *spki = pki_hex(cert, 1, 1);
        char *fp_name = text_of("$FP(%s)", cert->name), *fp = pki_hex(cert, 0, 1);

        out = put_back(out, fp, fp_name);
        out = put_back(out, spki, spki_name);
        free(spki_name);
        free(spki);
        free(fp_name);
        free(fp);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *value = plain_value(lab, names[i]), *name = text_of("$%s", names[i]);

        out = put_back(out, value, name);
        free(value);
        free(name);
    }
    return out;
}

void lab_print_variables(struct lab *lab)
{
    static const char *const names[] = {"PORT",      "PORT2", "NS",          "NSPORT",
                                        "NS_SILENT", "CA",    "STRANGER_CA", "DIR"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *value = plain_value(lab, names[i]);

        printf("%s='%s'\n", names[i], value);
        free(value);
    }
    fflush(stdout);
}
