/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/postfix_protocols.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS ", \t\r\n:"

enum { SSL_2 = 0x0002, SSL_3 = 0x0300, TLS_1_0 = 0x0301, ANY_VERSION = 0xffff };

static const struct {
    const char *name;
    int version;
} versions[] = {
    {"SSLv2", SSL_2},    {"SSLv3", SSL_3},    {"TLSv1", TLS_1_0},
    {"TLSv1.1", 0x0302}, {"TLSv1.2", 0x0303}, {"TLSv1.3", 0x0304},
};

enum { VERSIONS = sizeof versions / sizeof *versions };

/* The range of versions that a list of protocols allows. */
struct protocols {
    bool only; /* those named, else all but those excluded */
    bool named[VERSIONS], excluded[VERSIONS];
    int floor, ceiling;
};

/* The version of a name, "TLSv1.2", as on the wire; with `limit` also of a hexadecimal number,
 * where 0 is no limit. -1: it is no version. */
static int version_of(const char *name, bool limit)
{
    char *end;
    long number;

    for (size_t i = 0; i < VERSIONS; i++) {
        if (strcasecmp(versions[i].name, name) == 0)
            return versions[i].version;
    }
    if (!limit || !isxdigit((unsigned char)*name))
        return -1;
    number = strtol(name, &end, 16);
    if (*end || number > ANY_VERSION)
        return -1;
    return (int)number;
}

/* Takes ">=TLSv1.2" as the floor or "<=TLSv1.2" as the ceiling. False: it is no version. */
static bool take_limit(struct protocols *p, const char *token)
{
    int version = version_of(token + 2, true);

    if (version < 0)
        return false;
    if (*token == '>')
        p->floor = version;
    else
        p->ceiling = version ? version : ANY_VERSION;
    return true;
}

/* Takes a name, "TLSv1.2", or an exclusion, "!TLSv1.2". False: it is no version. */
static bool take_protocol(struct protocols *p, const char *token)
{
    bool excluded = *token == '!';
    int version = version_of(token + excluded, false);

    for (size_t i = 0; i < VERSIONS; i++) {
        if (versions[i].version != version)
            continue;
        if (excluded)
            p->excluded[i] = true;
        else
            p->named[i] = p->only = true;
    }
    return version >= 0;
}

/* Whether the version with that index of `versions` is within the range. */
static bool allows(const struct protocols *p, size_t i)
{
    int version = versions[i].version;

    if (p->excluded[i] || (p->only && !p->named[i]))
        return false;
    return version >= p->floor && version <= p->ceiling;
}

/* Reads the list into *p, which begins with a ceiling and is otherwise zeroed. False: Postfix
 * cannot read it. */
static bool read_list(const char *list, struct protocols *p)
{
    char copy[512], *rest = copy;

    if (strlen(list) >= sizeof copy)
        return false;
    strcpy(copy, list);
    for (char *token; (token = strtok_r(rest, SEPARATORS, &rest));) {
        bool limit = strncmp(token, ">=", 2) == 0 || strncmp(token, "<=", 2) == 0;

        if (limit && !take_limit(p, token))
            return false;
        if (!limit && !take_protocol(p, token))
            return false;
    }
    return true;
}

bool postfix_protocols_read(const char *list, struct postfix_protocols *out)
{
    struct protocols p = {.ceiling = ANY_VERSION};

    *out = (struct postfix_protocols){0};
    if (!read_list(list, &p))
        return false;
    /* SSL 2 is gone from every library. */
    for (size_t i = 1; i < VERSIONS; i++) {
        if (!allows(&p, i))
            continue;
        if (out->highest == 0)
            out->lowest = versions[i].version < TLS_1_0 ? 0 : versions[i].version;
        out->highest = versions[i].version;
    }
    return true;
}
