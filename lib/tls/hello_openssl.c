/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/hello_openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"

enum { GROUPS_MAX = 1024, NAME_MAX_LEN = 64 };

/* Sets those of the groups that our OpenSSL knows, as Postfix does, which tries each alone. */
static void set_groups(SSL_CTX *ctx, const char *groups)
{
    struct span rest = span_of(groups), one;
    char known[GROUPS_MAX] = "", name[NAME_MAX_LEN];

    while ((one = span_word(&rest, ", \t\r\n:")).len > 0) {
        if (span_copy(one, name, sizeof name) && SSL_CTX_set1_groups_list(ctx, name) == 1)
            text_append(known, sizeof known, "%s%s", *known ? ":" : "", name);
    }
    if (*known)
        SSL_CTX_set1_groups_list(ctx, known);
}

/* Sets everything. False with `e` filled: OpenSSL cannot use a setting. */
static bool configure(SSL_CTX *ctx, const struct hello_openssl_settings *s, struct error *e)
{
    if (s->verifies)
        SSL_CTX_set_security_level(ctx, 1);
    if (s->lowest)
        SSL_CTX_set_min_proto_version(ctx, s->lowest);
    if (s->highest)
        SSL_CTX_set_max_proto_version(ctx, s->highest);
    if (s->groups)
        set_groups(ctx, s->groups);
    if (s->ciphers && SSL_CTX_set_cipher_list(ctx, s->ciphers) != 1)
        return error_set(e, ERROR_USAGE, "has no cipher suite in \"%.80s\"", s->ciphers);
    return true;
}

/* Has a session begin its handshake, which writes the hello to `bio`, and reads the hello. False
 * with `e` filled. */
static bool begin(SSL *ssl, BIO *bio, bool has_name, struct hello_template *out, struct error *e)
{
    char *bytes;
    long len;

    if (has_name)
        SSL_set_tlsext_host_name(ssl, "name"); /* the place of the caller's */
    SSL_set_connect_state(ssl);
    SSL_do_handshake(ssl); /* waits for an answer that never comes */
    len = BIO_get_mem_data(bio, &bytes);
    if (len <= 0)
        return error_set(e, ERROR_USAGE, "leaves no version of TLS");
    return hello_template_read(bytes, (size_t)len, out, e);
}

bool hello_openssl_make(const struct hello_openssl_settings *s, struct hello_template *out,
                        struct error *e)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    BIO *in = BIO_new(BIO_s_mem()), *written = BIO_new(BIO_s_mem());
    SSL *ssl = NULL;
    bool ok = false;

    if (!ctx || !in || !written) {
        error_memory(e);
        goto out;
    }
    if (!configure(ctx, s, e))
        goto out;
    ssl = SSL_new(ctx);
    if (!ssl) {
        error_memory(e);
        goto out;
    }
    BIO_up_ref(written);
    SSL_set_bio(ssl, in, written);
    in = NULL;
    ok = begin(ssl, written, s->has_name, out, e);
out:
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    BIO_free(in);
    BIO_free(written);
    ERR_clear_error();
    return ok;
}

const char *hello_openssl_text(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
