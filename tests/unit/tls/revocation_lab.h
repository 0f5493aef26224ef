/* SPDX-License-Identifier: BSD-2-Clause */
/* revocation_lab: a CA, one of the same name, a certificate of the first, and lists about it. */
#ifndef REVOCATION_LAB_H
#define REVOCATION_LAB_H

#include "tls/cert.h"
#include "unit/tls/pki.h"

/* The URL of the certificate's first distribution point. */
#define REVOCATION_LAB_URL "http://crl.example/c.crl"

struct revocation_lab {
    struct pki ca, other, leaf;
    struct cert_facts issuer, cert;
    time_t now;
};

/* Facts that keep the certificate. */
void revocation_lab_facts(X509 *x, struct cert_facts *f);

void revocation_lab_open(struct revocation_lab *l, bool ca);
void revocation_lab_close(struct revocation_lab *l);

/* The leaf's facts anew, after its extensions have changed. */
void revocation_lab_refresh(struct revocation_lab *l);

/* A distribution point more in the leaf: a URL, the issuer of its CRLs, the bits of its reasons;
 * each may be NULL. */
void revocation_lab_point(struct revocation_lab *l, const char *url, X509 *crl_issuer,
                          const int *reasons);

/* A CRL of `by`, with an issuing distribution point as openssl.cnf has it, or NULL. */
X509_CRL *revocation_lab_crl(const struct revocation_lab *l, const struct pki *by,
                             const char *point, bool delta);

/* Lists a certificate; `reason` as in RFC 5280 5.3.1, -1: none. */
void revocation_lab_revoke(X509_CRL *crl, const struct revocation_lab *l, X509 *x, int reason);

#endif
