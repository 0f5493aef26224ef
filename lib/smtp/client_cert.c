/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtp/client_cert.h"

#include <openssl/x509v3.h>

/* 0 where the time cannot be read; NULL is not allowed. */
static time_t time_of(const ASN1_TIME *t)
{
    struct tm tm;

    return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

/* Whether one of the names, which may be NULL, is that of the issuer of `x`, which is not NULL. */
static bool is_named(const STACK_OF(X509_NAME) * names, X509 *x)
{
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        if (X509_NAME_cmp(sk_X509_NAME_value(names, i), X509_get_issuer_name(x)) == 0)
            return true;
    }
    return false;
}

/* Whether the peer names CAs, and none of them issued our certificate, which must be there, or one
 * of its chain. */
static bool is_from_other_ca(SSL *ssl)
{
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    STACK_OF(X509) *chain = NULL;

    if (sk_X509_NAME_num(names) <= 0 || is_named(names, SSL_get_certificate(ssl)))
        return false;
    SSL_get0_chain_certs(ssl, &chain);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        if (is_named(names, sk_X509_value(chain, i)))
            return false;
    }
    return true;
}

void client_cert_read(SSL *ssl, struct client_cert *out)
{
    X509 *own = SSL_get_certificate(ssl);

    *out = (struct client_cert){
        .not_before = time_of(X509_get0_notBefore(own)),
        .not_after = time_of(X509_get0_notAfter(own)),
        .no_purpose = !(X509_get_extended_key_usage(own) & (XKU_SSL_CLIENT | XKU_ANYEKU)),
        .other_ca = is_from_other_ca(ssl)};
}
