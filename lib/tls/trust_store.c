/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "tls/trust_bundle.h"
#include "tls/trust_directory.h"

/* The directory is read for one issuer at a time, a bundle as a whole, which takes 38 ms. */
void trust_paths(const struct trust_config *config, const char **file, const char **dir)
{
    *file = config->ca_file;
    *dir = config->ca_dir;
    if (config->ca_file || config->ca_dir)
        return;
    *dir = config->env_dir ? config->env_dir : X509_get_default_cert_dir();
    *file = config->env_file ? config->env_file : X509_get_default_cert_file();
    if (!trust_directory_is_hashed(*dir))
        *dir = NULL;
    else if (!config->env_file)
        *file = NULL;
}

/* What errors call the file of certificates: its option, variable or origin; never NULL, not to be
 * freed. */
static const char *file_label(const struct trust_config *c)
{
    if (c->ca_file)
        return c->ca_file_label ? c->ca_file_label : "--ca-file";
    return c->env_file ? "SSL_CERT_FILE" : "the system's trust store";
}

/* Adds a file's certificates; *count is how many. One that c->ca_file gives must be readable. Any
 * other need not: then true, and s->empty is the reason. False with `e` filled. */
static bool use_file(struct trust_store *s, const struct trust_config *c, const char *path,
                     size_t *count, struct error *e)
{
    struct error why = {0};
    size_t len;
    char *text = file_read(path, FILE_BUNDLE_MAX, &len, &why);
    bool ok;

    *count = 0;
    if (!text && why.cause == ERROR_FILE && !c->ca_file) {
        text_format(s->empty, sizeof s->empty, "%.200s", why.text);
        return true;
    }
    if (!text && why.cause == ERROR_FILE)
        return error_set(e, ERROR_FILE, "%s: %s", file_label(c), why.text);
    if (!text) {
        *e = why;
        return false;
    }
    ok = trust_bundle_add(s->x509, text, len, count, &why);
    free(text);
    if (!ok && why.cause == ERROR_FILE)
        return error_set(e, ERROR_FILE, "%s: \"%.100s\"%s %s", file_label(c), path,
                         strncmp(why.text, "line", 4) == 0 ? "," : "", why.text);
    if (!ok)
        *e = why;
    return ok;
}

/* Fills s->empty: why nothing is trusted, for people. It is "" before, or the reason why the file
 * could not be read, with which the text then begins. `file` or `dir` may be NULL, not both. */
static void note_empty(struct trust_store *s, const struct trust_config *c, const char *file,
                       const char *dir)
{
    if (c->ca_dir)
        text_format(
            s->empty, sizeof s->empty,
            "--ca-dir: \"%.100s\" contains no certificate with a hashed name: run openssl rehash",
            c->ca_dir);
    else if (c->ca_file)
        text_format(s->empty, sizeof s->empty, "%s: \"%.100s\" contains no certificate",
                    file_label(c), c->ca_file);
    else if (s->empty[0]) /* the file's error */
        text_append(s->empty, sizeof s->empty, "; install ca-certificates or give --ca-file");
    else
        text_format(s->empty, sizeof s->empty,
                    "\"%.100s\" contains no certificate; install ca-certificates or give --ca-file",
                    file ? file : dir);
}

/* Has the store look up certificates in `dir`, a list separated by colons, which is copied. False
 * with `e` filled: memory; trust_store_free frees what was made. */
static bool use_directory(struct trust_store *s, const char *dir, struct error *e)
{
    s->directories = strdup(dir);
    s->directory = trust_directory_lookup(s->x509, dir);
    return (s->directories && s->directory) || error_memory(e);
}

/* Adds the file and the directory of the configuration to a new store. s->empty is "" unless there
 * is nothing to trust. False with `e` filled; trust_store_free frees. */
static bool fill(struct trust_store *s, const struct trust_config *c, struct error *e)
{
    const char *file, *dir;
    bool hashed;
    size_t count = 0;

    if (c->ca_file) /* what the administrator gives is an anchor as it is, self-signed or not */
        X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(s->x509), X509_V_FLAG_PARTIAL_CHAIN);
    trust_paths(c, &file, &dir);
    hashed = dir && trust_directory_is_hashed(dir);
    if (c->ca_dir && !hashed && !trust_directory_is_there(c->ca_dir))
        return error_set(e, ERROR_FILE, "--ca-dir: \"%.150s\" is not a directory that can be read",
                         c->ca_dir);
    if (hashed && !use_directory(s, dir, e))
        return false;
    if (file && !use_file(s, c, file, &count, e))
        return false;
    if (hashed || count > 0)
        s->empty[0] = '\0';
    else
        note_empty(s, c, file, dir);
    return true;
}

/* Makes a lock whose writer goes first, or a thousand readers in a row would starve it. */
static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

struct trust_store *trust_store_new(const struct trust_config *config, struct error *e)
{
    struct trust_store *s = calloc(1, sizeof *s);

    if (s)
        s->x509 = X509_STORE_new();
    if (!s || !s->x509) {
        free(s);
        error_memory(e);
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
    trust_directory_free(s->directory);
    free(s->directories);
    pthread_rwlock_destroy(&s->filling);
    free(s);
}
