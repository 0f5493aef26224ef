/* SPDX-License-Identifier: BSD-2-Clause */
/* cert_check: whether what a gateway serves passes, as a TLS policy requires.
 *
 * Hides what decides at which level: the trust store, TLSA records or fingerprints, and which names
 * count. It returns what fails and words nothing. Pure. */
#ifndef JUDGE_CERT_CHECK_H
#define JUDGE_CERT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "policy/finding_code.h"
#include "policy/tls_policy.h"
#include "probe/resolve.h"
#include "tls/trust.h"

enum cert_check_kind {
    CERT_CHECK_UNTRUSTED,   /* `fault` */
    CERT_CHECK_NO_ROOTS,    /* our trust store is empty, so that nothing is trusted */
    CERT_CHECK_UNREADABLE,  /* `fault`: a file of our trust store cannot be read */
    CERT_CHECK_WEAK,        /* `fault` */
    CERT_CHECK_EXPIRED,     /* `cert` */
    CERT_CHECK_EARLY,       /* `cert` is not valid yet */
    CERT_CHECK_FINGERPRINT, /* none of the policy's */
    CERT_CHECK_TLSA,        /* usable records, none matches */
    CERT_CHECK_DANE_NAME,   /* matched by DANE-TA, for none of the names (RFC 7672 3.2.2) */
    CERT_CHECK_NAME,        /* for none of the names that the policy's match gives */
    CERT_CHECK_CN_ONLY      /* for one of them by its CN alone */
};

struct cert_failure {
    enum cert_check_kind kind;
    const struct trust_fault *fault;
    const struct cert_facts *cert;
};

/* Begins zeroed; cert_check_clear frees it. */
struct cert_failures {
    struct cert_failure *at;
    size_t count;
    bool failed; /* memory ran out */
};

/* Whether TLSA records decide: at the dane levels, where there are usable ones. */
bool cert_check_is_dane(const struct tls_policy *policy, const struct trust_facts *f);

/* Whether the dates of the path count: not where a fingerprint or DANE-EE decides (RFC 7672
 * 3.1.1), nor where no TLSA record matches, which says it all. */
bool cert_check_has_dates(const struct tls_policy *policy, const struct trust_facts *f);

/* Adds what fails of trust, dates and strength, or of DANE, or of the fingerprints, at `now`. At
 * the levels that do not verify it adds what would fail. */
void cert_check_chain(const struct tls_policy *policy, const struct trust_facts *f, time_t now,
                      struct cert_failures *out);

/* Adds what fails of the names for mail to `t` that goes to `h`. */
void cert_check_names(const struct tls_policy *policy, const struct resolve_target *t,
                      const struct resolve_host *h, const struct trust_facts *f,
                      struct cert_failures *out);

/* The same, but only of the names that count with DANE-TA. */
void cert_check_dane_names(const struct tls_policy *policy, const struct resolve_target *t,
                           const struct resolve_host *h, const struct trust_facts *f,
                           struct cert_failures *out);

/* The finding that a failure is. */
enum finding_code cert_check_code(enum cert_check_kind kind);

void cert_check_clear(struct cert_failures *l);

#endif
