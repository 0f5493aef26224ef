/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "policy/hostname.h"
#include "policy/option_value.h"

/* Sets the error to `what`, the predicate of a sentence about the value. Always NULL. */
static char *no(struct error *e, const char *what)
{
    error_set(e, ERROR_FILE, "%s", what);
    return NULL;
}

/* Returns `s`, also NULL, which means that memory ran out: then `e` says so. */
static char *kept(char *s, struct error *e)
{
    if (!s)
        error_memory(e);
    return s;
}

/* A text of at most 255 bytes, cleaned, tabs as blanks; to be freed. NULL with `e` filled. */
static char *text_item(const struct form_place *at, const char *s, struct error *e)
{
    char blanks[FORM_TEXT_MAX + 1], clean[FORM_TEXT_MAX + 1];
    size_t len = strlen(s);

    (void)at;
    if (len > FORM_TEXT_MAX)
        return no(e, "is longer than 255 bytes");
    for (size_t i = 0; i <= len; i++)
        blanks[i] = s[i] == '\t' ? ' ' : s[i];
    text_clean(clean, sizeof clean, blanks, len);
    return kept(strdup(clean), e);
}

/* A domain name in ASCII form and lower case, to be freed. `s` has no blanks around it; `at` is not
 * used. NULL with `e` filled, by `no` where `s` is no name, is an address or has a wildcard. */
static char *name_item(const struct form_place *at, const char *s, struct error *e)
{
    struct address address;
    char *name;

    (void)at;
    if (strchr(s, '*'))
        return no(e, "has a wildcard that is not the whole leftmost label of a domain");
    name = (char *)hostname_or_address(s, e);
    if (!name && e->cause == ERROR_MEMORY)
        return NULL;
    if (!name)
        return no(e, "is not a domain name");
    if (address_parse(name, 1, &address)) {
        free(name);
        return no(e, "is an address, not a domain name");
    }
    return name;
}

/* A domain name as of name_item, or "*." and such a name; to be freed. NULL with `e` filled. */
static char *domain_item(const struct form_place *at, const char *s, struct error *e)
{
    char *name, *wildcard;

    if (strncmp(s, "*.", 2) != 0)
        return name_item(at, s, e);
    name = name_item(at, s + 2, e);
    if (!name)
        return NULL;
    if (asprintf(&wildcard, "*.%s", name) < 0)
        wildcard = NULL;
    free(name);
    return kept(wildcard, e);
}

/* The name of a certificate, to be freed: a text, or if it is a name in Unicode or "*." and such a
 * name, its A-labels, as a certificate has them (RFC 5280 7.2). NULL with `e` filled. */
static char *cn_item(const struct form_place *at, const char *s, struct error *e)
{
    struct error no_name = {0};
    bool unicode = false;
    char *name = NULL;

    for (const char *c = s; *c; c++)
        unicode = unicode || (unsigned char)*c >= 0x80;
    if (unicode && strchr(s, '.'))
        name = domain_item(at, s, &no_name);
    if (name || no_name.cause == ERROR_MEMORY)
        return kept(name, e);
    return text_item(at, s, e);
}

/* An entry of match as of option_value_match, to be freed. NULL with `e` filled. */
static char *match_item(const struct form_place *at, const char *s, struct error *e)
{
    (void)at;
    return (char *)option_value_match(s, e);
}

/* A fingerprint as of option_value_fingerprint, to be freed. NULL with `e` filled. */
static char *fingerprint_item(const struct form_place *at, const char *s, struct error *e)
{
    (void)at;
    return (char *)option_value_fingerprint(s, e);
}

/* A mailbox with its domain in ASCII form, to be freed. NULL with `e` filled. */
static char *mailbox_item(const struct form_place *at, const char *s, struct error *e)
{
    (void)at;
    return (char *)hostname_mailbox(s, NULL, e);
}

/* "none", or a domain name as of name_item; to be freed. NULL with `e` filled. */
static char *sni_item(const struct form_place *at, const char *s, struct error *e)
{
    if (strcmp(s, "none") == 0)
        return kept(strdup(s), e);
    return name_item(at, s, e);
}

/* `prefix_len` bytes of `prefix`, and the path, which is taken from the form's directory unless it
 * begins with '/'; to be freed. NULL with `e` filled. */
static char *whole_path(const struct form_place *at, const char *prefix, int prefix_len,
                        const char *path, struct error *e)
{
    const char *slash = strrchr(at->path, '/');
    int dir = *path != '/' && slash ? (int)(slash + 1 - at->path) : 0;
    char *whole;

    for (const char *c = path; *c; c++) {
        if (iscntrl((unsigned char)*c))
            return no(e, "is not a file name: it has a control character");
    }
    if (asprintf(&whole, "%.*s%.*s%s", prefix_len, prefix, dir, at->path, path) < 0)
        whole = NULL;
    return kept(whole, e);
}

/* A path, taken from the form's directory unless it begins with '/'; to be freed. NULL with `e`
 * filled. */
static char *path_item(const struct form_place *at, const char *s, struct error *e)
{
    return whole_path(at, "", 0, s, e);
}

/* The name of a profile, or the path of a file where there is a "/"; to be freed. NULL with `e`
 * filled. */
static char *profile_item(const struct form_place *at, const char *s, struct error *e)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (strchr(s, '/'))
        return path_item(at, s, e);
    if (!*s || s[strspn(s, letters)]) {
        error_set(e, ERROR_FILE, "is not the name of a profile");
        return NULL;
    }
    return kept(strdup(s), e);
}

/* A copy of "default", which means that Exim's own configuration is used, or the path of another
 * configuration, as of path_item; to be freed. NULL with `e` filled. */
static char *exim_item(const struct form_place *at, const char *s, struct error *e)
{
    if (strcmp(s, "default") == 0)
        return kept(strdup(s), e);
    return path_item(at, s, e);
}

/* Whether it is an address, or a network such as "192.0.2.0/24" or "2001:db8::/32". */
static bool is_network(const char *s)
{
    const char *slash = strchr(s, '/');
    struct address address;
    struct error ignored;
    unsigned bits, bits_max = 32;
    char copy[64];

    if (strlen(s) >= sizeof copy)
        return false;
    strcpy(copy, s);
    copy[strcspn(copy, "/")] = '\0';
    if (!address_parse(copy, 1, &address))
        return false;
    if (strchr(copy, ':'))
        bits_max = 128;
    return !slash || option_value_unsigned(slash + 1, 0, bits_max, "length", &bits, &ignored);
}

/* A copy of an address or a network, as it is written, to be freed. NULL with `e` filled. */
static char *network_item(const struct form_place *at, const char *s, struct error *e)
{
    (void)at;
    if (!is_network(s))
        return no(e, "is neither an address nor a network such as 192.0.2.0/24");
    return kept(strdup(s), e);
}

/* A copy of an address or a network, as it is written, or a domain name as of name_item; to be
 * freed. NULL with `e` filled. */
static char *sending_item(const struct form_place *at, const char *s, struct error *e)
{
    if (is_network(s))
        return kept(strdup(s), e);
    return name_item(at, s, e);
}

/* Each reads one entry, NULL where it will not have it. The path of the form is needed for files.
 */
typedef char *text_fn(const struct form_place *at, const char *s, struct error *e);

static text_fn *const texts[FORM_TYPES] = {
    [FORM_TEXT] = text_item,
    [FORM_NAME] = name_item,
    [FORM_CN] = cn_item,
    [FORM_DOMAIN] = domain_item,
    [FORM_MATCH] = match_item,
    [FORM_FINGERPRINT] = fingerprint_item,
    [FORM_MAILBOX] = mailbox_item,
    [FORM_SNI] = sni_item,
    [FORM_PROFILE] = profile_item,
    [FORM_PATH] = path_item,
    [FORM_EXIM] = exim_item,
    [FORM_NETWORK] = network_item,
    [FORM_SENDING_HOST] = sending_item,
};

bool form_text_is(enum form_type type)
{
    return texts[type] != NULL;
}

char *form_text(enum form_type type, const struct form_place *at, const char *s, struct error *e)
{
    return texts[type](at, s, e);
}
