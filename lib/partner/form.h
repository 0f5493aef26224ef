/* SPDX-License-Identifier: BSD-2-Clause */
/* form: the partner's form as a file (docs/mailtls-partner.5): INI text to partners and our own
 * side.
 *
 * Hides the fields and their syntax. Pure: it opens nothing; names of files in a form are made
 * whole by the form's own. The caller owns the text that is read; form_clear frees all else. */
#ifndef PARTNER_FORM_H
#define PARTNER_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"
#include "base/hash.h"
#include "policy/tls_policy.h"

enum {
    FORM_PARTNERS_MAX = 10000,
    FORM_LIST_MAX = 1024, /* entries of one field */
    FORM_TEXT_MAX = 255,  /* bytes of a text */
    FORM_FIELDS_MAX = 48, /* of a section */
    FORM_FAULTS_MAX = 100 /* of a file */
};

/* An error of a form, "path:line: field: text". */
struct form_fault {
    char text[256];
};

/* In the order in which they were found. Begins zeroed; free(at) frees it. */
struct form_faults {
    struct form_fault *at;
    size_t count;
    bool basic; /* somebody who wrote one of the files has not seen a form yet */
};

struct form_list {
    char **at;
    size_t count;
};

struct form_gateway {
    char *name;    /* ASCII, lower case; a partner's may be "*.example.com"; or an address, as
                    * inet_ntop writes it */
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
    char *file; /* that it is in, clean */
    int line;   /* of its heading */
    char *company, *address;
    char *contact_name, *contact_email, *contact_phone, *contact_mobile;
    char *contact_urgent, *contact_second;
    struct form_list domains;    /* at least one; a wildcard stays "*.example.com" */
    struct form_list subdomains; /* each below a wildcard */
    struct form_gateways gateways;
    struct form_list cns, issuers; /* texts */
    bool pinned;
    bool wrapper;      /* TLS from the first byte */
    bool fixed_route;  /* our mail goes to `gateways`, whatever the MX records are */
    bool requiretls;   /* the gateways offer REQUIRETLS (RFC 8689) */
    char *tls_profile; /* a name, or a whole path; or NULL */
    char *ca_file;     /* whole paths, or NULL */
    char *client_cert, *client_key;
    char *ca_url;
    bool outbound, inbound;
    enum tls_level level;
    struct form_list match;         /* as option_value_match has them; none: the level's own */
    struct form_list fingerprints;  /* lower-case SHA-256; some at LEVEL_FINGERPRINT only */
    int min_version;                /* TLS1_2_VERSION */
    const char *min_version_name;   /* "1.2" */
    int on[FINDING_COUNT];          /* a state, or STATE_DEFAULT */
    enum tls_level inbound_level;   /* what mail from it must have: LEVEL_ENCRYPT or LEVEL_VERIFY */
    struct form_list sending_hosts; /* addresses, networks or names */
    struct form_list sending_certs; /* names of the partner's client certificates */
    char *xclient_address, *xclient_name;     /* as which host we ask our gateways, or NULL */
    time_t signed_on, valid_until, review_on; /* midnight UTC of that day; 0: not given */
};

/* Our own side: [own]. */
struct form_own {
    bool given;
    char *file;
    int line;
    struct form_gateways gateways;
    char *recipient;             /* a mailbox, or NULL */
    char *sni;                   /* a name, "none", or NULL where nothing is said */
    struct form_list domains;    /* of ours; ASCII, lower case */
    struct form_list postfix;    /* whole paths of configuration directories */
    char *exim;                  /* "default", the whole path of a configuration, or NULL */
    struct form_list senders;    /* mailboxes; none: postmaster at each of `domains` */
    struct form_list recipients; /* mailboxes of partners; none: postmaster at each domain */
    struct form_gateways relay;  /* relays that are ours */
    struct form_list internal;   /* addresses and networks of our own hops */
    char *verify_sender;         /* a mailbox, or NULL */
};

/* The contents of all files that were read. Begins zeroed. */
struct form {
    struct partner *at; /* in the order of reading */
    size_t count;
    struct hash ids; /* of the partners: their indices */
    struct form_own own;
    struct form_faults faults; /* of all files that were wrong */
};

/* Adds the partners of one file. `path` is where it was read from: it names the file in messages,
 * and relative paths are taken from its directory. False with `e` filled, "path:line: field: ...",
 * where the file is malformed, a field wrong, or a partner or [own] there already: then *form is as
 * it was, but for its faults, which have every error of the file; the first is in `e`. */
bool form_read(const char *path, const char *text, size_t len, struct form *form, struct error *e);

void form_clear(struct form *form);

/* Adds an error. False: memory. */
bool form_faults_add(struct form_faults *f, const char *text);

/* NULL: none of that id. */
const struct partner *form_partner(const struct form *form, const char *id);

/* The i-th domain that takes mail: `domains`, a wildcard as its apex, then `subdomains`. NULL
 * after the last. */
const char *form_domain(const struct partner *p, size_t i);

/* The i-th name whose mail the form is about: as form_domain, but a wildcard is its apex and then
 * itself, "*.example.com". NULL after the last. */
const char *form_name(const struct partner *p, size_t i);

/* Whether a name is below a wildcard of the partner's domains; the apex is not. */
bool form_covers(const struct partner *p, const char *name);

#endif
