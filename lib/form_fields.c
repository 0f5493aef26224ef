#include "form_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "text.h"
#include "value.h"

static const char separators[] = " \t,";

bool form_refuse(const struct form_place *at, const char *value, const char *what, struct err *e)
{
    char shown[44];

    text_clean(shown, sizeof shown, value, strlen(value));
    return err_set(e, ERR_FILE, "%s:%d: %s: \"%s\" %s", at->name, at->line, at->field, shown, what);
}

/* The same with the text that `e` has from a parser of values. */
static bool refuse_item(const struct form_place *at, const char *value, struct err *e)
{
    struct err cause = *e;

    return cause.cause == ERR_MEMORY ? false : form_refuse(at, value, cause.text, e);
}

/* Without place and value, which the setter puts in front. */
static char *no(struct err *e, const char *what)
{
    err_set(e, ERR_FILE, "%s", what);
    return NULL;
}

static char *kept(char *s, struct err *e)
{
    if (!s)
        err_memory(e);
    return s;
}

void *form_grow(void *at, size_t count, size_t size)
{
    return count & (count - 1) ? at : realloc(at, (count ? 2 * count : 1) * size);
}

/* --- one entry --- */

static char *text_item(const struct form_place *at, const char *s, struct err *e)
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

static char *name_item(const struct form_place *at, const char *s, struct err *e)
{
    struct address address;
    char *name;

    (void)at;
    if (strchr(s, '*'))
        return no(e, "has a wildcard that is not the whole leftmost label of a domain");
    name = (char *)value_host(s, e);
    if (!name)
        return e->cause == ERR_MEMORY ? NULL : no(e, "is not a domain name");
    if (address_parse(name, 1, &address)) {
        free(name);
        return no(e, "is an address, not a domain name");
    }
    return name;
}

/* A certificate has a name in Unicode as its A-label (RFC 5280 7.2). */
static char *cn_item(const struct form_place *at, const char *s, struct err *e)
{
    struct err no_name = {0};
    bool unicode = false;
    char *name = NULL;

    for (const char *c = s; *c; c++)
        unicode = unicode || (unsigned char)*c >= 0x80;
    if (unicode && strchr(s, '.'))
        name = (char *)value_name(s, &no_name);
    return name || no_name.cause == ERR_MEMORY ? kept(name, e) : text_item(at, s, e);
}

static char *domain_item(const struct form_place *at, const char *s, struct err *e)
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

static char *match_item(const struct form_place *at, const char *s, struct err *e)
{
    (void)at;
    return (char *)value_match(s, e);
}

static char *fingerprint_item(const struct form_place *at, const char *s, struct err *e)
{
    (void)at;
    return (char *)value_fingerprint(s, e);
}

static char *mailbox_item(const struct form_place *at, const char *s, struct err *e)
{
    (void)at;
    return (char *)value_mailbox(s, NULL, e);
}

static char *sni_item(const struct form_place *at, const char *s, struct err *e)
{
    if (strcmp(s, "none") == 0)
        return kept(strdup(s), e);
    return name_item(at, s, e);
}

/* prefix + path, which is taken from the form's directory. */
static char *whole_path(const struct form_place *at, const char *prefix, int prefix_len,
                        const char *path, struct err *e)
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

static char *path_item(const struct form_place *at, const char *s, struct err *e)
{
    return whole_path(at, "", 0, s, e);
}

/* Postfix's "type:name", of those types whose name is a file's and whose look-ups are exact. */
static char *map_item(const struct form_place *at, const char *s, struct err *e)
{
    static const char *const types[] = {"texthash:", "hash:", "lmdb:", "btree:", "cdb:"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t len = strlen(types[i]);

        if (strncmp(s, types[i], len) == 0 && s[len])
            return whole_path(at, s, (int)len, s + len, e);
    }
    return no(e, "is not TYPE:FILE with a type of texthash, hash, lmdb, btree, cdb");
}

/* --- setters: a whole value, or an entry of a list --- */

/* The setters' arguments. */
#define SETTER(name)                                                                               \
    static bool name(const struct form_place *at, const struct form_field *f, void *target,        \
                     const char *value, struct err *e)

static bool is_full(const struct form_place *at, size_t count, const char *value, struct err *e)
{
    return count >= FORM_LIST_MAX && !form_refuse(at, value, "is entry 1025, the limit is 1024", e);
}

SETTER(set_one)
{
    char *s = f->item(at, value, e);

    if (!s)
        return refuse_item(at, value, e);
    free(*(char **)target);
    *(char **)target = s;
    return true;
}

SETTER(add_entry)
{
    struct form_list *list = target;
    char **grown, *s;

    if (is_full(at, list->count, value, e))
        return false;
    s = f->item(at, value, e);
    if (!s)
        return refuse_item(at, value, e);
    grown = form_grow(list->at, list->count, sizeof *grown);
    if (!grown) {
        free(s);
        return err_memory(e);
    }
    list->at = grown;
    list->at[list->count++] = s;
    return true;
}

/* NAME[:PORT], [v6]:PORT or an address by itself; *port 0 where there is none. */
static char *gateway_of(char *s, unsigned *port, struct err *e)
{
    char *close = *s == '[' ? strchr(s, ']') : NULL, *colon = strchr(close ? close : s, ':');

    *port = 0;
    if (close && close[1] && close[1] != ':')
        return no(e, "is not [ADDRESS]:PORT");
    if (colon && (close || !strchr(colon + 1, ':'))) {
        *colon = '\0';
        if (!value_unsigned(colon + 1, 1, 65535, "port", port, e))
            return no(e, "has a port that is not one of 1 to 65535");
    }
    return (char *)value_host(s, e);
}

SETTER(add_gateway)
{
    struct form_gateways *list = target;
    struct form_gateway *grown, gateway = {0};
    char *copy;

    (void)f;
    if (is_full(at, list->count, value, e))
        return false;
    copy = strdup(value);
    if (!copy)
        return err_memory(e);
    gateway.name = gateway_of(copy, &gateway.port, e);
    free(copy);
    if (!gateway.name)
        return refuse_item(at, value, e);
    grown = form_grow(list->at, list->count, sizeof *grown);
    if (!grown) {
        free(gateway.name);
        return err_memory(e);
    }
    list->at = grown;
    list->at[list->count++] = gateway;
    return true;
}

SETTER(add_on)
{
    int *states = target, one[FINDING_COUNT];

    (void)f;
    for (int c = 0; c < FINDING_COUNT; c++)
        one[c] = STATE_DEFAULT;
    if (!value_on(value, one, e))
        return refuse_item(at, value, e);
    for (int c = 0; c < FINDING_COUNT; c++) {
        if (one[c] != STATE_DEFAULT && states[c] != STATE_DEFAULT)
            return form_refuse(at, value, "is about a finding that has its state already", e);
        if (one[c] != STATE_DEFAULT)
            states[c] = one[c];
    }
    return true;
}

SETTER(set_pinned)
{
    (void)f;
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return form_refuse(at, value, "is neither yes nor no", e);
    *(bool *)target = *value == 'y';
    return true;
}

SETTER(set_level)
{
    (void)f;
    return value_level(value, target, e) || refuse_item(at, value, e);
}

SETTER(set_min_tls)
{
    struct partner *p = target;

    (void)f;
    return value_min_tls(value, &p->min_version, &p->min_version_name, e) ||
           refuse_item(at, value, e);
}

SETTER(set_direction)
{
    struct partner *p = target;
    bool both = strcmp(value, "both") == 0;

    (void)f;
    p->outbound = both || strcmp(value, "outbound") == 0;
    p->inbound = both || strcmp(value, "inbound") == 0;
    return p->outbound || p->inbound ||
           form_refuse(at, value, "is not one of outbound, inbound, both", e);
}

/* --- the tables --- */

#define OF(type, field) offsetof(struct type, field)

static const struct form_field of_partner[] = {
    {"company", set_one, text_item, OF(partner, company), 0},
    {"address", set_one, text_item, OF(partner, address), 0},
    {"contact-name", set_one, text_item, OF(partner, contact_name), 0},
    {"contact-email", set_one, text_item, OF(partner, contact_email), 0},
    {"contact-phone", set_one, text_item, OF(partner, contact_phone), 0},
    {"contact-mobile", set_one, text_item, OF(partner, contact_mobile), 0},
    {"domains", add_entry, domain_item, OF(partner, domains), FORM_LIST},
    {"subdomains", add_entry, name_item, OF(partner, subdomains), FORM_LIST},
    {"gateways", add_gateway, NULL, OF(partner, gateways), FORM_LIST},
    {"certificate-cn", add_entry, cn_item, OF(partner, cns), FORM_LIST},
    {"issuer", add_entry, text_item, OF(partner, issuers), FORM_REPEATS},
    {"pinned", set_pinned, NULL, OF(partner, pinned), 0},
    {"ca-file", set_one, path_item, OF(partner, ca_file), 0},
    {"ca-url", set_one, text_item, OF(partner, ca_url), 0},
    {"direction", set_direction, NULL, 0, 0},
    {"tls-level", set_level, NULL, OF(partner, level), 0},
    {"match", add_entry, match_item, OF(partner, match), FORM_LIST},
    {"fingerprint", add_entry, fingerprint_item, OF(partner, fingerprints), FORM_LIST},
    {"min-tls", set_min_tls, NULL, 0, 0},
    {"on", add_on, NULL, OF(partner, on), FORM_LIST | FORM_REPEATS},
};

static const struct form_field of_own[] = {
    {"gateways", add_gateway, NULL, OF(form_own, gateways), FORM_LIST},
    {"recipient", set_one, mailbox_item, OF(form_own, recipient), 0},
    {"sni", set_one, sni_item, OF(form_own, sni), 0},
    {"postfix-policy", add_entry, map_item, OF(form_own, postfix_policy), FORM_LIST},
    {"postfix-access", add_entry, map_item, OF(form_own, postfix_access), FORM_LIST},
    {"postfix-transport", set_one, map_item, OF(form_own, postfix_transport), 0},
    {"exim-config", set_one, path_item, OF(form_own, exim_config), 0},
};

const struct form_field *form_fields(bool own, size_t *count)
{
    *count = own ? sizeof of_own / sizeof *of_own : sizeof of_partner / sizeof *of_partner;
    return own ? of_own : of_partner;
}

bool form_set(const struct form_place *at, const struct form_field *f, void *section,
              const char *value, struct err *e)
{
    void *target = (char *)section + f->offset;
    char *copy, *next, *entry;
    bool ok = true;

    if (!(f->flags & FORM_LIST))
        return f->set(at, f, target, value, e);
    copy = next = strdup(value);
    if (!copy)
        return err_memory(e);
    while (ok && (entry = strsep(&next, separators))) {
        if (*entry)
            ok = f->set(at, f, target, entry, e);
    }
    free(copy);
    return ok;
}
