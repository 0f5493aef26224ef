/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls.h"

#include <string.h>
#include <strings.h>

#include "keys.h"
#include "pki.h"
#include "staple.h"

/* Those of OpenSSL 3.0, whatever later versions take by default: what a session has chosen is the
 * same everywhere. */
#define DEFAULT_GROUPS                                                                             \
    "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"

bool tls_option(struct tls_options *o, const struct statement *s, const struct word *w)
{
    const struct {
        const char *key;
        const char **value;
    } texts[] = {
        {"min", &o->min},       {"max", &o->max},         {"ciphers", &o->ciphers},
        {"suites", &o->suites}, {"sigalgs", &o->sigalgs}, {"second", &o->second},
        {"staple", &o->staple}, {"groups", &o->groups},   {"client-ca", &o->client_ca},
    };
    const char *value;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if ((value = script_value(w, texts[i].key)) != NULL) {
            *texts[i].value = value;
            return true;
        }
    if ((value = script_value(w, "sni")) != NULL) {
        if (o->n_sni == sizeof o->sni / sizeof *o->sni || strchr(value, ':') == NULL)
            script_error(s, "sni=%s: want NAME:CERT, at most 8 times", value);
        o->sni[o->n_sni++] = value;
    } else if ((value = script_value(w, "dh")) != NULL) {
        o->dh = strcmp(value, "slow") == 0 ? KEYS_DH_SLOW : (int)script_number(s, value, 512, 8192);
    } else if ((value = script_value(w, "client-cert")) != NULL) {
        o->client_cert = strcmp(value, "require") == 0;
        o->client_cert_asked = strcmp(value, "ask") == 0;
        if (!o->client_cert && !o->client_cert_asked)
            script_error(s, "client-cert: \"%s\" is neither require nor ask", value);
    } else if (script_is(w, "sni-required")) {
        o->sni_required = true;
    } else if (script_is(w, "sni-refuse")) {
        o->sni_refuse = true;
    } else if (script_is(w, "intolerant")) {
        o->intolerant = true;
    } else if ((value = script_value(w, "hello-max")) != NULL) {
        o->hello_max = (int)script_number(s, value, 1, 16384);
    } else if (script_is(w, "hello-silence")) {
        o->hello_silence = true;
    } else if (script_is(w, "fail")) {
        o->fail = true;
    } else if (script_is(w, "farewell")) {
        o->farewell = true;
    } else {
        return false;
    }
    return true;
}

static int version_of(const struct statement *s, const char *text, int unset)
{
    static const char *const names[] = {"1.0", "1.1", "1.2", "1.3"};

    if (text == NULL)
        return unset;
    for (int i = 0; i < 4; i++)
        if (strcmp(text, names[i]) == 0)
            return TLS1_VERSION + i;
    script_error(s, "\"%s\" is no TLS version from 1.0 to 1.3", text);
}

static void load_cert(struct lab *lab, const struct statement *s, SSL_CTX *ctx, const char *name)
{
    const struct cert *cert = pki_find(lab->pki, name);

    if (cert == NULL)
        script_error(s, "there is not a certificate \"%s\"", name);
    if (SSL_CTX_use_certificate(ctx, cert->x) != 1 || SSL_CTX_use_PrivateKey(ctx, cert->key) != 1 ||
        SSL_CTX_set1_chain(ctx, cert->chain) != 1)
        script_error(s, "certificate \"%s\" cannot be served", name);
}

static int accept_any(X509_STORE_CTX *store, void *unused)
{
    (void)store;
    (void)unused;
    return 1;
}

static void set_dh(const struct statement *s, SSL_CTX *ctx, int bits)
{
    EVP_PKEY *group = keys_dh(bits);

    if (group == NULL || SSL_CTX_set0_tmp_dh_pkey(ctx, group) != 1)
        script_error(s, "dh: no group of %d bits", bits);
}

static void set_versions(const struct statement *s, SSL_CTX *ctx, const struct tls_options *o)
{
    bool old_style = o->ciphers != NULL || o->dh != 0;
    int max = version_of(s, o->max, old_style ? TLS1_2_VERSION : TLS1_3_VERSION);
    int min = version_of(s, o->min, max < TLS1_2_VERSION ? TLS1_VERSION : TLS1_2_VERSION);
    const char *ciphers = o->ciphers != NULL ? o->ciphers : o->dh != 0 ? "DHE" : "DEFAULT";

    if (min > max)
        script_error(s, "min is above max");
    SSL_CTX_set_min_proto_version(ctx, min);
    SSL_CTX_set_max_proto_version(ctx, max);
    if (SSL_CTX_set_cipher_list(ctx, ciphers) != 1)
        script_error(s, "ciphers: none in \"%s\"", ciphers);
    if (o->suites != NULL && SSL_CTX_set_ciphersuites(ctx, o->suites) != 1)
        script_error(s, "suites: none in \"%s\"", o->suites);
}

/* As old servers do that cannot read what TLS 1.3 adds. */
static int refuse_tls_1_3(SSL *ssl, int *alert, void *unused)
{
    const unsigned char *data;
    size_t len;

    (void)unused;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &data, &len) != 1)
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_PROTOCOL_VERSION;
    return SSL_CLIENT_HELLO_ERROR;
}

/* `list`: "inter,other*3": in that order, each as often as it says. */
static void name_cas(const struct lab *lab, const struct statement *s, SSL_CTX *ctx,
                     const char *list)
{
    char *copy = strdup(list), *next = copy, *item;

    while (copy != NULL && (item = strsep(&next, ",")) != NULL) {
        char *star = strchr(item, '*');
        long times = star != NULL ? script_number(s, star + 1, 1, 1000) : 1;
        const struct cert *ca;

        if (star != NULL)
            *star = '\0';
        ca = pki_find(lab->pki, item);
        if (ca == NULL)
            script_error(s, "client-ca: there is not a certificate \"%s\"", item);
        while (times-- > 0 && SSL_CTX_add_client_CA(ctx, ca->x) == 1)
            continue;
    }
    free(copy);
}

static SSL_CTX *context(struct lab *lab, const struct statement *s, const struct tls_options *o,
                        const char *cert)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL)
        script_error(s, "out of memory");
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    set_versions(s, ctx, o);
    SSL_CTX_set_security_level(ctx, 0);
    load_cert(lab, s, ctx, cert);
    if (o->second != NULL)
        load_cert(lab, s, ctx, o->second);
    if (o->dh != 0)
        set_dh(s, ctx, o->dh);
    if (o->staple != NULL)
        staple_set(lab, s, ctx, o, cert);
    if (SSL_CTX_set1_groups_list(ctx, o->groups != NULL ? o->groups : DEFAULT_GROUPS) != 1)
        script_error(s, "groups: \"%s\" is no list of groups", o->groups);
    if (o->sigalgs != NULL && SSL_CTX_set1_sigalgs_list(ctx, o->sigalgs) != 1)
        script_error(s, "sigalgs: \"%s\" is no list of signature algorithms", o->sigalgs);
    if (o->client_ca != NULL)
        name_cas(lab, s, ctx, o->client_ca);
    if (o->intolerant)
        SSL_CTX_set_client_hello_cb(ctx, refuse_tls_1_3, NULL);
    if (o->client_cert || o->client_cert_asked) {
        SSL_CTX_set_verify(
            ctx, SSL_VERIFY_PEER | (o->client_cert ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
        SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
    }
    return ctx;
}

static int choose_by_name(SSL *ssl, int *alert, void *arg)
{
    const struct tls_server *t = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    if (name == NULL && t->sni_required) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    for (size_t i = 0; name != NULL && i < t->n_names; i++)
        if (strcasecmp(name, t->names[i].name) == 0) {
            SSL_set_SSL_CTX(ssl, t->names[i].ctx);
            return SSL_TLSEXT_ERR_OK;
        }
    if (name != NULL && t->sni_refuse) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

struct tls_server *tls_server_new(struct lab *lab, const struct statement *s,
                                  const struct tls_options *o)
{
    struct tls_server *t = need(1, sizeof *t);

    t->ctx = context(lab, s, o, o->cert);
    t->sni_required = o->sni_required;
    t->sni_refuse = o->sni_refuse;
    t->fail = o->fail;
    t->farewell = o->farewell;
    t->hello_max = (size_t)o->hello_max;
    t->hello_silence = o->hello_silence;
    t->names = need(o->n_sni, sizeof *t->names);
    for (size_t i = 0; i < o->n_sni; i++) {
        const char *colon = strchr(o->sni[i], ':');

        t->names[i].name = copy_of(o->sni[i], (size_t)(colon - o->sni[i]));
        t->names[i].ctx = context(lab, s, o, colon + 1);
    }
    t->n_names = o->n_sni;
    SSL_CTX_set_tlsext_servername_callback(t->ctx, choose_by_name);
    SSL_CTX_set_tlsext_servername_arg(t->ctx, t);
    return t;
}
