/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "tls/trust_fault.h"
#include "tls/trust_store.h"

struct trust {
    SSL_CTX *ctx;
    struct trust_store *store;
    bool borrowed;  /* the store is another one's */
    int auth_level; /* what OpenSSL requires of keys and signatures by default */
};

/* The passphrase of every file: keys are not encrypted here, and a prompt would hang a monitoring
 * server. */
#define NO_PASSPHRASE ((void *)"")

/* Uses the leaf, then its chain, as SSL_CTX_use_certificate_chain_file(3). False: unreadable. */
static bool use_chain(SSL_CTX *ctx, BIO *bio)
{
    X509 *x = PEM_read_bio_X509_AUX(bio, NULL, NULL, NO_PASSPHRASE);
    bool ok = x && SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_clear_chain_certs(ctx) == 1;

    X509_free(x);
    while (ok && (x = PEM_read_bio_X509(bio, NULL, NULL, NO_PASSPHRASE))) {
        ok = SSL_CTX_add0_chain_cert(ctx, x) == 1;
        if (!ok)
            X509_free(x);
    }
    /* The end of the text is an error of PEM's, any other is one of a certificate. */
    return ok && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

/* Uses a private key. False: unreadable, or it is not that of the leaf, which is set before. */
static bool use_key(SSL_CTX *ctx, BIO *bio)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NO_PASSPHRASE);
    bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

    EVP_PKEY_free(key);
    return ok;
}

/* Has `use` take an option's file, or else the error ends in `what`. False with `e` filled. */
static bool use_file(SSL_CTX *ctx, const char *option, const char *path,
                     bool (*use)(SSL_CTX *ctx, BIO *bio), const char *what, struct error *e)
{
    struct error why;
    size_t len;
    char *text = file_read(path, FILE_CERT_MAX, &len, &why);
    BIO *bio = text ? BIO_new_mem_buf(text, (int)len) : NULL;
    bool ok = bio && use(ctx, bio);

    if (!text && why.cause == ERROR_FILE)
        error_set(e, ERROR_FILE, "%s: %.200s", option, why.text);
    else if (!text)
        *e = why;
    else if (!bio)
        error_memory(e);
    else if (!ok)
        error_set(e, ERROR_FILE, "%s: \"%.150s\" %s", option, path, what);
    BIO_free(bio);
    if (text)
        OPENSSL_cleanse(text, len);
    free(text);
    return ok;
}

/* Uses our own certificate and its key; true where `c` has none. False with `e` filled. */
static bool use_client_certificate(struct trust *t, const struct trust_config *c, struct error *e)
{
    const char *key = c->client_key ? c->client_key : c->client_cert;
    size_t form = c->of_form ? 2 : 0; /* a field has no dashes */

    return !c->client_cert || (use_file(t->ctx, &"--client-cert"[form], c -> client_cert, use_chain,
                                        "is not a certificate", e) &&
                               use_file(t->ctx, &"--client-key"[form], key, use_key,
                                        "is not the key of the certificate", e));
}

/* Always 1: trust_verify verifies after the handshake. */
static int accept_all(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx, (void)arg;
    return 1;
}

/* Sets what all sessions share, also our own certificate; no store. False with `e` filled. */
static bool configure(struct trust *t, const struct trust_config *c, struct error *e)
{
    SSL_CTX_set_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    /* Else a peer that never stops sending tickets holds SSL_read past every deadline. */
    SSL_CTX_clear_mode(t->ctx, SSL_MODE_AUTO_RETRY);
    /* 34 KB a session that nobody uses while it waits for the peer. */
    SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(t->ctx, accept_all, NULL);
    if (SSL_CTX_dane_enable(t->ctx) <= 0)
        return error_memory(e);
    return use_client_certificate(t, c, e);
}

/* A client without a store; takes over `ctx`, also if it fails. NULL: memory, or `ctx` is NULL. */
static struct trust *around(SSL_CTX *ctx)
{
    struct trust *t = NULL;

    if (ctx)
        t = calloc(1, sizeof *t);
    if (t)
        *t = (struct trust){.ctx = ctx, .auth_level = SSL_CTX_get_security_level(ctx)};
    else
        SSL_CTX_free(ctx);
    return t;
}

struct trust *trust_new(const struct trust_config *config, struct error *e)
{
    struct trust *t = around(SSL_CTX_new(TLS_client_method()));

    if (!t)
        error_memory(e);
    else if (configure(t, config, e))
        t->store = trust_store_new(config, e);
    ERR_clear_error();
    if (t && t->store)
        return t;
    trust_free(t);
    return NULL;
}

/* A client without a store; it shares t's context unless `c` has a certificate. NULL with `e`. */
static struct trust *client_with(const struct trust *t, const struct trust_config *c,
                                 struct error *e)
{
    struct trust *other;

    if (c->client_cert)
        other = around(SSL_CTX_new(TLS_client_method()));
    else
        other = SSL_CTX_up_ref(t->ctx) ? around(t->ctx) : NULL;
    if (!other)
        error_memory(e);
    if (!other || !c->client_cert || configure(other, c, e))
        return other;
    trust_free(other);
    return NULL;
}

struct trust *trust_with(const struct trust *t, const struct trust_files *files, struct error *e)
{
    const struct trust_config config = {.ca_file = files->ca_file,
                                        .ca_file_label = "ca-file",
                                        .client_cert = files->client_cert,
                                        .client_key = files->client_key,
                                        .of_form = true};
    struct trust *other = client_with(t, &config, e);

    if (other && !files->ca_file) {
        other->store = t->store;
        other->borrowed = true;
        ERR_clear_error();
        return other;
    }
    if (other)
        other->store = trust_store_new(&config, e);
    ERR_clear_error();
    if (other && other->store && !other->store->empty[0])
        return other;
    if (other && other->store)
        error_set(e, ERROR_FILE, "%s", other->store->empty);
    trust_free(other);
    return NULL;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->ctx);
    if (!t->borrowed)
        trust_store_free(t->store);
    free(t);
}

const char *trust_empty(const struct trust *t)
{
    return t && t->store->empty[0] ? t->store->empty : NULL;
}

/* Sets, before the handshake, what TRUST_ANY_VERSION stands for and this OpenSSL has. */
static void allow_everything(SSL *ssl)
{
    SSL_set_security_level(ssl, 0);
    SSL_set_min_proto_version(ssl, 0);
    SSL_set_max_proto_version(ssl, 0);
    SSL_set_cipher_list(ssl, "ALL:COMPLEMENTOFALL:@SECLEVEL=0");
    SSL_set_ciphersuites(ssl, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                              "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256");
    SSL_set1_groups_list(ssl, "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096");
    SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"
                               "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:"
                               "RSA+SHA512:ECDSA+SHA1:RSA+SHA224:RSA+SHA1");
    SSL_set_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
}

SSL *trust_session(const struct trust *t, int min_version)
{
    SSL *ssl = SSL_new(t->ctx);

    if (!ssl)
        return NULL;
    if (min_version == TRUST_ANY_VERSION)
        allow_everything(ssl);
    else if (min_version < TLS1_2_VERSION)
        SSL_set_security_level(ssl, 0);
    if (min_version != TRUST_ANY_VERSION)
        SSL_set_min_proto_version(ssl, min_version);
    return ssl;
}

struct pass {
    struct trust_faults *faults;
    const char *directories; /* of the trust store, where it decides; or NULL */
    bool memory;             /* ran out */
};

/* Adds faults, except dates, to the app data, a struct pass. Always 1: the walk goes on. */
static int pass_callback(int ok, X509_STORE_CTX *ctx)
{
    struct pass *p = X509_STORE_CTX_get_app_data(ctx);
    int code = X509_STORE_CTX_get_error(ctx);

    if (ok)
        return 1;
    if (code == X509_V_ERR_OUT_OF_MEM)
        p->memory = true;
    /* A fault of the leaf that stays set would be reported again in place of the chain's. */
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    /* Dates are judged from the facts and the asker's `now`. 21 repeats the 20 before it. */
    if (code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID)
        return 1;
    if (code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
        code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    if (!trust_fault_add(p->faults, ctx, code, p->directories))
        p->memory = true;
    return 1;
}

/* Walks the chain, of one or more, by `dane`, or if NULL by the store, and adds to *faults; the
 * caller holds the store's lock, and frees *path, which may be NULL, also after false: memory. */
static bool walk(const struct trust *t, STACK_OF(X509) * chain, time_t now, SSL_DANE *dane,
                 struct trust_faults *faults, STACK_OF(X509) * *path)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    struct pass pass = {.faults = faults, .directories = dane ? NULL : t->store->directories};
    X509_VERIFY_PARAM *param;

    *path = NULL;
    if (!ctx || !X509_STORE_CTX_init(ctx, t->store->x509, sk_X509_value(chain, 0), chain)) {
        X509_STORE_CTX_free(ctx);
        return false;
    }
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, now);
    X509_VERIFY_PARAM_set_auth_level(param, t->auth_level);
    X509_STORE_CTX_set_app_data(ctx, &pass);
    X509_STORE_CTX_set_verify_cb(ctx, pass_callback);
    if (dane)
        X509_STORE_CTX_set0_dane(ctx, dane);
    if (X509_verify_cert(ctx) < 0 && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM)
        pass.memory = true;
    *path = X509_STORE_CTX_get1_chain(ctx);
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return !pass.memory;
}

/* As walk, and with faults once more while nobody adds roots: OpenSSL reads those of one name one
 * by one, and others miss some meanwhile. *faults is empty before. False: memory alone. */
static bool run_pass(const struct trust *t, STACK_OF(X509) * chain, time_t now, SSL_DANE *dane,
                     struct trust_faults *faults, STACK_OF(X509) * *path)
{
    bool ok;

    pthread_rwlock_rdlock(&t->store->filling);
    ok = walk(t, chain, now, dane, faults, path);
    pthread_rwlock_unlock(&t->store->filling);
    if (!ok || faults->count == 0)
        return ok;
    sk_X509_pop_free(*path, X509_free);
    trust_fault_clear(faults);
    pthread_rwlock_wrlock(&t->store->filling);
    ok = walk(t, chain, now, dane, faults, path);
    pthread_rwlock_unlock(&t->store->filling);
    return ok;
}

/* The facts of the certificate with that digest, in f->certs; NULL: none. */
static struct cert_facts *find_cert(struct trust_facts *f, const char *sha256)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        if (strcmp(f->certs[i].sha256, sha256) == 0)
            return &f->certs[i];
    }
    return NULL;
}

/* The facts of `x` in f->certs, which has room; new ones lack `served` and `path`. NULL: memory. */
static struct cert_facts *note_cert(struct trust_facts *f, X509 *x, const struct trust_query *q)
{
    char sha256[CERT_SHA256_HEX];
    struct cert_facts c, *known;

    cert_sha256(x, sha256);
    known = find_cert(f, sha256);
    if (known)
        return known;
    if (!cert_facts_from(x, &c))
        return NULL;
    if (q->keep_der && !cert_keep_der(x, &c)) {
        cert_facts_clear(&c);
        return NULL;
    }
    for (size_t i = 0; i < q->tlsa_count && i < CERT_TLSA_MAX; i++) {
        const struct dane_tlsa *r = &q->tlsa[i];

        if (cert_has_content(x, r->selector, r->matching, r->data, r->len))
            c.tlsa |= (uint64_t)1 << i;
    }
    f->certs[f->cert_count] = c;
    return &f->certs[f->cert_count++];
}

/* Gives room back: most of the path was served, too, and has no facts of its own. */
static void fit_certs(struct trust_facts *f)
{
    struct cert_facts *fit = realloc(f->certs, f->cert_count * sizeof *fit);

    if (fit)
        f->certs = fit;
}

/* Fills f->certs; `served` is not empty, `path` may be NULL. False: memory; *f is to be cleared. */
static bool note_chain(struct trust_facts *f, STACK_OF(X509) * served, STACK_OF(X509) * path,
                       const struct trust_query *q)
{
    int served_count = sk_X509_num(served), path_count = path ? sk_X509_num(path) : 0;

    f->certs = calloc((size_t)(served_count + path_count), sizeof *f->certs);
    if (!f->certs)
        return false;
    for (int i = 0; i < served_count; i++) {
        struct cert_facts *c = note_cert(f, sk_X509_value(served, i), q);

        if (!c)
            return false;
        c->served = true;
    }
    for (int i = 0; i < path_count; i++) {
        struct cert_facts *c = note_cert(f, sk_X509_value(path, i), q);

        if (!c)
            return false;
        c->path = i + 1;
    }
    fit_certs(f);
    return true;
}

/* Fills *matches, which trust_facts_clear frees; without names it stays as it is. False: memory. */
static bool match_names(X509 *leaf, const char *const *names, size_t count,
                        struct trust_match **matches, size_t *match_count)
{
    if (count == 0)
        return true;
    *matches = calloc(count, sizeof **matches);
    if (!*matches)
        return false;
    for (size_t i = 0; i < count; i++)
        (*matches)[i] = (struct trust_match){names[i], cert_matches(leaf, names[i])};
    *match_count = count;
    return true;
}

/* Compares the leaf with the query's names and its DANE names. False: memory. */
static bool note_names(struct trust_facts *f, X509 *leaf, const struct trust_query *q)
{
    return match_names(leaf, q->names, q->name_count, &f->names, &f->name_count) &&
           match_names(leaf, q->dane_names, q->dane_name_count, &f->dane_names,
                       &f->dane_name_count);
}

/* A session to be freed that never connects: OpenSSL keeps DANE records only on one. *usable: it
 * has some. A record that OpenSSL refuses unexpectedly matches nothing. NULL: memory. */
static SSL *dane_holder(const struct trust *t, const struct trust_query *q, bool *usable)
{
    SSL *ssl = SSL_new(t->ctx);

    *usable = false;
    if (!ssl || SSL_dane_enable(ssl, NULL) <= 0)
        goto fail;
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    for (size_t i = 0; i < q->tlsa_count; i++) {
        const struct dane_tlsa *r = &q->tlsa[i];

        if (!dane_tlsa_usable(r))
            continue;
        *usable = true;
        if (SSL_dane_tlsa_add(ssl, r->usage, r->selector, r->matching, r->data, r->len) < 0)
            goto fail;
    }
    return ssl;
fail:
    SSL_free(ssl);
    ERR_clear_error();
    return NULL;
}

/* Fills f's DANE facts. The caller frees *path, NULL without a usable record. False: memory. */
static bool dane_pass(const struct trust *t, STACK_OF(X509) * chain, const struct trust_query *q,
                      struct trust_facts *f, STACK_OF(X509) * *path)
{
    uint8_t usage = 0;
    SSL *holder;
    bool ok = true;

    *path = NULL;
    if (q->tlsa_count == 0)
        return true;
    holder = dane_holder(t, q, &f->dane_asked);
    if (!holder)
        return false;
    if (f->dane_asked) {
        ok = run_pass(t, chain, q->now, SSL_get0_dane(holder), &f->dane, path);
        f->dane_matched = SSL_get0_dane_tlsa(holder, &usage, NULL, NULL, NULL, NULL) >= 0;
        f->dane_usage = f->dane_matched ? usage : 0;
    }
    SSL_free(holder);
    return ok;
}

bool trust_verify(const struct trust *t, STACK_OF(X509) * chain, const struct trust_query *q,
                  struct trust_facts *out)
{
    STACK_OF(X509) *path = NULL, *dane_path = NULL;
    bool ok;

    *out = (struct trust_facts){0};
    ok = run_pass(t, chain, q->now, NULL, &out->pkix, &path) &&
         dane_pass(t, chain, q, out, &dane_path) &&
         note_chain(out, chain, out->dane_matched && !q->pkix_path ? dane_path : path, q) &&
         note_names(out, sk_X509_value(chain, 0), q);
    sk_X509_pop_free(path, X509_free);
    sk_X509_pop_free(dane_path, X509_free);
    if (!ok)
        trust_facts_clear(out);
    return ok;
}

const struct cert_facts *trust_issuer_of(const struct trust_facts *f, const struct cert_facts *c)
{
    const struct cert_facts *named = NULL;

    for (size_t i = 0; i < f->cert_count && !c->self_issued; i++) {
        const struct cert_facts *x = &f->certs[i];

        if (c->path > 0 && x->path == c->path + 1)
            return x;
        if (x != c && !named && strcmp(x->subject, c->issuer) == 0)
            named = x;
    }
    return named;
}

void trust_facts_clear(struct trust_facts *f)
{
    for (size_t i = 0; i < f->cert_count; i++)
        cert_facts_clear(&f->certs[i]);
    free(f->certs);
    free(f->names);
    free(f->dane_names);
    trust_fault_clear(&f->pkix);
    trust_fault_clear(&f->dane);
    *f = (struct trust_facts){0};
}
