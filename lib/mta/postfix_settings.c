/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/process.h"
#include "mta/mta_program.h"

enum { OUTPUT_MAX = 4 * 1024 * 1024, ARGS_MAX = 512 };

/* --- lines and words of an answer, in place --- */

/* Ends a text after `len` bytes with NUL. Returns what follows the byte that the NUL replaces; the
 * end of the text where there is none. */
static char *cut(char *text, size_t len)
{
    char *end = text + len;

    if (!*end)
        return end;
    *end = '\0';
    return end + 1;
}

/* Takes the next line off *at, which may be NULL, and ends it with NUL; NULL after the last. */
static char *next_line(char **at)
{
    char *line = *at;

    if (!line || !*line)
        return NULL;
    *at = cut(line, strcspn(line, "\n"));
    return line;
}

/* Takes the next word off *at and ends it with NUL; NULL after the last. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t");
    size_t len = strcspn(word, " \t");

    if (len == 0)
        return NULL;
    *at = cut(word, len);
    return word;
}

/* Divides a line "name = value" in place, into parts of it; *value is "" where there is no value.
 * False: the line is another one, and nothing changes. */
static bool divide(char *line, const char **name, const char **value)
{
    char *equals = strstr(line, " =");

    if (!equals || equals == line)
        return false;
    *equals = '\0';
    *name = line;
    *value = equals + 2 + strspn(equals + 2, " \t");
    return true;
}

/* --- master.cf --- */

/* Adds the service of a line of postconf -M, divided in place and borrowed; its command is without
 * arguments. True also where the line has no service. False: memory ran out. */
static bool add_service(struct postfix_instance *p, char *line)
{
    enum { NAME, TYPE, PRIVATE, UNPRIVILEGED, CHROOT, WAKEUP, LIMIT, COMMAND, FIELDS };
    const char *fields[FIELDS];
    struct postfix_service *grown;

    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = next_word(&line);
        if (!fields[i])
            return true; /* no service */
    }
    grown = array_grow(p->services, p->service_count, sizeof *grown);
    if (!grown)
        return false;
    p->services = grown;
    /* Without "y" there is none since Postfix 3.0, but for compatibility_level 0. */
    grown[p->service_count++] = (struct postfix_service){.name = fields[NAME],
                                                         .type = fields[TYPE],
                                                         .command = fields[COMMAND],
                                                         .chroot = *fields[CHROOT] == 'y'};
    return true;
}

/* Adds the override of a line "smtp/unix/smtp_tls_security_level = may", divided in place and
 * borrowed. True also where the line has no override. False: memory ran out. */
static bool add_override(struct postfix_instance *p, char *line)
{
    struct postfix_override o, *grown;
    char *type, *name;

    if (!divide(line, &o.service, &o.value))
        return true;
    type = strchr(line, '/');
    name = type ? strchr(type + 1, '/') : NULL;
    if (!name)
        return true;
    *type = *name = '\0';
    o.type = type + 1;
    o.name = name + 1;
    grown = array_grow(p->overrides, p->override_count, sizeof *grown);
    if (!grown)
        return false;
    p->overrides = grown;
    grown[p->override_count++] = o;
    return true;
}

/* Runs postconf and moves its output to *out, which begins zeroed; the caller frees *out in any
 * case. *known: whether postconf answered; if not, the server has a fact. False with `e` filled:
 * memory, or no process. */
static bool run(struct postfix_instance *p, const char *const *argv, struct text *out, bool *known,
                struct error *e)
{
    struct process_task task = {.argv = argv, .output_max = OUTPUT_MAX, .deadline = p->deadline};
    struct process_result r;

    *known = false;
    if (!process_run(&task, &r, e))
        return false;
    *known = !mta_program_failed(p->server, &p->server->facts, "postconf", &r);
    *out = r.out;
    r.out = (struct text){0};
    process_result_free(&r);
    return !p->server->failed || error_memory(e);
}

/* Calls `add` for each line of a text, in place: what it keeps lives as long as the text. False:
 * `add` returned false. */
static bool read_lines(struct postfix_instance *p, const struct text *t,
                       bool (*add)(struct postfix_instance *p, char *line))
{
    char *at = t->s, *line;

    while ((line = next_line(&at))) {
        if (!add(p, line))
            return false;
    }
    return true;
}

bool postfix_settings_read_services(struct postfix_instance *p)
{
    return read_lines(p, &p->master, add_service) && read_lines(p, &p->overriding, add_override);
}

bool postfix_settings_open(struct postfix_instance *p, bool *known, struct error *e)
{
    const char *const services[] = {"postconf", "-c", p->directory, "-M", NULL};
    const char *const overrides[] = {"postconf", "-c", p->directory, "-P", NULL};

    snprintf(p->main_cf, sizeof p->main_cf, "%s/main.cf", p->directory);
    snprintf(p->master_cf, sizeof p->master_cf, "%s/master.cf", p->directory);
    if (!run(p, services, &p->master, known, e))
        return false;
    if (*known && !run(p, overrides, &p->overriding, known, e))
        return false;
    if (!*known)
        return true;
    return postfix_settings_read_services(p) || error_memory(e);
}

void postfix_settings_free(struct postfix_instance *p)
{
    for (size_t i = 0; i < p->service_count; i++) {
        free(p->services[i].settings.at);
        text_free(&p->services[i].settings.output);
    }
    free(p->services);
    free(p->overrides);
    text_free(&p->master);
    text_free(&p->overriding);
}

bool postfix_settings_openssl(struct postfix_instance *p, int *major, struct error *e)
{
    const char *const argv[] = {"postconf", "-c", p->directory, "-T", "run-version", NULL};
    struct process_task task = {.argv = argv, .output_max = OUTPUT_MAX, .deadline = p->deadline};
    struct process_result r;

    *major = 0;
    if (!process_run(&task, &r, e))
        return false;
    /* A version before 3.1 has no -T. */
    if (r.end == PROCESS_EXITED && r.status == 0 &&
        sscanf(text_str(&r.out), "OpenSSL %d.", major) != 1)
        *major = 0;
    process_result_free(&r);
    return true;
}

struct postfix_service *postfix_settings_service(struct postfix_instance *p, const char *name)
{
    for (size_t i = 0; i < p->service_count; i++) {
        if (strcmp(p->services[i].name, name) == 0 && strncmp(p->services[i].type, "unix", 4) == 0)
            return &p->services[i];
    }
    return NULL;
}

/* --- parameters of a service --- */

/* The arguments of postconf, the last NULL. `made` are those that were allocated: the caller frees
 * them. */
struct arguments {
    const char *at[ARGS_MAX];
    size_t count;
    char *made[ARGS_MAX];
    size_t made_count;
    bool failed;
};

/* Appends an argument, which is not copied; a->failed says that there is no room. */
static void add_argument(struct arguments *a, const char *s)
{
    if (a->count + 1 < ARGS_MAX)
        a->at[a->count++] = s;
    else
        a->failed = true;
    a->at[a->count] = NULL;
}

/* Appends "-o" and "name=value", which a->made keeps; a->failed, which must be false before, says
 * that memory or room ran out. */
static void add_setting(struct arguments *a, const struct postfix_override *o)
{
    char *made = NULL;

    if (asprintf(&made, "%s=%s", o->name, o->value) < 0) {
        a->failed = true;
        return;
    }
    a->made[a->made_count++] = made;
    add_argument(a, "-o");
    add_argument(a, made);
}

/* Whether an override is of that service, by name and type. */
static bool is_of(const struct postfix_override *o, const struct postfix_service *service)
{
    return strcmp(o->service, service->name) == 0 && strcmp(o->type, service->type) == 0;
}

/* Fills *a to ask for `names`, which end with NULL; the caller frees what is in a->made in any
 * case. False: memory ran out, or there are more arguments than *a has room for. */
static bool make_arguments(const struct postfix_instance *p, const struct postfix_service *service,
                           const char *const *names, struct arguments *a)
{
    *a = (struct arguments){.count = 0};
    add_argument(a, "postconf");
    add_argument(a, "-c");
    add_argument(a, p->directory);
    for (size_t i = 0; !a->failed && i < p->override_count; i++) {
        if (is_of(&p->overrides[i], service))
            add_setting(a, &p->overrides[i]);
    }
    add_argument(a, "-x");
    for (size_t i = 0; names[i]; i++)
        add_argument(a, names[i]);
    return !a->failed;
}

bool postfix_settings_read(struct postfix_settings *s)
{
    char *at = s->output.s, *line;

    while ((line = next_line(&at))) {
        struct postfix_setting setting, *grown;

        if (!divide(line, &setting.name, &setting.value))
            continue;
        grown = array_grow(s->at, s->count, sizeof *grown);
        if (!grown)
            return false;
        s->at = grown;
        grown[s->count++] = setting;
    }
    return true;
}

bool postfix_settings_ask(struct postfix_instance *p, struct postfix_service *service,
                          const char *const *names, struct error *e)
{
    struct arguments a;
    bool ok;

    if (service->asked)
        return true;
    service->asked = true;
    ok = make_arguments(p, service, names, &a) || error_memory(e);
    if (ok)
        ok = run(p, a.at, &service->settings.output, &service->known, e);
    for (size_t i = 0; i < a.made_count; i++)
        free(a.made[i]);
    if (!ok || !service->known)
        return ok;
    return postfix_settings_read(&service->settings) || error_memory(e);
}

const char *postfix_settings_get(const struct postfix_service *service, const char *name)
{
    const struct postfix_settings *s = &service->settings;

    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->at[i].name, name) == 0)
            return s->at[i].value;
    }
    return "";
}

struct mta_source postfix_settings_source(const struct postfix_instance *p,
                                          const struct postfix_service *service, const char *name)
{
    const char *value = postfix_settings_get(service, name);

    for (size_t i = 0; i < p->override_count; i++) {
        char key[200];

        if (!is_of(&p->overrides[i], service) || strcmp(p->overrides[i].name, name) != 0)
            continue;
        snprintf(key, sizeof key, "%s/%s/%s", service->name, service->type, name);
        return mta_facts_source(p->server, p->master_cf, 0, key, value);
    }
    return mta_facts_source(p->server, p->main_cf, 0, name, value);
}

int postfix_settings_version(const char *text)
{
    int major, minor;

    if (sscanf(text, "%d.%d", &major, &minor) != 2 || major < 0 || major > 99 || minor < 0 ||
        minor > 99)
        return 0;
    return major * 100 + minor;
}
