/* SPDX-License-Identifier: BSD-2-Clause */
/* form_fields: the fields of a form, and the syntax of each. A part of form. */
#ifndef PARTNER_FORM_FIELDS_H
#define PARTNER_FORM_FIELDS_H

#include "partner/form.h"

/* Where a value stands. */
struct form_place {
    const char *path; /* of the form, as it was named */
    const char *name; /* the same, clean and short, for messages */
    int line;
    const char *field;
    struct form_faults *faults; /* which take what is wrong */
};

/* The type of an entry of a field, and so of the place that takes it. The place of a text is a
 * char *, or a struct form_list if the field takes several. */
enum form_type {
    FORM_TEXT,
    FORM_NAME,         /* a text: a domain name */
    FORM_CN,           /* a text: of a certificate */
    FORM_DOMAIN,       /* a text: a name or a wildcard */
    FORM_MATCH,        /* a text */
    FORM_FINGERPRINT,  /* a text */
    FORM_MAILBOX,      /* a text */
    FORM_SNI,          /* a text: a name or "none" */
    FORM_PATH,         /* a text: from the form's directory */
    FORM_PROFILE,      /* a text: a name, or a path with a "/" */
    FORM_EXIM,         /* a text: a path or "default" */
    FORM_NETWORK,      /* a text: an address or a network */
    FORM_SENDING_HOST, /* a text: an address, a network or a name */

    FORM_GATEWAY,       /* struct form_gateways */
    FORM_YES_NO,        /* bool */
    FORM_LEVEL,         /* enum tls_level */
    FORM_INBOUND_LEVEL, /* enum tls_level */
    FORM_MIN_TLS,       /* struct partner: min_version and min_version_name */
    FORM_DIRECTION,     /* struct partner: outbound and inbound */
    FORM_XCLIENT,       /* struct partner: xclient_address and xclient_name */
    FORM_DATE,          /* time_t */
    FORM_ON,            /* int [FINDING_COUNT] */

    FORM_TYPES
};

/* Entries by blanks, commas or semicolons, and the field may be given again; a text that may be
 * given again; an entry may be a wildcard. */
enum { FORM_LIST = 1, FORM_REPEATS = 2, FORM_WILDCARD = 4 };

struct form_field {
    const char *name;
    enum form_type type;
    size_t offset; /* of its place in the section */
    unsigned flags;
};

/* The table of a partner's fields, or of [own]'s. */
const struct form_field *form_fields(bool own, size_t *count);

/* Which field of the table has that name; FORM_FIELDS_MAX where none has. Case does not count, and
 * "_" is "-". */
size_t form_fields_index(bool own, const char *name);

/* Reads the value into its place in the section, a struct partner or form_own. A list grows. What
 * is wrong is added to the faults of `at`. False with `e` filled: memory. */
bool form_fields_set(const struct form_place *at, const struct form_field *f, void *section,
                     const char *value, struct error *e);

/* "name:line: field: "value" what", with as much of the value as fits; always false. */
bool form_fields_refuse(const struct form_place *at, const char *value, const char *what,
                        struct error *e);

#endif
