/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_policy: what mail to a target has to meet, and how it is sent there.
 *
 * One for a whole command line, or one for each partner by its form. Gateways that are asked
 * for under different terms are judged apart, even where they share a session. Pure data. */
#ifndef POLICY_TLS_POLICY_H
#define POLICY_TLS_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/finding_code.h"
#include "policy/tls_profile.h"
#include "tls/trust.h"

struct sent_hello;

/* Postfix's smtp_tls_security_level. */
enum tls_level {
    LEVEL_MAY,
    LEVEL_ENCRYPT,
    LEVEL_FINGERPRINT,
    LEVEL_VERIFY,
    LEVEL_SECURE,
    LEVEL_DANE,
    LEVEL_DANE_ONLY
};

/* The levels at which TLSA records decide. */
bool tls_policy_is_dane(enum tls_level level);
/* The levels at which the certificate must be trusted and contain one of the names that match. */
bool tls_policy_verifies(enum tls_level level);

const char *tls_policy_level_name(enum tls_level level); /* "dane-only" */

enum { STATE_DEFAULT = -1 };

struct tls_policy {
    enum tls_level level;
    const char *const *match; /* "hostname", "nexthop", "dot-nexthop", names; as --match has them */
    size_t match_count;
    const char *const *fingerprints; /* lower-case SHA-256 hex */
    size_t fingerprint_count;
    int min_version;              /* TLS1_VERSION .. TLS1_3_VERSION */
    const char *min_version_name; /* "1.2" */
    const char *sni;              /* a name, "none", or NULL for the host's own */
    bool wrapper;                 /* TLS from the first byte (RFC 8314 3.3) */
    bool requiretls;              /* the gateway has to offer REQUIRETLS (RFC 8689) */
    bool tlsa;                    /* TLSA is asked for, and compared with the certificate */
    struct trust *trust;
    const struct sent_hello *hello;    /* that our mail server sends for mail by this policy; NULL:
                                          none    is sent */
    const struct tls_profile *profile; /* that gateways are compared with; NULL: none */
    const char *ca_file;     /* the form's, whose roots `trust` has; NULL: the command line's or the
                                system's */
    const char *client_cert; /* the file of the client certificate that `trust` has; NULL: none */
    bool own_certificate;    /* `trust` has the client certificate of the form */
    const char *sender;      /* "" is the null reverse-path */
    const char *recipient;   /* where a target has none of its own; NULL: none */
    bool refuses_plaintext;  /* the sender must be refused without TLS, */
    bool refuses_unverified; /* and with TLS where no client certificate is shown */
    const char *xclient_address, *xclient_name; /* as which client we ask; NULL: as ourselves */
    bool critical_only;                         /* what is WARNING counts as OK, unless by `on` */
    int on[FINDING_COUNT];                      /* a state, or STATE_DEFAULT */
};

/* Level verify at TLS 1.2, the null sender, every finding's own state; no match and no trust. */
void tls_policy_default(struct tls_policy *t);

/* Whether one session can serve both: whatever decides what our side does on the wire, and whom it
 * trusts, is the same. */
bool tls_policy_connects_alike(const struct tls_policy *a, const struct tls_policy *b);

#endif
