/* SPDX-License-Identifier: BSD-2-Clause */
/* trust_store: where trusted certificates come from: a bundle, or a directory of hashed ones. A
 * part of trust. */
#ifndef TLS_TRUST_STORE_H
#define TLS_TRUST_STORE_H

#include <pthread.h>

#include "tls/trust.h"

struct trust_store {
    X509_STORE *x509;
    X509_LOOKUP_METHOD *directory; /* NULL: none */
    char *directories;             /* that it reads, separated by colons; NULL: none */
    pthread_rwlock_t filling;      /* shared: by whoever may be adding to it */
    char empty[256]; /* why it contains no certificate, and the cure; "" where it does */
};

/* NULL with `e` filled where a file cannot be read or memory is short. */
struct trust_store *trust_store_new(const struct trust_config *config, struct error *e);
void trust_store_free(struct trust_store *s);

#endif
