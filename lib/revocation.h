/* revocation: what an OCSP response (RFC 6960) or a CRL (RFC 5280 5) says about one certificate.
 *
 * Hides OpenSSL's OCSP and CRL parts. It fetches nothing and trusts nobody but the certificate's
 * issuer, and whom that one appointed. Takes facts that hold their DER. */
#ifndef REVOCATION_H
#define REVOCATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cert.h"

enum revocation_status {
    REVOCATION_UNCHECKED,
    REVOCATION_GOOD,
    REVOCATION_REVOKED,
    REVOCATION_UNKNOWN, /* the responder does not know the certificate */
    REVOCATION_INVALID, /* no answer that counts: `why` */
    REVOCATION_LOCAL    /* our memory ran out */
};

struct revocation_fact {
    enum revocation_status status;
    time_t since;    /* revoked, 0 where that is not said */
    char reason[32]; /* of the revocation, or "" */
    char why[160];
};

/* What was found out about one certificate from those it names. */
struct revocation_check {
    char sha256[CERT_SHA256_HEX];
    atomic_bool done; /* what follows is final */
    struct revocation_fact ocsp, crl;
};

enum { REVOCATION_OCSP_MAX = 65536, REVOCATION_CRL_MAX = 16 * 1024 * 1024 };

/* Reads an OCSP response. `now` 0: whether it is fresh is not looked at. Always fills *out. */
void revocation_ocsp(const struct cert_facts *cert, const struct cert_facts *issuer,
                     const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out);

/* The request for a responder (RFC 6960 4.1.1), without nonce (RFC 5019 2.1.1); to be freed. NULL:
 * memory. */
unsigned char *revocation_request(const struct cert_facts *cert, const struct cert_facts *issuer,
                                  size_t *len);

/* Reads a whole CRL, DER or PEM. Delta and indirect CRLs (RFC 5280 5.2.4, 5.2.5) do not count. */
void revocation_crl(const struct cert_facts *cert, const struct cert_facts *issuer,
                    const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out);

#endif
