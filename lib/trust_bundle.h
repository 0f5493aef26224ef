/* trust_bundle: a file of certificates that is parsed only when the first issuer is missed.
 *
 * Hides an X509_LOOKUP_METHOD. Parsing a distribution's bundle costs more than a whole check. */
#ifndef TRUST_BUNDLE_H
#define TRUST_BUNDLE_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

/* Whether the file can be read and its first certificate parsed. */
bool trust_bundle_readable(const char *path);

/* Adds the file to the store; `path` must outlive it. The caller frees the result after the store,
 * with trust_bundle_free. NULL: memory. */
X509_LOOKUP_METHOD *trust_bundle_lookup(X509_STORE *store, const char *path);
void trust_bundle_free(X509_LOOKUP_METHOD *method);

#endif
