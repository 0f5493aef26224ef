/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/form_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/closest.h"
#include "base/text.h"
#include "partner/form_text.h"
#include "policy/hostname.h"
#include "policy/option_value.h"

static const char separators[] = " \t,;";

bool form_fields_refuse(const struct form_place *at, const char *value, const char *what,
                        struct error *e)
{
    char shown[44];

    text_clean(shown, sizeof shown, value, strlen(value));
    return error_set(e, ERROR_FILE, "%s:%d: %s: \"%s\" %s", at->name, at->line, at->field, shown,
                     what);
}

/* Adds to the faults that a value is refused; e->text has the reason, as `refused` writes it.
 * `comment` adds a hint that a comment may be meant. False: memory, also where `e` says so. */
static bool note_refusal(const struct form_place *at, const char *value, bool comment,
                         struct error *e)
{
    char what[200];

    if (e->cause == ERROR_MEMORY)
        return false;
    text_format(what, sizeof what, "%s%s", e->text, comment ? "; a comment begins with \"#\"" : "");
    form_fields_refuse(at, value, what, e);
    return form_faults_add(at->faults, e->text) || error_memory(e);
}

/* --- what takes an entry --- */

/* Each reads one entry to the field's place, `target`. False with the error's text where it will
 * not have it. */
typedef bool read_fn(const struct form_field *f, void *target, const char *value, struct error *e);

/* Sets the error to `what`, the predicate of a sentence about the value, such as "is neither yes
 * nor no". note_refusal puts place and value before it. Always false. */
static bool refused(struct error *e, const char *what)
{
    return error_set(e, ERROR_FILE, "%s", what);
}

/* The array of a list with entries of that size, moved where it was full, with room for one more.
 * NULL with `e` filled: there are enough, or memory; `at` is then still the list's. */
static void *room(void *at, size_t count, size_t size, struct error *e)
{
    void *grown;

    if (count >= FORM_LIST_MAX) {
        refused(e, "is entry 1025, the limit is 1024");
        return NULL;
    }
    grown = array_grow(at, count, size);
    if (!grown)
        error_memory(e);
    return grown;
}

/* Appends a string from malloc, which the list owns then. False with `e` filled: it is still the
 * caller's. */
static bool add_text(struct form_list *list, char *s, struct error *e)
{
    char **grown = room(list->at, list->count, sizeof *grown, e);

    if (!grown)
        return false;
    list->at = grown;
    list->at[list->count++] = s;
    return true;
}

/* "*.NAME" with NAME in ASCII form, to be freed; `s` begins with "*.". NULL with `e` filled. */
static char *wildcard_of(const char *s, struct error *e)
{
    char *name = (char *)hostname_ascii(s + 2, e), *whole = NULL;

    if (name && asprintf(&whole, "*.%s", name) < 0) {
        error_memory(e);
        whole = NULL;
    }
    free(name);
    return whole;
}

/* Reads NAME[:PORT], [v6]:PORT or an address by itself to *to, which is zeroed; to->name is to be
 * freed, to->port stays 0 where there is none. `wildcard`: NAME may be "*.NAME". Overwrites the
 * colon in `s`. False with `e` filled. */
static bool read_endpoint(char *s, bool wildcard, struct form_gateway *to, struct error *e)
{
    char *close = *s == '[' ? strchr(s, ']') : NULL;
    char *colon = strchr(close ? close : s, ':');

    if (close && close[1] && close[1] != ':')
        return refused(e, "is not [ADDRESS]:PORT");
    if (colon && (close || !strchr(colon + 1, ':'))) {
        *colon = '\0';
        if (!option_value_unsigned(colon + 1, 1, 65535, "port", &to->port, e))
            return refused(e, "has a port that is not one of 1 to 65535");
    }
    if (wildcard && strncmp(s, "*.", 2) == 0)
        to->name = wildcard_of(s, e);
    else
        to->name = (char *)hostname_or_address(s, e);
    return to->name != NULL;
}

/* Appends a gateway to a struct form_gateways. False with `e` filled. */
static bool read_gateway(const struct form_field *f, void *target, const char *value,
                         struct error *e)
{
    struct form_gateways *list = target;
    struct form_gateway *grown = room(list->at, list->count, sizeof *grown, e), gateway = {0};
    char *copy;
    bool ok;

    if (!grown)
        return false;
    list->at = grown;
    copy = strdup(value);
    if (!copy)
        return error_memory(e);
    ok = read_endpoint(copy, f->flags & FORM_WILDCARD, &gateway, e);
    free(copy);
    if (ok)
        list->at[list->count++] = gateway;
    return ok;
}

/* Sets the states that one CODE=STATE gives, in an int [FINDING_COUNT] that begins as
 * STATE_DEFAULT. False with `e` filled, also where a finding has a state already. */
static bool read_on(const struct form_field *f, void *target, const char *value, struct error *e)
{
    int *states = target, one[FINDING_COUNT];

    (void)f;
    for (int c = 0; c < FINDING_COUNT; c++)
        one[c] = STATE_DEFAULT;
    if (!option_value_on(value, one, e))
        return false;
    for (int c = 0; c < FINDING_COUNT; c++) {
        if (one[c] != STATE_DEFAULT && states[c] != STATE_DEFAULT)
            return refused(e, "names a finding that has a state already");
        if (one[c] != STATE_DEFAULT)
            states[c] = one[c];
    }
    return true;
}

/* Sets a bool. False with `e` filled: the value is neither "yes" nor "no". */
static bool read_yes_no(const struct form_field *f, void *target, const char *value,
                        struct error *e)
{
    (void)f;
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return refused(e, "is neither yes nor no");
    *(bool *)target = *value == 'y';
    return true;
}

/* Sets an enum tls_level. False with `e` filled. */
static bool read_level(const struct form_field *f, void *target, const char *value, struct error *e)
{
    (void)f;
    return option_value_level(value, target, e);
}

/* Sets min_version and min_version_name of a struct partner. False with `e` filled. */
static bool read_min_tls(const struct form_field *f, void *target, const char *value,
                         struct error *e)
{
    struct partner *p = target;

    (void)f;
    return option_value_min_tls(value, &p->min_version, &p->min_version_name, e);
}

/* Sets an enum tls_level to LEVEL_ENCRYPT or LEVEL_VERIFY. False with `e` filled: it is neither.
 */
static bool read_inbound_level(const struct form_field *f, void *target, const char *value,
                               struct error *e)
{
    enum tls_level level;

    (void)f;
    if (!option_value_level(value, &level, e))
        return false;
    if (level != LEVEL_ENCRYPT && level != LEVEL_VERIFY)
        return refused(e, "is not one of encrypt, verify");
    *(enum tls_level *)target = level;
    return true;
}

/* Sets xclient_address and xclient_name of a struct partner, NULL before, which owns them then; the
 * name is NULL where there is none. False with `e` filled. */
static bool read_xclient(const struct form_field *f, void *target, const char *value,
                         struct error *e)
{
    struct partner *p = target;
    const char *address, *name;

    (void)f;
    if (!hostname_xclient(value, &address, &name, e))
        return false;
    p->xclient_address = (char *)address;
    p->xclient_name = (char *)name;
    return true;
}

/* Sets outbound and inbound of a struct partner. False with `e` filled: both are false then. */
static bool read_direction(const struct form_field *f, void *target, const char *value,
                           struct error *e)
{
    struct partner *p = target;
    bool both = strcmp(value, "both") == 0;

    (void)f;
    p->outbound = both || strcmp(value, "outbound") == 0;
    p->inbound = both || strcmp(value, "inbound") == 0;
    return p->outbound || p->inbound || refused(e, "is not one of outbound, inbound, both");
}

/* Sets a time_t to the beginning of a day such as "2027-01-31", in UTC. False with `e` filled. */
static bool read_date(const struct form_field *f, void *target, const char *value, struct error *e)
{
    char time[40];

    (void)f;
    if (strlen(value) != strlen("2027-01-31"))
        return refused(e, "is not a date such as 2027-01-31");
    text_format(time, sizeof time, "%sT00:00:00Z", value);
    return option_value_time(time, target, e) || refused(e, "is not a date such as 2027-01-31");
}

static read_fn *const readers[FORM_TYPES] = {
    [FORM_GATEWAY] = read_gateway, [FORM_YES_NO] = read_yes_no,
    [FORM_LEVEL] = read_level,     [FORM_INBOUND_LEVEL] = read_inbound_level,
    [FORM_MIN_TLS] = read_min_tls, [FORM_DIRECTION] = read_direction,
    [FORM_XCLIENT] = read_xclient, [FORM_ON] = read_on,
    [FORM_DATE] = read_date,
};

/* Reads a text, of a type for which form_text_is is true, to its place: appends it to a list of
 * strings, or puts it in place of a string, which is freed. False with `e` filled. */
static bool read_text(const struct form_place *at, const struct form_field *f, void *target,
                      const char *value, struct error *e)
{
    char *s = form_text(f->type, at, value, e);

    if (!s)
        return false;
    if (f->flags & (FORM_LIST | FORM_REPEATS)) {
        if (add_text(target, s, e))
            return true;
        free(s);
        return false;
    }
    free(*(char **)target);
    *(char **)target = s;
    return true;
}

/* --- the tables --- */

#define OF(type, field) offsetof(struct type, field)

static const struct form_field of_partner[] = {
    {"company", FORM_TEXT, OF(partner, company), 0},
    {"address", FORM_TEXT, OF(partner, address), 0},
    {"contact-name", FORM_TEXT, OF(partner, contact_name), 0},
    {"contact-email", FORM_TEXT, OF(partner, contact_email), 0},
    {"contact-phone", FORM_TEXT, OF(partner, contact_phone), 0},
    {"contact-mobile", FORM_TEXT, OF(partner, contact_mobile), 0},
    {"contact-urgent", FORM_TEXT, OF(partner, contact_urgent), 0},
    {"contact-second", FORM_TEXT, OF(partner, contact_second), 0},
    {"domains", FORM_DOMAIN, OF(partner, domains), FORM_LIST},
    {"subdomains", FORM_NAME, OF(partner, subdomains), FORM_LIST},
    {"gateways", FORM_GATEWAY, OF(partner, gateways), FORM_LIST | FORM_WILDCARD},
    {"certificate-cn", FORM_CN, OF(partner, cns), FORM_LIST},
    {"issuer", FORM_TEXT, OF(partner, issuers), FORM_REPEATS},
    {"pinned", FORM_YES_NO, OF(partner, pinned), 0},
    {"tls-wrapper", FORM_YES_NO, OF(partner, wrapper), 0},
    {"fixed-route", FORM_YES_NO, OF(partner, fixed_route), 0},
    {"requiretls", FORM_YES_NO, OF(partner, requiretls), 0},
    {"client-cert", FORM_PATH, OF(partner, client_cert), 0},
    {"client-key", FORM_PATH, OF(partner, client_key), 0},
    {"ca-file", FORM_PATH, OF(partner, ca_file), 0},
    {"ca-url", FORM_TEXT, OF(partner, ca_url), 0},
    {"direction", FORM_DIRECTION, 0, 0},
    {"tls-level", FORM_LEVEL, OF(partner, level), 0},
    {"tls-profile", FORM_PROFILE, OF(partner, tls_profile), 0},
    {"match", FORM_MATCH, OF(partner, match), FORM_LIST},
    {"fingerprint", FORM_FINGERPRINT, OF(partner, fingerprints), FORM_LIST},
    {"min-tls", FORM_MIN_TLS, 0, 0},
    {"inbound-level", FORM_INBOUND_LEVEL, OF(partner, inbound_level), 0},
    {"sending-hosts", FORM_SENDING_HOST, OF(partner, sending_hosts), FORM_LIST},
    {"sending-certificate", FORM_CN, OF(partner, sending_certs), FORM_LIST},
    {"xclient", FORM_XCLIENT, 0, 0},
    {"signed", FORM_DATE, OF(partner, signed_on), 0},
    {"valid-until", FORM_DATE, OF(partner, valid_until), 0},
    {"review", FORM_DATE, OF(partner, review_on), 0},
    {"on", FORM_ON, OF(partner, on), FORM_LIST},
};

static const struct form_field of_own[] = {
    {"gateways", FORM_GATEWAY, OF(form_own, gateways), FORM_LIST},
    {"recipient", FORM_MAILBOX, OF(form_own, recipient), 0},
    {"sni", FORM_SNI, OF(form_own, sni), 0},
    {"domains", FORM_NAME, OF(form_own, domains), FORM_LIST},
    {"postfix", FORM_PATH, OF(form_own, postfix), FORM_LIST},
    {"exim", FORM_EXIM, OF(form_own, exim), 0},
    {"senders", FORM_MAILBOX, OF(form_own, senders), FORM_LIST},
    {"recipients", FORM_MAILBOX, OF(form_own, recipients), FORM_LIST},
    {"relay", FORM_GATEWAY, OF(form_own, relay), FORM_LIST},
    {"internal", FORM_NETWORK, OF(form_own, internal), FORM_LIST},
    {"verify-sender", FORM_MAILBOX, OF(form_own, verify_sender), 0},
};

const struct form_field *form_fields(bool own, size_t *count)
{
    *count = own ? sizeof of_own / sizeof *of_own : sizeof of_partner / sizeof *of_partner;
    return own ? of_own : of_partner;
}

size_t form_fields_index(bool own, const char *name)
{
    size_t count;
    const struct form_field *fields = form_fields(own, &count);

    for (size_t i = 0; i < count; i++) {
        if (closest_is_same(fields[i].name, name))
            return i;
    }
    return FORM_FIELDS_MAX;
}

/* Reads one entry to the field's place in the section, a struct partner or form_own. False with
 * `e` filled, the text as of `refused`. */
static bool set_entry(const struct form_place *at, const struct form_field *f, void *section,
                      const char *value, struct error *e)
{
    void *target = (char *)section + f->offset;

    if (form_text_is(f->type))
        return read_text(at, f, target, value, e);
    return readers[f->type](f, target, value, e);
}

/* Whether an entry after ";" can only be a word of a comment. Words such as "our main site" are
 * names of hosts, too; to be an entry it has to have one of ".:=/@", or 32 bytes. */
static bool is_word(const char *entry)
{
    static const char *const known[] = {"hostname", "nexthop", "dot-nexthop"};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(entry, known[i]) == 0)
            return false;
    }
    return !strpbrk(entry, ".:=/@") && strlen(entry) < 32;
}

/* Reads the entries of a list, and adds those that are wrong to the faults. After an entry that
 * looks like a comment the others are left out. False: memory. */
static bool read_list(const struct form_place *at, const struct form_field *f, void *section,
                      const char *value, struct error *e)
{
    char *copy = strdup(value), *next = copy, *entry;
    bool ok = true, comment = false;

    if (!copy)
        return error_memory(e);
    while (ok && !comment && (entry = strsep(&next, separators))) {
        bool late = memchr(value, ';', (size_t)(entry - copy)) != NULL;

        if (!*entry)
            continue;
        if (late && is_word(entry))
            refused(e, "is no entry of a list");
        else if (set_entry(at, f, section, entry, e))
            continue;
        comment = late;
        ok = note_refusal(at, entry, comment, e);
    }
    free(copy);
    return ok;
}

bool form_fields_set(const struct form_place *at, const struct form_field *f, void *section,
                     const char *value, struct error *e)
{
    if (f->flags & FORM_LIST)
        return read_list(at, f, section, value, e);
    return set_entry(at, f, section, value, e) ||
           note_refusal(at, value, strchr(value, ';') != NULL, e);
}
