/* SPDX-License-Identifier: BSD-2-Clause */
/* The statements of an issuer about a certificate, made when the gateway is set up: OCSP responses
 * and CRLs. */
#ifndef LAB_STAPLE_H
#define LAB_STAPLE_H

#include <openssl/ssl.h>

#include "lab.h"
#include "pki.h"
#include "tls.h"

/* The DER of an OCSP response. `what` is good, revoked, unknown, stale (ended yesterday), other
 * (about another serial number), stranger (signed by one), delegate (signed by one whom the issuer
 * appointed), critical (the answer has an unknown critical extension), twice (good, then revoked)
 * or garbage. */
struct buf staple_response(struct lab *lab, const struct statement *s, const struct cert *cert,
                           const char *what);

/* The DER of the issuer's CRL: good, revoked (lists the certificate), stale, stranger, critical (it
 * has an unknown critical extension), entry-critical (the entry of another certificate has one) or
 * garbage. */
struct buf staple_crl(struct lab *lab, const struct statement *s, const struct cert *cert,
                      const char *what);

/* A staple about whichever certificate is served, the named one or the options' second. */
void staple_set(struct lab *lab, const struct statement *s, SSL_CTX *ctx,
                const struct tls_options *o, const char *cert);

#endif
