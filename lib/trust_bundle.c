#include "trust_bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct bundle {
    const char *path;
    pthread_mutex_t lock;
    bool loaded;
};

bool trust_bundle_readable(const char *path)
{
    FILE *f = fopen(path, "re");
    X509 *x = f ? PEM_read_X509_AUX(f, NULL, NULL, NULL) : NULL;
    bool ok = x != NULL;

    X509_free(x);
    if (f)
        fclose(f);
    ERR_clear_error();
    return ok;
}

static void load(struct bundle *b, X509_STORE *store)
{
    FILE *f = fopen(b->path, "re");
    X509 *x;

    while (f && (x = PEM_read_X509_AUX(f, NULL, NULL, NULL))) {
        X509_check_purpose(x, -1, 0); /* has its extensions cached before other threads see it */
        X509_STORE_add_cert(store, x);
        X509_free(x);
    }
    if (f)
        fclose(f);
    ERR_clear_error();
}

static void load_once(struct bundle *b, X509_STORE *store)
{
    pthread_mutex_lock(&b->lock);
    if (!b->loaded)
        load(b, store);
    b->loaded = true;
    pthread_mutex_unlock(&b->lock);
}

static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
                      X509_OBJECT *out)
{
    X509_STORE *store = X509_LOOKUP_get_store(lookup);
    X509_OBJECT *found;
    X509 *x = NULL;

    if (type != X509_LU_X509)
        return 0;
    load_once(X509_LOOKUP_get_method_data(lookup), store);
    X509_STORE_lock(store);
    found = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), type, name);
    if (found)
        x = X509_OBJECT_get0_X509(found);
    if (x)
        X509_OBJECT_set1_X509(out, x);
    X509_STORE_unlock(store);
    /* The store takes its own reference of what it is handed; it stays in the store anyway. */
    X509_free(x);
    return x != NULL;
}

static void free_bundle(X509_LOOKUP *lookup)
{
    struct bundle *b = X509_LOOKUP_get_method_data(lookup);

    if (b)
        pthread_mutex_destroy(&b->lock);
    free(b);
}

X509_LOOKUP_METHOD *trust_bundle_lookup(X509_STORE *store, const char *path)
{
    X509_LOOKUP_METHOD *method = X509_LOOKUP_meth_new("bundle");
    struct bundle *b = calloc(1, sizeof *b);
    X509_LOOKUP *lookup = NULL;

    if (method && b) {
        *b = (struct bundle){.path = path};
        pthread_mutex_init(&b->lock, NULL);
        X509_LOOKUP_meth_set_get_by_subject(method, by_subject);
        X509_LOOKUP_meth_set_free(method, free_bundle);
        lookup = X509_STORE_add_lookup(store, method);
    }
    if (!lookup || !X509_LOOKUP_set_method_data(lookup, b)) {
        free(b);
        X509_LOOKUP_meth_free(method);
        return NULL;
    }
    return method;
}

void trust_bundle_free(X509_LOOKUP_METHOD *method)
{
    X509_LOOKUP_meth_free(method);
}
