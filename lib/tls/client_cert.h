/* SPDX-License-Identifier: BSD-2-Clause */
/* client_cert: a request for our certificate, and what its sender may find wrong with ours.
 *
 * Facts are copied and cleaned. Nothing is judged here. */
#ifndef TLS_CLIENT_CERT_H
#define TLS_CLIENT_CERT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/strings.h"

enum { CLIENT_CERT_CAS_MAX = 20 };

/* A request, and what we have for it; borrowed. */
struct client_cert_request {
    const STACK_OF(X509_NAME) * cas; /* that the peer names; NULL: any CA will do */
    X509 *own;                       /* NULL: we have no certificate */
    STACK_OF(X509) * chain;          /* that is sent with it; NULL: none is */
};

/* No text is NULL but in a zeroed struct. */
struct client_cert {
    size_t ca_count; /* how many CAs the peer names (RFC 8446 4.2.4, RFC 5246 7.4.4) */
    const char *cas; /* the first CLIENT_CERT_CAS_MAX of them, each with a newline */
    /* Of our certificate; zeroed and "" if we have none. */
    time_t not_before, not_after;
    bool no_purpose; /* an extended key usage without clientAuth (RFC 5280 4.2.1.12) */
    bool no_signing; /* a key usage without digitalSignature (RFC 8446 4.4.2.2, 4.4.2.3) */
    bool other_ca;   /* from none of the CAs that the peer names */
    const char *subject, *issuer;
    /* Of the chain that is sent with it; "" where there is no such certificate. */
    const char *expiring; /* its certificate that expires first, and when */
    time_t expires;
    const char *unlinked; /* the first one that did not issue the certificate before it */
};

/* Reads a request. Texts are kept in `texts`, which must outlive *out. */
void client_cert_read(const struct client_cert_request *r, struct strings *texts,
                      struct client_cert *out);

#endif
