/* terms: what mail to a target has to meet, and how it is sent there.
 *
 * One for a whole command line, or one for each partner: those of a form. Gateways that are asked
 * for under different terms are judged apart, even where they share a session. Pure data. */
#ifndef TERMS_H
#define TERMS_H

#include <stdbool.h>
#include <stddef.h>

#include "finding.h"
#include "trust.h"

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
bool level_is_dane(enum tls_level level);

const char *level_name(enum tls_level level); /* "dane-only" */

enum { STATE_DEFAULT = -1 };

struct terms {
    enum tls_level level;
    const char *const *match; /* "hostname", "nexthop", "dot-nexthop", names; as --match has them */
    size_t match_count;
    const char *const *fingerprints; /* lower-case SHA-256 hex */
    size_t fingerprint_count;
    int min_version;              /* TLS1_VERSION .. TLS1_3_VERSION */
    const char *min_version_name; /* "1.2" */
    const char *sni;              /* a name, "none", or NULL for the host's own */
    bool tlsa;                    /* TLSA is asked for, and held against the certificate */
    struct trust *trust;
    const char *sender;     /* "" is the null reverse-path */
    const char *recipient;  /* where a target has none of its own; NULL: none */
    bool refuses_plaintext; /* the sender must be refused without TLS */
    int on[FINDING_COUNT];  /* a state, or STATE_DEFAULT */
};

/* Level verify at TLS 1.2, the null sender, every finding's own state; no match and no trust. */
void terms_default(struct terms *t);

/* Whether one session can serve both: whatever decides what our side does on the wire, and whom it
 * trusts, is the same. */
bool terms_connect_alike(const struct terms *a, const struct terms *b);

#endif
