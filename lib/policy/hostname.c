/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/hostname.h"

#include <ctype.h>
#include <dlfcn.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/text.h"

enum { NAME_MAX_LENGTH = 253, LABEL_MAX = 63, LOCAL_MAX = 64 };

/* Fills `e` with ERROR_USAGE and the text. Always false. */
static bool refuse(struct error *e, const char *text)
{
    return error_set(e, ERROR_USAGE, "%s", text);
}

/* Replaces the reason in `e`, which must be filled, by ERROR_USAGE and the text, unless memory ran
 * out. Always NULL. */
static const char *refuse_part(struct error *e, const char *text)
{
    if (e->cause != ERROR_MEMORY)
        refuse(e, text);
    return NULL;
}

/* Returns a copy, which the caller frees although it is const. NULL with `e` filled: memory. */
static const char *keep(const char *s, struct error *e)
{
    char *copy = strdup(s);

    if (!copy)
        error_memory(e);
    return copy;
}

/* Whether all bytes are ASCII; true for "". */
static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return *s == '\0';
}

/* Whether `s` can be a name in DNS, in ASCII and without a dot at its end: labels of letters,
 * digits, hyphens, and underscores, which DNS has even where host names may not; labels and name no
 * longer than DNS allows. */
static bool is_name(const char *s)
{
    size_t label = 0, total = strlen(s);

    if (total == 0 || total > NAME_MAX_LENGTH)
        return false;
    for (; *s; s++) {
        if (*s == '.' ? label == 0 : !isalnum((unsigned char)*s) && *s != '-' && *s != '_')
            return false;
        label = *s == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

/* Returns a name in UTF-8 in its ASCII form (RFC 5891), to be freed; whether it fits is_name is not
 * checked. NULL with `e` filled. libidn2 is loaded only for a name that needs it: linked, its
 * tables of Unicode make every check a twentieth more expensive. */
static char *to_ascii(const char *value, struct error *e)
{
    void *library = dlopen("libidn2.so.0", RTLD_LAZY);
    __typeof__(idn2_lookup_u8) *lookup = library ? dlsym(library, "idn2_lookup_u8") : NULL;
    uint8_t *ascii = NULL;
    int result;

    if (!lookup) {
        refuse(e, "is not ASCII, and libidn2 is not installed");
        return NULL;
    }
    result = lookup((const uint8_t *)value, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (result == IDN2_OK)
        return (char *)ascii;
    if (result == IDN2_MALLOC)
        error_memory(e);
    else
        refuse(e, "is not a domain name");
    return NULL;
}

const char *hostname_ascii(const char *value, struct error *e)
{
    char *name;
    size_t len;

    if (is_ascii(value))
        name = (char *)keep(value, e);
    else
        name = to_ascii(value, e);
    if (!name)
        return NULL;
    len = strlen(name);
    if (len > 1 && name[len - 1] == '.')
        name[len - 1] = '\0';
    if (!is_name(name)) {
        refuse(e, "is not a domain name");
        free(name);
        return NULL;
    }
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

/* Reads an address, also in brackets or after "IPv6:" in any case (RFC 5321 4.1.3), and writes it
 * to `out` as inet_ntop does, without these. `cap` is INET6_ADDRSTRLEN or more. False: no address;
 * *out is unchanged. */
static bool address_text(const char *value, char *out, size_t cap)
{
    struct address address;
    char bare[64];
    size_t len = strlen(value);

    if (value[0] == '[' && len > 2 && value[len - 1] == ']') {
        value++;
        len -= 2;
    }
    if (len > 5 && strncasecmp(value, "IPv6:", 5) == 0) {
        value += 5;
        len -= 5;
    }
    if (len >= sizeof bare)
        return false;
    snprintf(bare, sizeof bare, "%.*s", (int)len, value);
    if (!address_parse(bare, 1, &address))
        return false;
    text_copy(out, cap, address.text);
    return true;
}

/* Whether the last label of a name without a dot at its end is all digits: a mistyped address,
 * never a host (RFC 3696 2). The name must fit is_name. */
static bool ends_in_digits(const char *name)
{
    const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;

    return strspn(last, "0123456789") == strlen(last);
}

const char *hostname_or_address(const char *value, struct error *e)
{
    char address[INET6_ADDRSTRLEN];
    const char *name;

    if (address_text(value, address, sizeof address))
        return keep(address, e);
    name = hostname_ascii(value, e);
    if (!name)
        return refuse_part(e, "is neither a host name nor an address");
    if (ends_in_digits(name)) {
        refuse(e, "is neither a host name nor an address");
        free((char *)name);
        return NULL;
    }
    return name;
}

bool hostname_xclient(const char *value, const char **address, const char **name, struct error *e)
{
    const char *comma = strchrnul(value, ',');
    char literal[64], text[INET6_ADDRSTRLEN];
    size_t len = (size_t)(comma - value);

    *address = *name = NULL;
    if (len >= sizeof literal)
        return error_set(e, ERROR_USAGE, "is not ADDRESS or ADDRESS,NAME");
    memcpy(literal, value, len);
    literal[len] = '\0';
    if (!address_text(literal, text, sizeof text))
        return error_set(e, ERROR_USAGE, "is not ADDRESS or ADDRESS,NAME");
    if (*comma && !(*name = hostname_ascii(comma + 1, e)))
        return false;
    *address = keep(text, e);
    if (*address)
        return true;
    free((char *)*name);
    *name = NULL;
    return false;
}

/* Whether it is a printable character of ASCII, the blank included. */
static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

/* Whether `len` bytes of valid UTF-8, perhaps 0, can be the characters between the quotes of a
 * quoted string (RFC 5321 4.1.2, RFC 6531 3.3). */
static bool is_quoted_text(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool pair = s[i] == '\\';

        if (s[i] == '"' || (pair && ++i == len))
            return false;
        if (!is_printable(s[i]) && (pair || (unsigned char)s[i] < 0x80))
            return false;
    }
    return true;
}

/* Whether `len` (> 0) bytes of valid UTF-8 are a dot-string (RFC 5321 4.1.2, RFC 6531 3.3); any
 * character that is not ASCII may be in it. */
static bool is_dot_string(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)s[i] < 0x80 && !isalnum((unsigned char)s[i]) &&
            !strchr("!#$%&'*+-/=?^_`{|}~.", s[i]))
            return false;
    }
    return s[0] != '.' && s[len - 1] != '.' && !memmem(s, len, "..", 2);
}

/* Whether `len` bytes are a dot-string or a quoted string of at most 64 bytes in valid UTF-8:
 * nothing that could end the path or the line. */
static bool is_local_part(const char *s, size_t len)
{
    if (len == 0 || len > LOCAL_MAX || text_utf8(s, len) != len)
        return false;
    if (len >= 2 && s[0] == '"' && s[len - 1] == '"')
        return is_quoted_text(s + 1, len - 2);
    return is_dot_string(s, len);
}

/* Returns what follows the '@' as a mailbox has it, to be freed: a name in lower-case ASCII, or an
 * address in brackets (RFC 5321 4.1.3). Always sets *host, which the caller frees, too: the same
 * without brackets, or NULL. NULL with `e` filled; *host may then be set. */
static char *domain_part(const char *value, const char **host, struct error *e)
{
    char *domain = NULL;
    int len;

    if (*value != '[') {
        *host = hostname_ascii(value, e);
        if (!*host)
            return NULL;
        return (char *)keep(*host, e);
    }
    *host = hostname_or_address(value, e);
    if (!*host)
        return NULL;
    if (strchr(*host, ':'))
        len = asprintf(&domain, "[IPv6:%s]", *host);
    else
        len = asprintf(&domain, "[%s]", *host);
    if (len >= 0)
        return domain;
    error_memory(e);
    return NULL;
}

const char *hostname_mailbox(const char *value, const char **domain, struct error *e)
{
    const char *at = strrchr(value, '@'), *host = NULL;
    size_t local = at ? (size_t)(at - value) : 0;
    char *mailbox = NULL, *part;

    if (!at || !is_local_part(value, local)) {
        refuse(e, "is not a mail address");
        return NULL;
    }
    part = domain_part(at + 1, &host, e);
    if (part && asprintf(&mailbox, "%.*s@%s", (int)local, value, part) < 0) {
        error_memory(e);
        mailbox = NULL;
    }
    if (!part)
        refuse_part(e, "is not a mail address");
    free(part);
    if (domain && mailbox)
        *domain = host;
    else
        free((char *)host);
    return mailbox;
}

const char *hostname_sender(const char *value, struct error *e)
{
    size_t len = strlen(value);
    const char *mailbox;
    char *bare;

    if (len == 0 || strcmp(value, "<>") == 0)
        return "";
    if (value[0] != '<' || value[len - 1] != '>')
        return hostname_mailbox(value, NULL, e);
    bare = strndup(value + 1, len - 2);
    if (!bare) {
        error_memory(e);
        return NULL;
    }
    mailbox = hostname_mailbox(bare, NULL, e);
    free(bare);
    return mailbox;
}
