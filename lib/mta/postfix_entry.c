/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/postfix_entry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "base/text.h"

#define BLANKS " \t\r\n\v\f"
#define SEPARATORS ", \t\r\n"

/* Versions of Postfix. */
enum { RAW_PUBLIC_KEYS = 309, BRACES = 310 };

static const struct {
    const char *name;
    int level;
} levels[] = {
    {"none", MTA_LEVEL_NONE},   {"may", LEVEL_MAY},
    {"encrypt", LEVEL_ENCRYPT}, {"fingerprint", LEVEL_FINGERPRINT},
    {"verify", LEVEL_VERIFY},   {"secure", LEVEL_SECURE},
    {"dane", LEVEL_DANE},       {"dane-only", LEVEL_DANE_ONLY},
};

bool postfix_entry_read_level(const char *name, int *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcasecmp(levels[i].name, name) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

/* --- attributes --- */

/* Splits `value` in place and appends its parts, which are borrowed and not empty, to the *count
 * that `at` has, an array of POSTFIX_ENTRY_NAMES. False: too many. */
static bool add_all(const char **at, size_t *count, char *value, const char *separators)
{
    char *rest = value;

    for (char *s; (s = strtok_r(rest, separators, &rest));) {
        if (*count == POSTFIX_ENTRY_NAMES)
            return false;
        at[(*count)++] = s;
    }
    return true;
}

/* Sets an attribute that may be given once; `value` is not copied. False: it was given already. */
static bool take_once(const char **field, const char *value)
{
    if (*field)
        return false;
    *field = value;
    return true;
}

/* Takes the grade, which is not copied. False: it is empty, or was given already. */
static bool take_ciphers(struct postfix_entry *e, char *value)
{
    return *value && take_once(&e->ciphers, value);
}

/* Takes the protocols, which are not copied and may be "". False: they were given already. */
static bool take_protocols(struct postfix_entry *e, char *value)
{
    return take_once(&e->protocols, value);
}

/* Takes the name, which is not copied. False: it is no host name, or was given already. */
static bool take_servername(struct postfix_entry *e, char *value)
{
    return postfix_entry_is_hostname(value) && take_once(&e->servername, value);
}

/* Takes the exclusions, which are not copied and may be "". False: they were given already. */
static bool take_exclude(struct postfix_entry *e, char *value)
{
    return take_once(&e->exclude, value);
}

/* Appends names or digests, split in place and not copied; none where the value has separators
 * alone. False: the value is empty, there are too many, or the level, which is set before, does not
 * take them. */
static bool take_match(struct postfix_entry *e, char *value)
{
    if (!*value)
        return false;
    if (e->level == LEVEL_FINGERPRINT)
        return add_all(e->match, &e->match_count, value, "|");
    return tls_policy_verifies((enum tls_level)e->level) &&
           add_all(e->match, &e->match_count, value, ":");
}

/* Appends a file name, which is not copied. False: it is empty or one too many, or the level is not
 * verify or secure. */
static bool take_tafile(struct postfix_entry *e, char *value)
{
    if (!tls_policy_verifies((enum tls_level)e->level) || !*value ||
        e->tafile_count == POSTFIX_ENTRY_NAMES)
        return false;
    e->tafiles[e->tafile_count++] = value;
    return true;
}

/* Keeps nothing. False: the value is neither "yes" nor "no", in any case. */
static bool take_switch(struct postfix_entry *e, char *value)
{
    (void)e;
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "no") == 0;
}

/* Keeps nothing. False: the value is empty. */
static bool take_any(struct postfix_entry *e, char *value)
{
    (void)e;
    return *value != '\0';
}

static const struct {
    const char *name;
    int since;
    bool (*take)(struct postfix_entry *e, char *value);
} attributes[] = {
    {"match", 0, take_match},
    {"tafile", 0, take_tafile},
    {"protocols", 0, take_protocols},
    {"ciphers", 0, take_ciphers},
    {"servername", 0, take_servername},
    {"exclude", 0, take_exclude},
    {"connection_reuse", 0, take_switch},
    {"enable_rpk", RAW_PUBLIC_KEYS, take_switch},
    {"policy_ttl", BRACES, take_any},
    {"policy_type", BRACES, take_any},
    {"policy_domain", BRACES, take_any},
    {"policy_string", BRACES, take_any},
    {"mx_host_pattern", BRACES, take_any},
    {"policy_failure", BRACES, take_any},
};

/* Takes the next token off *at and ends it with NUL; {braces} hold one together where this version
 * knows them. NULL: no more. */
static char *next_token(char **at, bool braces)
{
    char *start = *at + strspn(*at, SEPARATORS), *s = start;
    int depth = 0;

    if (*start == '\0')
        return NULL;
    for (; *s && (depth > 0 || !strchr(SEPARATORS, *s)); s++) {
        if (braces)
            depth += (*s == '{') - (*s == '}');
    }
    if (*s)
        *s++ = '\0';
    *at = s;
    return start;
}

/* The text without blanks at either end, in place. */
static char *trim(char *s)
{
    size_t len;

    s += strspn(s, BLANKS);
    for (len = strlen(s); len > 0 && strchr(BLANKS, s[len - 1]); len--)
        s[len - 1] = '\0';
    return s;
}

/* Divides a token that is not empty, "name=value" or with `braces` "{ name = value }", in place;
 * both are trimmed, and *value may be "". False: it is malformed. */
static bool divide(char *token, bool braces, char **name, char **value)
{
    size_t len = strlen(token);
    char *equals;

    if (braces && *token == '{') {
        if (token[len - 1] != '}')
            return false;
        token[len - 1] = '\0';
        token++;
    }
    equals = strchr(token, '=');
    if (!equals)
        return false;
    *equals = '\0';
    *name = trim(token);
    *value = trim(equals + 1);
    return **name != '\0';
}

/* Takes one attribute, "name=value", divided in place and borrowed; the level is set before. False:
 * Postfix of that version cannot use it. */
static bool take_attribute(struct postfix_entry *e, int version, char *token)
{
    char *name, *value;

    if (!divide(token, version >= BRACES, &name, &value))
        return false;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcasecmp(attributes[i].name, name) == 0)
            return version >= attributes[i].since && attributes[i].take(e, value);
    }
    return false;
}

bool postfix_entry_read(const char *value, int version, struct postfix_entry *out, char *why,
                        size_t cap)
{
    bool braces = version >= BRACES;
    char *rest = out->text, *token;

    memset(out, 0, sizeof *out);
    snprintf(why, cap, "%s", value);
    if (strlen(value) >= sizeof out->text)
        return false;
    strcpy(out->text, value);
    token = next_token(&rest, braces);
    if (token)
        snprintf(why, cap, "%s", token);
    if (!token || !postfix_entry_read_level(token, &out->level))
        return false;
    /* With TLS off, Postfix warns of attributes and goes on. */
    while (out->level >= LEVEL_MAY && (token = next_token(&rest, braces))) {
        snprintf(why, cap, "%s", token);
        if (!take_attribute(out, version, token))
            return false;
    }
    return true;
}

/* --- ciphers --- */

bool postfix_entry_grade_known(const char *grade)
{
    static const char *const grades[] = {"high", "medium", "low", "export", "null"};

    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++) {
        if (strcasecmp(grades[i], grade) == 0)
            return true;
    }
    return false;
}

/* --- names --- */

bool postfix_entry_is_hostname(const char *name)
{
    size_t label = 0, len = strlen(name);
    bool letters = false;

    if (len == 0 || len > 255)
        return false;
    for (const char *s = name; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '.') {
            if (label == 0 || s[1] == '\0')
                return false;
            label = 0;
            continue;
        }
        if (c == '-' && (label == 0 || s[1] == '\0' || s[1] == '.'))
            return false;
        if (!isalnum(c) && c != '-' && c != '_' && c < 0x80)
            return false;
        letters = letters || !isdigit(c);
        if (++label > 63)
            return false;
    }
    return letters;
}

/* Copies `len` bytes in lower case, as many as fit, and ends them with NUL. */
static void lower(char *dst, size_t cap, const char *src, size_t len)
{
    size_t n = len < cap ? len : cap - 1;

    for (size_t i = 0; i < n; i++)
        dst[i] = (char)tolower((unsigned char)src[i]);
    dst[n] = '\0';
}

bool postfix_entry_read_hop(const char *next_hop, char *name, size_t cap, char port[32],
                            bool *by_mx)
{
    const char *at = next_hop, *end, *colon;

    *by_mx = *at != '[';
    port[0] = '\0';
    if (!*by_mx) {
        end = strchr(++at, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        colon = end[1] ? end + 1 : NULL;
        if (strncasecmp(at, "ipv6:", 5) == 0)
            at += 5;
    } else {
        colon = strchr(at, ':');
        end = colon ? colon : at + strlen(at);
    }
    lower(name, cap, at, (size_t)(end - at));
    if (colon)
        snprintf(port, 32, "%s", colon + 1);
    return *name != '\0' && (!colon || *port != '\0');
}

unsigned postfix_entry_port(const char *text)
{
    static const struct {
        const char *name;
        unsigned number;
    } ports[] = {{"smtp", 25}, {"submission", 587}, {"smtps", 465}, {"submissions", 465}};
    unsigned number;

    if (span_number(span_of(text), &number))
        return number < 65536 ? number : 0;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (strcasecmp(text, ports[i].name) == 0)
            return ports[i].number;
    }
    return 0;
}
