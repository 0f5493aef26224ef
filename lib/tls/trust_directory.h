/* SPDX-License-Identifier: BSD-2-Clause */
/* trust_directory: directories of certificates, each in a file that is named by a hash of its
 * subject, as openssl-rehash(1) makes them.
 *
 * Hides an X509_LOOKUP_METHOD that reads only the files of the issuer that is asked for, and only
 * regular ones: OpenSSL's own would wait for the writer of a FIFO. */
#ifndef TLS_TRUST_DIRECTORY_H
#define TLS_TRUST_DIRECTORY_H

#include <openssl/x509_vfy.h>
#include <stdbool.h>

#include "base/error.h"

/* Whether one of the directories, which are separated by colons as in SSL_CERT_DIR, holds a file
 * whose name is a hash. */
bool trust_directory_is_hashed(const char *list);

/* Whether one of the directories can be read, whatever it holds. */
bool trust_directory_is_there(const char *list);

/* Adds the directories to the store. The caller frees the result after the store, with
 * trust_directory_free. NULL: out of memory. */
X509_LOOKUP_METHOD *trust_directory_lookup(X509_STORE *store, const char *list);
void trust_directory_free(X509_LOOKUP_METHOD *method);

/* Whether one of the directories has a file by that name's hash that cannot be read, is damaged or
 * contains no certificate; `e` then says which and why. Adds the certificates of the others to the
 * store. */
bool trust_directory_fails(X509_STORE *store, const char *list, const X509_NAME *name,
                           struct error *e);

#endif
