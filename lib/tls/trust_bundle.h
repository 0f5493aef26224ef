/* SPDX-License-Identifier: BSD-2-Clause */
/* trust_bundle: a file of trusted certificates in PEM, taken whole or not at all.
 *
 * Hides how PEM is taken apart. OpenSSL's own readers stop at the first block that they cannot read
 * and say nothing about those that follow; here the position is an error. */
#ifndef TLS_TRUST_BUNDLE_H
#define TLS_TRUST_BUNDLE_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Adds all certificates of a text to the store; *count is how many. False with `e` filled: one of
 * them cannot be read ("line 33: ..."), the text is another format (DER, PKCS#7, PKCS#12), or
 * memory is short; those before it were added. */
bool trust_bundle_add(X509_STORE *store, const char *text, size_t len, size_t *count,
                      struct error *e);

/* The certificate of that name, which the store has already, for a lookup's answer. True: found. */
bool trust_bundle_find(X509_STORE *store, const X509_NAME *name, X509_OBJECT *out);

#endif
