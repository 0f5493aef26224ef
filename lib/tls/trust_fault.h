/* SPDX-License-Identifier: BSD-2-Clause */
/* trust_fault: one fault that OpenSSL reports while it verifies a path, as a fact. A part of trust.
 */
#ifndef TLS_TRUST_FAULT_H
#define TLS_TRUST_FAULT_H

#include "tls/trust.h"

/* Adds the fault that the verify callback of `ctx` reports, as `code`, unless the list has that
 * code at that depth already or is full. `directories` are the trust store's, as in SSL_CERT_DIR;
 * NULL: none. False: memory. */
bool trust_fault_add(struct trust_faults *list, X509_STORE_CTX *ctx, int code,
                     const char *directories);
void trust_fault_clear(struct trust_faults *list);

#endif
