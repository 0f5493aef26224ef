/* form: the partner's form as a file (docs/mailtls-partner.5): INI text to partners and our own
 * side.
 *
 * Hides the fields and their syntax. Pure: it opens nothing; names of files in a form are made
 * whole by the form's own. The caller owns the text that is read; form_clear frees all else. */
#ifndef FORM_H
#define FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "terms.h"

enum {
    FORM_PARTNERS_MAX = 10000,
    FORM_LIST_MAX = 1024, /* entries of one field */
    FORM_TEXT_MAX = 255,  /* bytes of a text */
    FORM_FIELDS_MAX = 32  /* of a section */
};

struct form_list {
    char **at;
    size_t count;
};

struct form_gateway {
    char *name;    /* ASCII, lower case; or an address, as inet_ntop writes it */
    unsigned port; /* 0: none was given */
};

struct form_gateways {
    struct form_gateway *at;
    size_t count;
};

/* A partner as its section declares it. Texts are clean and "" where there is none; names are ASCII
 * and lower case. */
struct partner {
    char *id;   /* of the section */
    char *file; /* that it stands in, clean */
    int line;   /* of its heading */
    char *company, *address;
    char *contact_name, *contact_email, *contact_phone, *contact_mobile;
    struct form_list domains;    /* at least one; a wildcard stays "*.example.com" */
    struct form_list subdomains; /* each below a wildcard */
    struct form_gateways gateways;
    struct form_list cns, issuers; /* texts */
    bool pinned;
    char *ca_file; /* whole path, or NULL */
    char *ca_url;
    bool outbound, inbound;
    enum tls_level level;
    struct form_list match;        /* as value_match has them; none: the level's own */
    struct form_list fingerprints; /* lower-case SHA-256; some at LEVEL_FINGERPRINT only */
    int min_version;               /* TLS1_2_VERSION */
    const char *min_version_name;  /* "1.2" */
    int on[FINDING_COUNT];         /* a state, or STATE_DEFAULT */
};

/* Our own side: [own]. */
struct form_own {
    bool given;
    char *file;
    int line;
    struct form_gateways gateways;
    char *recipient; /* a mailbox, or NULL */
    char *sni;       /* a name, "none", or NULL where nothing is said */
    /* "TYPE:/whole/path", in the order of look-up */
    struct form_list postfix_policy, postfix_access;
    char *postfix_transport;    /* the same, or NULL */
    char *exim_config;          /* whole path, or NULL */
    int lines[FORM_FIELDS_MAX]; /* of the fields, for form_own_wrong */
};

/* What all files that were read say together. Begins zeroed. */
struct form {
    struct partner *at; /* in the order of reading */
    size_t count;
    struct form_own own;
};

/* Adds the partners of one file. `path` is where it was read from: it names the file in messages,
 * and relative paths are taken from its directory. False with `e` filled, "path:line: field: ...",
 * and *form as it was, where the file is malformed, a field wrong, or a partner or [own] there
 * already. */
bool form_read(const char *path, const char *text, size_t len, struct form *form, struct err *e);

void form_clear(struct form *form);

/* Puts before an error about what a field of [own] names where that field stands, unless it is
 * about memory: "path:line: field: text". Always false. */
bool form_own_wrong(const struct form_own *own, const char *field, struct err *e);

/* NULL: none of that id. */
const struct partner *form_partner(const struct form *form, const char *id);

/* The i-th domain that takes mail: `domains`, a wildcard as its apex, then `subdomains`. NULL
 * behind the last. */
const char *form_domain(const struct partner *p, size_t i);

/* Whether a name is below a wildcard of the partner's domains; the apex is not. */
bool form_covers(const struct partner *p, const char *name);

#endif
