#include "trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "trust_store.h"

struct trust {
    SSL_CTX *ctx;
    struct trust_store *store;
    int auth_level; /* what OpenSSL demands of keys and signatures by default */
};

static bool use_client_certificate(struct trust *t, const struct trust_config *c, struct err *e)
{
    const char *key = c->client_key ? c->client_key : c->client_cert;

    if (!c->client_cert)
        return true;
    if (SSL_CTX_use_certificate_chain_file(t->ctx, c->client_cert) != 1)
        return err_set(e, ERR_FILE, "--client-cert: \"%s\" cannot be read or is no certificate",
                       c->client_cert);
    if (SSL_CTX_use_PrivateKey_file(t->ctx, key, SSL_FILETYPE_PEM) != 1)
        return err_set(e, ERR_FILE,
                       "--client-key: \"%s\" cannot be read or is not the key of the certificate",
                       key);
    return true;
}

/* Keys are never encrypted here; a prompt would hang a monitoring server. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf, (void)size, (void)writing, (void)arg;
    return 0;
}

static int accept_all(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx, (void)arg;
    return 1;
}

static bool configure(struct trust *t, const struct trust_config *c, struct err *e)
{
    SSL_CTX_set_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    /* Else a peer that never stops sending tickets holds SSL_read past every deadline. */
    SSL_CTX_clear_mode(t->ctx, SSL_MODE_AUTO_RETRY);
    /* 34 KB a session that nobody uses while it waits for the peer. */
    SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(t->ctx, accept_all, NULL);
    SSL_CTX_set_default_passwd_cb(t->ctx, no_passphrase);
    if (SSL_CTX_dane_enable(t->ctx) <= 0)
        return err_memory(e);
    return use_client_certificate(t, c, e);
}

/* A client whose anchors are still to come. NULL: memory. */
static struct trust *around(SSL_CTX *ctx)
{
    struct trust *t = ctx ? calloc(1, sizeof *t) : NULL;

    if (t)
        *t = (struct trust){.ctx = ctx, .auth_level = SSL_CTX_get_security_level(ctx)};
    else
        SSL_CTX_free(ctx);
    return t;
}

struct trust *trust_new(const struct trust_config *config, struct err *e)
{
    struct trust *t = around(SSL_CTX_new(TLS_client_method()));

    if (!t)
        err_memory(e);
    else if (configure(t, config, e))
        t->store = trust_store_new(config, e);
    ERR_clear_error();
    if (t && t->store)
        return t;
    trust_free(t);
    return NULL;
}

struct trust *trust_with(const struct trust *t, const char *ca_file, struct err *e)
{
    const struct trust_config config = {.ca_file = ca_file};
    struct trust *other;

    SSL_CTX_up_ref(t->ctx);
    other = around(t->ctx);
    if (!other)
        err_memory(e);
    else
        other->store = trust_store_new(&config, e);
    ERR_clear_error();
    if (other && other->store)
        return other;
    trust_free(other);
    return NULL;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->ctx);
    trust_store_free(t->store);
    free(t);
}

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
    bool memory;
};

/* False: memory. */
static bool add_fault(struct trust_faults *list, int code, int depth, X509 *x)
{
    struct trust_fault *f;
    struct cert_facts facts;

    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].code == code && list->at[i].depth == depth)
            return true;
    }
    if (list->count == TRUST_FAULTS_MAX)
        return true;
    f = realloc(list->at, (list->count + 1) * sizeof *f);
    if (!f)
        return false;
    list->at = f;
    f += list->count++;
    *f = (struct trust_fault){.code = code, .depth = depth};
    if (!x)
        return true;
    if (!cert_facts_from(x, &facts))
        return false;
    text_copy(f->subject, sizeof f->subject, cert_title(&facts));
    text_copy(f->issuer, sizeof f->issuer, cert_issuer_title(&facts));
    text_copy(f->aia, sizeof f->aia, facts.aia);
    cert_facts_clear(&facts);
    return true;
}

static void clear_faults(struct trust_faults *list)
{
    free(list->at);
    *list = (struct trust_faults){0};
}

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
    if (!add_fault(p->faults, code, X509_STORE_CTX_get_error_depth(ctx),
                   X509_STORE_CTX_get_current_cert(ctx)))
        p->memory = true;
    return 1;
}

/* One walk over the chain; with `dane` records decide, else the trust store. The caller frees
 * *path. */
static bool walk(const struct trust *t, STACK_OF(X509) * chain, time_t now, SSL_DANE *dane,
                 struct trust_faults *faults, STACK_OF(X509) * *path)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    struct pass pass = {.faults = faults};
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

/* OpenSSL reads roots of one name from their directory one by one, and whoever looks in between
 * misses the others. So a fault counts only once nobody else was adding. */
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
    clear_faults(faults);
    pthread_rwlock_wrlock(&t->store->filling);
    ok = walk(t, chain, now, dane, faults, path);
    pthread_rwlock_unlock(&t->store->filling);
    return ok;
}

static struct cert_facts *find_cert(struct trust_facts *f, const struct cert_facts *c)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        if (strcmp(f->certs[i].sha256, c->sha256) == 0)
            return &f->certs[i];
    }
    return NULL;
}

/* Adds a certificate's facts unless they are there; returns them, NULL: memory. */
static struct cert_facts *note_cert(struct trust_facts *f, X509 *x, const struct trust_query *q)
{
    struct cert_facts c, *known;

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
    known = find_cert(f, &c);
    if (known) {
        cert_facts_clear(&c);
        return known;
    }
    f->certs[f->cert_count] = c;
    return &f->certs[f->cert_count++];
}

/* Most of the path was served, too, and has no facts of its own. */
static void fit_certs(struct trust_facts *f)
{
    struct cert_facts *fit = realloc(f->certs, f->cert_count * sizeof *fit);

    if (fit)
        f->certs = fit;
}

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

static bool note_names(struct trust_facts *f, X509 *leaf, const struct trust_query *q)
{
    return match_names(leaf, q->names, q->name_count, &f->names, &f->name_count) &&
           match_names(leaf, q->dane_names, q->dane_name_count, &f->dane_names,
                       &f->dane_name_count);
}

/* A session that never connects, for OpenSSL keeps DANE records only on one. NULL: memory. */
static SSL *dane_holder(const struct trust *t, const struct trust_query *q, bool *usable)
{
    SSL *ssl = SSL_new(t->ctx);

    *usable = false;
    if (!ssl || SSL_dane_enable(ssl, NULL) <= 0)
        goto fail;
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    for (size_t i = 0; i < q->tlsa_count; i++) {
        const struct dane_tlsa *r = &q->tlsa[i];
        int added;

        if (!dane_tlsa_usable(r))
            continue;
        added = SSL_dane_tlsa_add(ssl, r->usage, r->selector, r->matching, r->data, r->len);
        if (added < 0)
            goto fail;
        *usable = *usable || added > 0;
    }
    return ssl;
fail:
    SSL_free(ssl);
    ERR_clear_error();
    return NULL;
}

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
    clear_faults(&f->pkix);
    clear_faults(&f->dane);
    *f = (struct trust_facts){0};
}
