/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "tls/trust_bundle.h"

/* Certificates of one hash: a name has one, while its CA renews its root two. */
enum { SAME_HASH_MAX = 64 };

/* Takes the next directory off a list separated by colons, of which *list is then the rest, and
 * copies it to `path`; empty and too long ones are skipped. False: none is left. */
static bool next_directory(const char **list, char *path, size_t cap)
{
    while (**list) {
        size_t len = strcspn(*list, ":");
        bool fits = len > 0 && len < cap;

        if (fits)
            snprintf(path, cap, "%.*s", (int)len, *list);
        *list += len + ((*list)[len] == ':');
        if (fits)
            return true;
    }
    return false;
}

/* Whether the directory can be read, and holds a file whose name is a hash and a number. */
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

bool trust_directory_is_hashed(const char *list)
{
    char path[PATH_MAX];
    bool found = false;

    while (!found && next_directory(&list, path, sizeof path))
        found = has_hashes(path);
    return found;
}

bool trust_directory_is_there(const char *list)
{
    char path[PATH_MAX];
    DIR *d = NULL;

    while (!d && next_directory(&list, path, sizeof path))
        d = opendir(path);
    if (d)
        closedir(d);
    return d != NULL;
}

/* Adds the certificates of one file. False with `e` filled where it cannot be read, or is damaged,
 * or contains none; those before the damage were added. */
static bool load_file(X509_STORE *store, const char *path, struct error *e)
{
    struct error why;
    size_t len, count;
    char *text = file_read(path, FILE_CERT_MAX, &len, e);
    bool ok;

    if (!text)
        return false;
    ok = trust_bundle_add(store, text, len, &count, &why);
    free(text);
    if (!ok)
        return error_set(e, why.cause, "\"%.150s\", %s", path, why.text);
    if (count == 0)
        return error_set(e, ERROR_FILE, "\"%.150s\": contains no certificate", path);
    return true;
}

/* Whether there is no file of that name; false for a dangling link, which is there, too, and where
 * another error hides whether there is one. */
static bool is_missing(const char *path)
{
    struct stat st;

    return lstat(path, &st) != 0 && errno == ENOENT;
}

/* Adds the certificates of HASH.0, HASH.1 and so on, up to the first number that is missing; true
 * where there is not even the first. False with `e` filled, of the last such file, where files
 * cannot be used; the others were added. */
static bool load_hash(X509_STORE *store, const char *directory, unsigned long hash, struct error *e)
{
    bool ok = true;

    for (unsigned i = 0; i < SAME_HASH_MAX; i++) {
        char path[PATH_MAX + 32];

        snprintf(path, sizeof path, "%s/%08lx.%u", directory, hash, i);
        if (is_missing(path))
            break;
        ok = load_file(store, path, e) && ok;
    }
    return ok;
}

/* For OpenSSL: looks up a certificate with that name. 1 with *out filled, which holds a reference
 * of its own, or 0. Files that cannot be used are passed over. */
static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
                      X509_OBJECT *out)
{
    X509_STORE *store = X509_LOOKUP_get_store(lookup);
    const char *list = X509_LOOKUP_get_method_data(lookup);
    char path[PATH_MAX];
    struct error ignored;

    if (type != X509_LU_X509)
        return 0;
    while (next_directory(&list, path, sizeof path))
        load_hash(store, path, X509_NAME_hash(name), &ignored);
    return trust_bundle_find(store, name, out);
}

bool trust_directory_fails(X509_STORE *store, const char *list, const X509_NAME *name,
                           struct error *e)
{
    char path[PATH_MAX];

    while (next_directory(&list, path, sizeof path)) {
        if (!load_hash(store, path, X509_NAME_hash(name), e))
            return true;
    }
    return false;
}

/* For OpenSSL, which is done with the lookup: frees its list of directories. */
static void free_list(X509_LOOKUP *lookup)
{
    free(X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD *trust_directory_lookup(X509_STORE *store, const char *list)
{
    X509_LOOKUP_METHOD *method = X509_LOOKUP_meth_new("directory");
    char *copy = strdup(list);
    X509_LOOKUP *lookup = NULL;

    if (method && copy) {
        X509_LOOKUP_meth_set_get_by_subject(method, by_subject);
        X509_LOOKUP_meth_set_free(method, free_list);
        lookup = X509_STORE_add_lookup(store, method);
    }
    if (!lookup || !X509_LOOKUP_set_method_data(lookup, copy)) {
        free(copy);
        X509_LOOKUP_meth_free(method);
        return NULL;
    }
    return method;
}

void trust_directory_free(X509_LOOKUP_METHOD *method)
{
    X509_LOOKUP_meth_free(method);
}
