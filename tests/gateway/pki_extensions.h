/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a `cert` line, and the extensions that they put into the certificate. */
#ifndef LAB_PKI_EXTENSIONS_H
#define LAB_PKI_EXTENSIONS_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "script.h"

/* One `cert` line, read. */
struct pki_request {
    const struct statement *where;
    const char *name, *key, *issuer, *chain, *from, *to, *md, *aia, *ocsp, *crl[4], *eku, *dns, *ip,
        *same, *ku, *akid, *ext[8];
    size_t n_ext, n_crl;
    const struct word *cn, *o;
    bool ca, must_staple;
    long pad, serial, names, constraints;
};

void pki_set_extensions(X509 *x, X509 *issuer, const struct pki_request *r);

#endif
