/* SPDX-License-Identifier: BSD-2-Clause */
/* revocation: what an OCSP response (RFC 6960) says about one certificate, and the facts that it
 * shares with a CRL.
 *
 * Hides OpenSSL's OCSP parts. It fetches nothing and trusts nobody but the certificate's issuer,
 * and whom that one appointed. Takes facts that hold their DER. */
#ifndef TLS_REVOCATION_H
#define TLS_REVOCATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/hash.h"
#include "tls/cert.h"

enum revocation_status {
    REVOCATION_UNCHECKED,
    REVOCATION_GOOD,
    REVOCATION_REVOKED,
    REVOCATION_UNKNOWN, /* the responder does not know the certificate */
    REVOCATION_INVALID, /* no answer that counts: `why` */
    REVOCATION_UNNAMED, /* the certificate names nobody who could be asked */
    REVOCATION_LOCAL    /* our memory ran out */
};

struct revocation_fact {
    enum revocation_status status;
    time_t since;    /* revoked, 0 where that is not said */
    char reason[32]; /* of the revocation, or "" */
    char why[160];
};

/* The answer of the responders or lists that a certificate names, and its URL, a string of the
 * certificate's; if nobody answered, each URL and the reason. */
struct revocation_source {
    struct revocation_fact fact;
    const char *url;
    char tried[400];
};

/* The revocation facts of one certificate. */
struct revocation_check {
    char sha256[CERT_SHA256_HEX];
    atomic_bool done; /* what follows is final */
    struct revocation_source ocsp, crl;
};

/* The revocation facts of all certificates, each once. Begins zeroed; revocation_checks_clear
 * frees. */
struct revocation_checks {
    struct revocation_check *at;
    size_t count;
    struct hash by_digest; /* indices */
};

/* Adds a certificate that is not there yet, unchecked. False: memory. */
bool revocation_checks_add(struct revocation_checks *l, const char *sha256);

/* The check of a certificate; NULL: it is not there. */
const struct revocation_check *revocation_checks_find(const struct revocation_checks *l,
                                                      const char *sha256);
void revocation_checks_clear(struct revocation_checks *l);

enum { REVOCATION_OCSP_MAX = 65536 };

/* Reads an OCSP response. `now` 0: whether it is fresh is not looked at. Always fills *out. */
void revocation_ocsp(const struct cert_facts *cert, const struct cert_facts *issuer,
                     const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out);

/* The request for a responder (RFC 6960 4.1.1), without nonce (RFC 5019 2.1.1); to be freed. NULL:
 * memory. */
unsigned char *revocation_request(const struct cert_facts *cert, const struct cert_facts *issuer,
                                  size_t *len);

/* Whether an answer of that time that ends at `to` (0: never) is fresh at `now` (0: not looked at),
 * give or take five minutes (RFC 6960 4.2.2.1, RFC 5280 5.1.2.4 and 5.1.2.5). False: *out says why.
 */
bool revocation_is_fresh(time_t from, time_t to, time_t now, struct revocation_fact *out);

/* `reason` as in RFC 5280 5.3.1, -1: none. */
void revocation_note_revoked(struct revocation_fact *out, time_t since, int reason);

#endif
