/* form: the partner's form as a file (contract: docs/mailtls-partner.5): INI text to partners and to our own side.
 *
 * Hides the table of fields and their values' syntax. Pure: it opens nothing; file names in it are made whole from the
 * form's own path. Who reads the file owns the text, form_clear frees everything else. */
#ifndef FORM_H
#define FORM_H

#include "err.h"
#include "terms.h"

/* A declared gateway. */
struct form_gateway {
    char *name;       /* ASCII, lower case; or an address */
    unsigned port;    /* 0: none was given */
};

struct form_list {
    char **at;
    size_t count;
};

struct form_gateways {
    struct form_gateway *at;
    size_t count;
};

struct partner {
    char *id;             /* the section's name, what --partner takes */
    char *file;           /* that it stands in, as it was named */
    int line;             /* of its section */
    char *company, *address, *contact_name, *contact_email, *contact_phone, *contact_mobile, *ca_url; /* cleaned; "" */
    struct form_list domains;     /* ASCII, lower case; "*.tuv.com" stays as it is */
    struct form_list subdomains;
    struct form_gateways gateways;
    struct form_list cns, issuers; /* cleaned, as written */
    bool pinned;
    char *ca_file;                 /* whole path, or NULL */
    bool outbound, inbound;        /* direction */
    enum tls_level level;
    struct form_list match;        /* "" count 0: the level's default */
    struct form_list fingerprints;
    int min_version;               /* TLS1_2_VERSION */
    const char *min_version_name;
    int on[FINDING_COUNT];         /* a state, or STATE_DEFAULT */
};

/* Our own side: [own]. */
struct form_own {
    bool given;
    char *file;
    int line;
    struct form_gateways gateways;
    char *recipient;                /* or NULL */
    char *sni;                      /* "none", a name, or NULL: not said */
    struct form_list postfix_policy, postfix_access;   /* "texthash:/etc/postfix/tls_policy", in the order of look-up */
    char *postfix_transport;        /* "texthash:...", or NULL */
    char *exim_config;
};
