#include "trust_store.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "trust_bundle.h"

static bool has_hashes(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;
    bool found = false;

    while (d && !found && (e = readdir(d)))
        found = fnmatch("????????.[0-9]*", e->d_name, 0) == 0;
    if (d)
        closedir(d);
    return found;
}

/* As in SSL_CERT_DIR, it may be several, separated by colons. */
static bool is_hashed_directory(const char *list)
{
    char path[512];
    bool found = false;

    while (!found && *list) {
        size_t len = strcspn(list, ":");

        snprintf(path, sizeof path, "%.*s", (int)len, list);
        found = len < sizeof path && has_hashes(path);
        list += len + (list[len] == ':');
    }
    return found;
}

static bool use_directory(struct trust_store *s, const char *path, struct err *e)
{
    X509_LOOKUP *lookup = X509_STORE_add_lookup(s->x509, X509_LOOKUP_hash_dir());

    if (!lookup || !X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM))
        return err_memory(e);
    return true;
}

/* The directory is read for one issuer at a time, the bundle as a whole: 38 ms, so it is last. */
void trust_paths(const struct trust_config *config, const char **file, const char **dir)
{
    *file = config->ca_file;
    *dir = config->ca_dir;
    if (config->ca_file || config->ca_dir)
        return;
    *dir = config->env_dir ? config->env_dir : X509_get_default_cert_dir();
    *file = config->env_file ? config->env_file : X509_get_default_cert_file();
    if (!is_hashed_directory(*dir))
        *dir = NULL;
    else if (!config->env_file)
        *file = NULL;
}

static bool fill(struct trust_store *s, const struct trust_config *c, struct err *e)
{
    const char *file, *dir;

    if (c->ca_dir && !is_hashed_directory(c->ca_dir))
        return err_set(e, ERR_FILE,
                       "--ca-dir: \"%s\" is no directory of hashed certificates (openssl rehash)",
                       c->ca_dir);
    if (c->ca_file && !trust_bundle_readable(c->ca_file))
        return err_set(e, ERR_FILE, "--ca-file: \"%s\" cannot be read or holds no certificate",
                       c->ca_file);
    if (c->ca_file) /* what the administrator gives is an anchor as it is, self-signed or not */
        X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(s->x509), X509_V_FLAG_PARTIAL_CHAIN);
    trust_paths(c, &file, &dir);
    if (dir && !use_directory(s, dir, e))
        return false;
    if (!file)
        return true;
    s->bundle = trust_bundle_lookup(s->x509, file);
    return s->bundle ? true : err_memory(e);
}

/* The writer goes first, or a thousand readers in a row would starve it. */
static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

struct trust_store *trust_store_new(const struct trust_config *config, struct err *e)
{
    struct trust_store *s = calloc(1, sizeof *s);

    if (s)
        s->x509 = X509_STORE_new();
    if (!s || !s->x509) {
        free(s);
        err_memory(e);
        return NULL;
    }
    init_lock(&s->filling);
    if (fill(s, config, e))
        return s;
    trust_store_free(s);
    return NULL;
}

void trust_store_free(struct trust_store *s)
{
    if (!s)
        return;
    X509_STORE_free(s->x509);
    trust_bundle_free(s->bundle);
    pthread_rwlock_destroy(&s->filling);
    free(s);
}
