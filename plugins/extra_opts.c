/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/extra_opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/ini.h"
#include "base/span.h"
#include "base/text.h"

static const char *const directories[] = {
    "/etc/monitoring-plugins", "/etc/nagios",     "/usr/local/nagios/etc",
    "/usr/local/etc/nagios",   "/etc/opt/nagios", "/etc/nagios-plugins",
    "/usr/local/etc",          "/etc/opt",        "/etc",
};
static const char *const files[] = {"monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini"};

struct collector {
    const char *section;
    char **argv;
    int count;
    int made;        /* argv[1] to argv[made] are ours */
    int line;        /* of the file that is being read */
    bool inside;     /* our section */
    bool found;      /* an option of it */
    bool ipv4, ipv6; /* these options of it */
};

/* Appends an argument, borrowed; c->argv always ends with NULL. False: memory, or it is NULL. */
static bool push(struct collector *c, char *arg)
{
    char **grown;

    if (!arg)
        return false;
    grown = realloc(c->argv, ((size_t)c->count + 2) * sizeof *grown);
    if (!grown)
        return false;
    c->argv = grown;
    c->argv[c->count++] = arg;
    c->argv[c->count] = NULL;
    return true;
}

/* Appends an argument of our own making, which c->argv owns then; it is freed where it cannot be
 * appended. False: memory, or it is NULL. Must come before any argument of others but argv[0]. */
static bool push_made(struct collector *c, char *arg)
{
    if (!push(c, arg)) {
        free(arg);
        return false;
    }
    c->made++;
    return true;
}

/* Appends "-k" and "value", or "--key=value"; with an empty value the option alone. Both are
 * trimmed, the key is not empty. False: out of memory. */
static bool push_option(struct collector *c, struct span key, struct span value)
{
    char *arg = NULL;

    if (key.len == 1) {
        if (asprintf(&arg, "-%c", *key.at) < 0)
            arg = NULL;
        if (!push_made(c, arg))
            return false;
        return value.len == 0 || push_made(c, strndup(value.at, value.len));
    }
    if (asprintf(&arg, "--%.*s%s%.*s", (int)key.len, key.at, value.len > 0 ? "=" : "",
                 (int)value.len, value.at) < 0)
        arg = NULL;
    return push_made(c, arg);
}

/* Notes an option of our section that chooses a family. False with `e` filled: it is the second
 * one, as -4 and -6 on the command line are. */
static bool take_family(struct collector *c, struct span key, struct error *e)
{
    if (span_is(key, "ipv4") || span_is(key, "4"))
        c->ipv4 = true;
    else if (span_is(key, "ipv6") || span_is(key, "6"))
        c->ipv6 = true;
    if (!c->ipv4 || !c->ipv6)
        return true;
    return error_set(e, ERROR_FILE, "[%.40s]: ipv4 and ipv6 cannot be combined", c->section);
}

/* Takes a line of our section, not a heading, blank or a comment: "key = value", or a key alone. As
 * with the monitoring plugins, "#" ends a value wherever it is, and ";" does not. A colon also
 * separates, where there is no "=". False with `e` filled. */
static bool take_option(struct collector *c, struct span line, struct error *e)
{
    struct span rest = span_until(&line, '#'), key;
    char separator = memchr(rest.at, '=', rest.len) ? '=' : ':';
    bool nul = memchr(rest.at, '\0', rest.len) != NULL;

    key = span_trim(span_until(&rest, separator));
    if (key.len == 0 || nul)
        return error_set(e, ERROR_FILE, "neither a section, nor key = value");
    if (memchr(key.at, ' ', key.len) || memchr(key.at, '\t', key.len))
        return error_set(e, ERROR_FILE, "expected key = value, seen a blank in the key");
    c->found = true;
    if (!take_family(c, key, e))
        return false;
    return push_option(c, key, span_trim(rest)) || error_memory(e);
}

/* Takes a line, which is trimmed. Other plugins' sections are theirs: nothing in them is an error
 * of ours. False with `e` filled. */
static bool take_line(struct collector *c, struct span line, struct error *e)
{
    struct span name = line;

    if (line.len == 0 || *line.at == '#' || *line.at == ';')
        return true;
    if (*line.at != '[')
        return !c->inside || take_option(c, line, e);
    if (!memchr(line.at, ']', line.len))
        return error_set(e, ERROR_FILE, "neither a section, nor key = value");
    span_skip(&name, "[");
    c->inside = span_is(span_trim(span_until(&name, ']')), c->section);
    return true;
}

/* Takes all lines of a file. False with `e` filled; c->line is then the line that is wrong. */
static bool take_lines(struct collector *c, struct span text, struct error *e)
{
    c->inside = false;
    span_skip(&text, "\xef\xbb\xbf"); /* byte-order mark */
    for (c->line = 1; text.len > 0; c->line++) {
        struct span line = span_until(&text, '\n');

        if (!take_line(c, span_trim(span_until(&line, '\r')), e))
            return false;
    }
    return true;
}

/* Writes to `path` the INI file of a directory, whose name has `len` bytes. False: there is none
 * that can be read, and `path` is of no use. */
static bool find_in_directory(const char *directory, size_t len, char *path, size_t cap)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, cap, "%.*s/%s", (int)len, directory, files[i]);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

/* Writes to `path` the file for a value without @FILE: MP_CONFIG_FILE, even where it is not there,
 * then the directories of NAGIOS_CONFIG_PATH, then those that all plugins know. False: there is
 * none. */
static bool default_file(char *path, size_t cap)
{
    const char *file = getenv("MP_CONFIG_FILE"), *list = getenv("NAGIOS_CONFIG_PATH");

    if (file && *file) {
        snprintf(path, cap, "%s", file);
        return true;
    }
    while (list && *list) {
        size_t len = strcspn(list, ":");

        if (len > 0 && find_in_directory(list, len, path, cap))
            return true;
        list += len + (list[len] == ':');
    }
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (find_in_directory(directories[i], strlen(directories[i]), path, cap))
            return true;
    }
    return false;
}

/* Appends the options of a section. `value` is that of --extra-opts: "", SECTION, @FILE or
 * SECTION@FILE; without a section it is that named `plugin`. False with `e` filled, also where the
 * section has no options. */
static bool read_section(struct collector *c, const char *plugin, const char *value,
                         struct error *e)
{
    const char *file = strchr(value, '@');
    char section[64], path[512];
    size_t len = file ? (size_t)(file - value) : strlen(value), size;
    struct error cause = {0};
    char *data;
    bool ok = false;

    if (len >= sizeof section)
        return error_set(e, ERROR_USAGE, "--extra-opts: \"%.100s\": section name too long", value);
    snprintf(section, sizeof section, "%.*s", (int)len, value);
    c->section = text_or(section, plugin);
    c->found = c->ipv4 = c->ipv6 = false;
    if (file)
        snprintf(path, sizeof path, "%s", file + 1);
    else if (!default_file(path, sizeof path))
        return error_set(e, ERROR_USAGE, "--extra-opts: no plugins.ini found");
    data = file_read(path, INI_SIZE_MAX, &size, &cause);
    if (!data)
        return error_set(e, cause.cause, "--extra-opts: %.200s", cause.text);
    ok = take_lines(c, (struct span){data, size}, &cause);
    free(data);
    if (!ok)
        return error_set(e, cause.cause, "--extra-opts: %.150s:%d: %.100s", path, c->line,
                         cause.text);
    if (!c->found)
        return error_set(e, ERROR_USAGE, "--extra-opts: no section [%s] in \"%.150s\"", c->section,
                         path);
    return ok;
}

/* The value of the argument --extra-opts, "" if it has none; NULL: `arg` is something else.
 * Borrowed from `arg`. */
static const char *extra_value(const char *arg)
{
    static const char name[] = "--extra-opts";

    if (strncmp(arg, name, strlen(name)) != 0)
        return NULL;
    arg += strlen(name);
    if (*arg == '=')
        return arg + 1;
    return *arg == '\0' ? arg : NULL;
}

char **extra_opts_expand(const char *plugin, int *argc, char **argv, struct error *e)
{
    struct collector c = {0};
    int end = 1;

    if (!push(&c, argv[0]))
        goto memory;
    for (; end < *argc && strcmp(argv[end], "--") != 0; end++) {
        const char *value = extra_value(argv[end]);

        if (value && !read_section(&c, plugin, value, e))
            goto fail;
    }
    for (int i = 1; i < *argc; i++) {
        if ((i >= end || !extra_value(argv[i])) && !push(&c, argv[i]))
            goto memory;
    }
    *argc = c.count;
    return c.argv;
memory:
    error_memory(e);
fail:
    for (int i = 1; i <= c.made; i++)
        free(c.argv[i]);
    free(c.argv);
    return NULL;
}
