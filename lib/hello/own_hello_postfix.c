/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "base/strings.h"
#include "base/text.h"
#include "hello/own_hello_parts.h"
#include "policy/postfix_protocols.h"

/* The parameters; a version of Postfix that does not have one leaves it out of its answer. */
static const char *const names[] = {
    "mail_version",
    "smtp_tls_mandatory_protocols",
    "smtp_tls_mandatory_ciphers",
    "smtp_tls_exclude_ciphers",
    "smtp_tls_mandatory_exclude_ciphers",
    "smtp_tls_servername",
    "tls_high_cipherlist",
    "tls_medium_cipherlist",
    "tls_low_cipherlist",
    "tls_export_cipherlist",
    "tls_null_cipherlist",
    "tls_eecdh_auto_curves",
    "tls_ffdhe_auto_groups",
    "tls_config_file",
};

enum {
    NAMES = sizeof names / sizeof *names,
    OVERRIDES_MAX = 64,
    ARGS_MAX = 8 + 2 * OVERRIDES_MAX + NAMES,
    VALUE_MAX = 1024,
    TLS_1_3 = 0x0304
};

/* Postfix being asked. */
struct asking {
    const struct own_hello_config *c;
    const char *argv[ARGS_MAX];
    size_t count;
    struct strings kept;                 /* the arguments that are made here */
    struct process_result answer;        /* the parameters: lines "name = value" */
    char library[64];                    /* as sent_hello has it */
    int library_version;                 /* as own_hello_parts_library returns it */
    const struct own_hello_entry *entry; /* what counts in place of parameters */
};

/* Appends an argument, unless there is no room, which postconf's answer then shows. */
static void add(struct asking *a, const char *argument)
{
    if (a->count < ARGS_MAX - 1)
        a->argv[a->count++] = argument;
}

/* Begins a command line of postconf for the instance. */
static void begin(struct asking *a)
{
    memset(a->argv, 0, sizeof a->argv);
    a->count = 0;
    add(a, "postconf");
    if (a->c->postfix) {
        add(a, "-c");
        add(a, a->c->postfix);
    }
}

/* Appends "-o name=value" for a line "smtp/unix/name = value" of postconf -P; the other lines are
 * of other services. */
static void add_override(struct asking *a, struct span line)
{
    char text[VALUE_MAX], *equals;

    if (!span_skip(&line, "smtp/unix/") || !span_copy(line, text, sizeof text))
        return;
    equals = strstr(text, " =");
    if (!equals)
        return;
    *equals = '=';
    memmove(equals + 1, equals + 2 + strspn(equals + 2, " \t"),
            strlen(equals + 2 + strspn(equals + 2, " \t")) + 1);
    add(a, "-o");
    add(a, strings_keep(&a->kept, text));
}

/* Asks for the parameters of the service smtp, with what master.cf sets for it. True: a->answer has
 * them, and process_result_free is due. */
static bool ask_parameters(struct asking *a, struct error *e)
{
    struct process_result overrides;
    struct span rest;

    begin(a);
    add(a, "-P");
    if (!own_hello_parts_run(a->argv, a->c->deadline, &overrides, e))
        return false;
    begin(a);
    rest = span_of(text_str(&overrides.out));
    for (size_t i = 0; rest.len > 0 && i < OVERRIDES_MAX; i++)
        add_override(a, span_until(&rest, '\n'));
    process_result_free(&overrides);
    add(a, "-x");
    for (size_t i = 0; i < NAMES; i++)
        add(a, names[i]);
    if (a->kept.failed)
        return error_memory(e);
    return own_hello_parts_run(a->argv, a->c->deadline, &a->answer, e);
}

/* Asks for the library with which postconf itself runs, which is linked as smtp(8) is. */
static void ask_library(struct asking *a)
{
    struct process_result r;
    struct sent_hello h;
    struct error unsaid; /* a Postfix before 3.1 has no -T */

    begin(a);
    add(a, "-T");
    add(a, "run-version");
    if (!own_hello_parts_run(a->argv, a->c->deadline, &r, &unsaid))
        return;
    a->library_version = own_hello_parts_library(text_str(&r.out), &h);
    snprintf(a->library, sizeof a->library, "%s", h.library);
    process_result_free(&r);
}

/* Asks for everything. True: process_result_free of a->answer is due. */
static bool ask(struct asking *a, struct error *e)
{
    if (!ask_parameters(a, e))
        return false;
    ask_library(a);
    return true;
}

/* Copies a parameter's value to `out`, "" where Postfix does not have it. False: it is too long. */
static bool value_of(const struct asking *a, const char *name, char out[VALUE_MAX])
{
    struct span rest = span_of(text_str(&a->answer.out));

    out[0] = '\0';
    while (rest.len > 0) {
        struct span line = span_until(&rest, '\n');

        if (span_skip(&line, name) && span_skip(&line, " ="))
            return span_copy(span_trim(line), out, VALUE_MAX);
    }
    return true;
}

/* What the entry has in place of a parameter; NULL: nothing. `exclude` is there for both lists. */
static const char *of_entry(const struct own_hello_entry *entry, const char *name)
{
    if (strcmp(name, "smtp_tls_mandatory_protocols") == 0)
        return entry->protocols;
    if (strcmp(name, "smtp_tls_mandatory_ciphers") == 0)
        return entry->ciphers;
    if (strcmp(name, "smtp_tls_exclude_ciphers") == 0)
        return entry->exclude;
    if (strcmp(name, "smtp_tls_mandatory_exclude_ciphers") == 0)
        return entry->exclude ? "" : NULL;
    if (strcmp(name, "smtp_tls_servername") == 0)
        return entry->servername;
    return NULL;
}

/* The value that counts, with an error that names the parameter. */
static bool setting(const struct asking *a, const char *name, char out[VALUE_MAX], struct error *e)
{
    const char *value = of_entry(a->entry, name);
    bool fits = value ? span_copy(span_of(value), out, VALUE_MAX) : value_of(a, name, out);

    return fits || error_set(e, ERROR_USAGE, "%s has more than %d bytes", name, VALUE_MAX - 1);
}

/* --- what the answers mean --- */

/* Whether Postfix leaves the groups to OpenSSL where both of its lists are empty; before, it had
 * lists of its own then (3.6.17, 3.7.13, 3.8.8, 3.9.2, postconf(5)). */
static bool leaves_groups(const char *version)
{
    static const int since[][3] = {{3, 6, 17}, {3, 7, 13}, {3, 8, 8}, {3, 9, 2}};
    int major, minor, patch = 0;

    if (sscanf(version, "%d.%d.%d", &major, &minor, &patch) < 2)
        return false;
    for (size_t i = 0; i < sizeof since / sizeof *since; i++) {
        if (major == since[i][0] && minor == since[i][1])
            return patch >= since[i][2];
    }
    return major > 3 || (major == 3 && minor > 9);
}

/* Sets the versions. False: Postfix cannot read the list, or leaves TLS 1.3 out. */
static bool take_protocols(const struct asking *a, struct hello_openssl_settings *s,
                           struct error *e)
{
    static const char name[] = "smtp_tls_mandatory_protocols";
    struct postfix_protocols range;
    char list[VALUE_MAX];

    if (!setting(a, name, list, e))
        return false;
    if (!postfix_protocols_read(list, &range))
        return error_set(e, ERROR_USAGE, "%s is not a list of protocols: \"%.80s\"", name, list);
    if (range.highest < TLS_1_3)
        return error_set(e, ERROR_USAGE,
                         "%s excludes TLS 1.3, so that Postfix sends no large ClientHello", name);
    s->lowest = range.lowest;
    return true;
}

/* Appends ":!NAME" for each name of a list. False: no room. */
static bool exclude(char ciphers[], size_t cap, const char *list)
{
    struct span rest = span_of(list), one;

    while ((one = span_word(&rest, ", \t\r\n:")).len > 0) {
        size_t len = strlen(ciphers);

        if (snprintf(ciphers + len, cap - len, ":!%.*s", (int)one.len, one.at) >= (int)(cap - len))
            return false;
    }
    return true;
}

/* Writes the cipher list as Postfix makes it where certificates are verified. */
static bool take_ciphers(const struct asking *a, char ciphers[4 * VALUE_MAX], struct error *e)
{
    static const char *const exclusions[] = {"smtp_tls_exclude_ciphers",
                                             "smtp_tls_mandatory_exclude_ciphers"};
    char grade[VALUE_MAX], name[VALUE_MAX + 32], list[VALUE_MAX];

    if (!setting(a, "smtp_tls_mandatory_ciphers", grade, e))
        return false;
    for (char *c = grade; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    snprintf(name, sizeof name, "tls_%s_cipherlist", text_or(grade, "medium"));
    if (!setting(a, name, list, e))
        return false;
    snprintf(ciphers, 4 * VALUE_MAX, "%s", text_or(list, "DEFAULT"));
    for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions; i++) {
        if (!setting(a, exclusions[i], list, e))
            return false;
        if (!exclude(ciphers, 4 * VALUE_MAX, list))
            return error_set(e, ERROR_USAGE, "%s is too long", exclusions[i]);
    }
    return exclude(ciphers, 4 * VALUE_MAX, "aNULL") ||
           error_set(e, ERROR_USAGE, "%s is too long", name);
}

/* Sets the server name by smtp_tls_servername, of which "nexthop" is taken for "hostname". */
static bool take_server_name(const struct asking *a, struct sent_hello *out, struct error *e)
{
    char name[VALUE_MAX];

    if (!setting(a, "smtp_tls_servername", name, e))
        return false;
    out->name = SENT_HELLO_NO_NAME;
    if (strcmp(name, "hostname") == 0 || strcmp(name, "nexthop") == 0)
        out->name = SENT_HELLO_HOST_NAME;
    else if (*name)
        out->name = SENT_HELLO_FIXED_NAME;
    text_clean(out->server_name, sizeof out->server_name, name, strlen(name));
    return true;
}

/* Sets out->use by groups, library and configuration, and s->groups to `groups` or NULL. */
static bool take_use(const struct asking *a, const char *version, struct sent_hello *out,
                     char groups[2 * VALUE_MAX + 1], struct error *e)
{
    char curves[VALUE_MAX], ffdhe[VALUE_MAX], file[VALUE_MAX];
    bool openssl_decides;

    if (!setting(a, "tls_eecdh_auto_curves", curves, e) ||
        !setting(a, "tls_ffdhe_auto_groups", ffdhe, e) || !setting(a, "tls_config_file", file, e))
        return false;
    openssl_decides = !*curves && !*ffdhe;
    snprintf(groups, 2 * VALUE_MAX + 1, "%s %s", curves, ffdhe);
    snprintf(out->library, sizeof out->library, "%s", a->library);
    out->use = SENT_HELLO_USED;
    if (openssl_decides && *file && strcmp(file, "default") != 0 && strcmp(file, "none") != 0)
        out->use = SENT_HELLO_SETTINGS_NOT_KNOWN;
    if (a->library_version == 0)
        out->use = SENT_HELLO_LIBRARY_NOT_KNOWN;
    else if (a->library_version < OWN_HELLO_KEY_SHARE)
        out->use = SENT_HELLO_OLD_LIBRARY;
    if (!own_hello_groups_send(curves, ffdhe) || (openssl_decides && !leaves_groups(version)))
        out->use = SENT_HELLO_OTHER_GROUPS;
    return true;
}

/* Fills *out from the answers. False with `e` filled. */
static bool take(const struct asking *a, struct sent_hello *out, struct error *e)
{
    char version[VALUE_MAX], ciphers[4 * VALUE_MAX], groups[2 * VALUE_MAX + 1];
    struct hello_openssl_settings s = {
        .verifies = true, .has_name = true, .ciphers = ciphers, .groups = groups};

    out->source = SENT_HELLO_POSTFIX;
    if (!setting(a, "mail_version", version, e))
        return false;
    text_clean(out->program, sizeof out->program, version, strlen(version));
    snprintf(version, sizeof version, "%s", out->program);
    snprintf(out->program, sizeof out->program, "Postfix %.100s", version);
    if (!take_protocols(a, &s, e) || !take_ciphers(a, ciphers, e) || !take_server_name(a, out, e) ||
        !take_use(a, version, out, groups, e))
        return false;
    return own_hello_parts_make(&s, "Postfix", &out->template, e);
}

bool own_hello_parts_postfix(const struct own_hello_config *c, struct sent_hello *out,
                             struct error *e)
{
    static const struct own_hello_entry nothing;
    struct asking a = {.c = c, .entry = &nothing};
    bool ok = ask(&a, e);

    if (ok) {
        ok = take(&a, out, e);
        process_result_free(&a.answer);
    }
    strings_clear(&a.kept);
    return ok;
}

bool own_hello_load_entries(const struct own_hello_config *c, const struct own_hello_entry *entries,
                            size_t count, struct sent_hello *out, struct error *e)
{
    struct asking a = {.c = c};
    bool asked = ask(&a, e), ok = asked;

    for (size_t i = 0; ok && i < count; i++) {
        struct error why = {0};

        out[i] = (struct sent_hello){0};
        a.entry = &entries[i];
        if (take(&a, &out[i], &why))
            continue;
        out[i].template.len = 0;
        ok = why.cause != ERROR_MEMORY || error_memory(e);
    }
    if (asked)
        process_result_free(&a.answer);
    strings_clear(&a.kept);
    return ok;
}
