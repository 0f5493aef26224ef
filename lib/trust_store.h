/* trust_store: where trusted certificates come from: a bundle, or a directory of hashed ones. A
 * part of trust. */
#ifndef TRUST_STORE_H
#define TRUST_STORE_H

#include <pthread.h>

#include "trust.h"

struct trust_store {
    X509_STORE *x509;
    X509_LOOKUP_METHOD *bundle; /* NULL: a directory alone */
    pthread_rwlock_t filling;   /* shared: by whoever may be adding to it */
};

/* NULL with `e` filled where a file cannot be read or memory is short. */
struct trust_store *trust_store_new(const struct trust_config *config, struct err *e);
void trust_store_free(struct trust_store *s);

#endif
