/* SPDX-License-Identifier: BSD-2-Clause */
/* cert_key: the key of a certificate, and how it is signed. A part of cert. */
#ifndef TLS_CERT_KEY_H
#define TLS_CERT_KEY_H

#include "tls/cert.h"

/* Fills `kind`, `curve`, `key_bits`, `key` ("unknown key" where it cannot be read) and `signature`.
 * A lack of memory sets texts.failed. */
void cert_key_read(X509 *x, struct cert_facts *out);

#endif
