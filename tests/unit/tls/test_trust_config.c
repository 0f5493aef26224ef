/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/tls/pki.h"
#include "unit/unit.h"

/* Where there is a hashed directory no bundle is parsed, unless the administrator named one. */
START_TEST(paths)
{
    char dir[] = "/tmp/unit.dir.XXXXXX", file[64], list[64];
    const struct {
        const char *name;
        struct trust_config config;
        const char *file, *dir;
    } table[] = {
        {"a hashed directory", {.env_dir = dir}, NULL, dir},
        {"one of several", {.env_dir = list}, NULL, list},
        {"and a bundle that is named", {.env_dir = dir, .env_file = "f"}, "f", dir},
        {"no such directory", {.env_dir = "/nonexistent"}, X509_get_default_cert_file(), NULL},
        {"nor that, but a bundle", {.env_dir = "/nonexistent", .env_file = "f"}, "f", NULL},
        {"--ca-file", {.ca_file = "own", .env_dir = dir, .env_file = "f"}, "own", NULL},
        {"--ca-dir", {.ca_dir = "own", .env_dir = dir, .env_file = "f"}, NULL, "own"},
    };

    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/0123abcd.0", dir);
    snprintf(list, sizeof list, "/nonexistent:%s", dir);
    fclose(fopen(file, "w"));
    for (int i = 0; i < COUNT(table); i++) {
        const char *got_file, *got_dir;

        trust_paths(&table[i].config, &got_file, &got_dir);
        ck_assert_msg(table[i].file ? got_file && strcmp(got_file, table[i].file) == 0 : !got_file,
                      "%s: file %s", table[i].name, got_file);
        ck_assert_msg(table[i].dir ? got_dir && strcmp(got_dir, table[i].dir) == 0 : !got_dir,
                      "%s: directory %s", table[i].name, got_dir);
    }
    unlink(file);
    rmdir(dir);
}
END_TEST

static const struct {
    const char *option;
    struct trust_config config;
} bad_files[] = {
    {"--ca-file", {.ca_file = "/nonexistent/ca.pem"}},
    {"--ca-file", {.ca_file = "/dev/null"}},
    {"--ca-file", {.ca_file = "/"}},
    {"--ca-dir", {.ca_dir = "/nonexistent"}},
    {"--ca-dir", {.ca_dir = "/dev/null"}},
    {"--client-cert", {.client_cert = "/nonexistent/cert.pem"}},
    {"--client-cert", {.client_cert = "/dev/null", .client_key = "/dev/null"}},
};

START_TEST(bad_file)
{
    struct trust_config config = bad_files[_i].config;
    struct error e = {0};

    ck_assert_ptr_null(trust_new(&config, &e));
    ck_assert_int_eq(e.cause, ERROR_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, bad_files[_i].option));
    ck_assert_ptr_nonnull(strchr(e.text, '/'));
}
END_TEST

/* --- encrypted files: nobody is asked for a passphrase --- */

/* Writes the key, encrypted where there is a passphrase, to a new file. */
static void key_file(EVP_PKEY *key, const char *passphrase, char path[64])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;

    ck_assert(PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL,
                                            0, NULL, (void *)passphrase));
    len = BIO_get_mem_data(bio, &data);
    unit_file(data, (size_t)len, path);
    BIO_free(bio);
}

static const struct {
    const char *passphrase;
    bool other; /* the key of another certificate */
    bool taken;
} client_keys[] = {{NULL, false, true}, {"secret", false, false}, {NULL, true, false}};

START_TEST(client_key)
{
    struct pki own = pki_make(&(struct pki_spec){.cn = "client"}, NULL);
    struct pki other = pki_make(&(struct pki_spec){.cn = "other"}, NULL);
    struct error e = {0};
    char cert[64], key[64], want[256];
    struct trust *t;

    pki_file(&own.x, 1, cert);
    key_file(client_keys[_i].other ? other.key : own.key, client_keys[_i].passphrase, key);
    t = trust_new(&(struct trust_config){.client_cert = cert, .client_key = key}, &e);
    snprintf(want, sizeof want, "--client-key: \"%s\" is not the key of the certificate", key);
    ck_assert_msg(!t == !client_keys[_i].taken, "%s", e.text);
    ck_assert_str_eq(e.text, t ? "" : want);
    trust_free(t);
    unlink(cert);
    unlink(key);
    pki_free(&own);
    pki_free(&other);
}
END_TEST

/* A bundle that begins as DER does, but is none, and one with an encrypted certificate. */
static const struct {
    const char *before; /* the certificate */
    const char *error;  /* after the file's name; NULL: it is taken */
} bundles[] = {
    {"0 comment\n", NULL},
    {"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
     "AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
     "-----END CERTIFICATE-----\n",
     ", line 1: the certificate that begins here cannot be read"},
};

START_TEST(bundle)
{
    struct pki ca = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
    BIO *bio = BIO_new(BIO_s_mem());
    struct error e = {0};
    char path[64], want[256] = "", *data = NULL;
    struct trust *t;
    long len;

    BIO_puts(bio, bundles[_i].before);
    ck_assert(PEM_write_bio_X509(bio, ca.x));
    len = BIO_get_mem_data(bio, &data);
    unit_file(data, (size_t)len, path);
    t = trust_new(&(struct trust_config){.ca_file = path}, &e);
    if (bundles[_i].error)
        snprintf(want, sizeof want, "--ca-file: \"%s\"%s", path, bundles[_i].error);
    ck_assert_str_eq(e.text, want);
    ck_assert(!t == (bundles[_i].error != NULL));
    ck_assert(!t || !trust_empty(t));
    trust_free(t);
    unlink(path);
    BIO_free(bio);
    pki_free(&ca);
}
END_TEST

UNIT_CASE(trust_config, {paths, 1}, {bad_file, COUNT(bad_files)}, {client_key, COUNT(client_keys)},
          {bundle, COUNT(bundles)})
