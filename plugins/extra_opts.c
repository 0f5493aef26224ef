#include "extra_opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inifile.h"
#include "plugin.h"

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
    int made; /* argv[1] to argv[made] are ours */
    bool found;
};

static bool push(struct collector *c, char *arg)
{
    char **grown = arg ? realloc(c->argv, ((size_t)c->count + 2) * sizeof *grown) : NULL;

    if (!grown)
        return false;
    c->argv = grown;
    c->argv[c->count++] = arg;
    c->argv[c->count] = NULL;
    return true;
}

static bool push_made(struct collector *c, char *arg)
{
    if (!push(c, arg)) {
        free(arg);
        return false;
    }
    c->made++;
    return true;
}

static bool collect(void *ctx, const char *section, const char *key, const char *value, int line,
                    struct err *e)
{
    struct collector *c = ctx;
    char *arg = NULL;

    (void)line;
    if (!key || strcmp(section, c->section) != 0)
        return true;
    value = value ? value : "";
    c->found = true;
    if (key[1] == '\0') {
        if (!push_made(c, asprintf(&arg, "-%s", key) < 0 ? NULL : arg) ||
            (*value && !push_made(c, strdup(value))))
            return err_memory(e);
        return true;
    }
    if (!push_made(c, asprintf(&arg, "--%s%s%s", key, *value ? "=" : "", value) < 0 ? NULL : arg))
        return err_memory(e);
    return true;
}

static bool is_readable(const char *directory, size_t len, char *path, size_t cap)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, cap, "%.*s/%s", (int)len, directory, files[i]);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

/* MP_CONFIG_FILE, then the directories of NAGIOS_CONFIG_PATH, then those that all plugins know. */
static bool default_file(char *path, size_t cap)
{
    const char *file = getenv("MP_CONFIG_FILE"), *list = getenv("NAGIOS_CONFIG_PATH");

    if (file && *file) {
        snprintf(path, cap, "%s", file);
        return true;
    }
    while (list && *list) {
        size_t len = strcspn(list, ":");

        if (len > 0 && is_readable(list, len, path, cap))
            return true;
        list += len + (list[len] == ':');
    }
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (is_readable(directories[i], strlen(directories[i]), path, cap))
            return true;
    }
    return false;
}

static bool read_section(struct collector *c, const char *plugin, const char *value, struct err *e)
{
    const char *file = strchr(value, '@');
    char section[64], path[512];
    size_t len = file ? (size_t)(file - value) : strlen(value), size;
    struct err cause;
    char *data;
    bool ok;

    if (len >= sizeof section)
        return err_set(e, ERR_USAGE, "--extra-opts: \"%.100s\": section name too long", value);
    snprintf(section, sizeof section, "%.*s", (int)len, value);
    c->section = *section ? section : plugin;
    c->found = false;
    if (file)
        snprintf(path, sizeof path, "%s", file + 1);
    else if (!default_file(path, sizeof path))
        return err_set(e, ERR_USAGE, "--extra-opts: no plugins.ini found");
    data = plugin_read_file(path, INIFILE_SIZE_MAX, &size, &cause);
    ok = data && inifile_read(path, data, size, collect, c, &cause);
    free(data);
    if (!ok)
        return err_set(e, cause.cause, "--extra-opts: %.200s", cause.text);
    if (!c->found)
        return err_set(e, ERR_USAGE, "--extra-opts: no section [%s] in \"%.150s\"", c->section,
                       path);
    return ok;
}

/* What stands behind --extra-opts, "" where nothing does; NULL: another option. */
static const char *extra_value(const char *arg)
{
    static const char name[] = "--extra-opts";

    if (strncmp(arg, name, strlen(name)) != 0)
        return NULL;
    arg += strlen(name);
    return *arg == '=' ? arg + 1 : *arg == '\0' ? arg : NULL;
}

char **extra_opts_expand(const char *plugin, int *argc, char **argv, struct err *e)
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
    err_memory(e);
fail:
    for (int i = 1; i <= c.made; i++)
        free(c.argv[i]);
    free(c.argv);
    return NULL;
}
