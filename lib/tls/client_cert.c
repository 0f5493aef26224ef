/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/client_cert.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "tls/cert.h"

/* 0 where the time cannot be read; NULL is not allowed. */
static time_t time_of(const ASN1_TIME *t)
{
    struct tm tm;

    return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

/* The names of the first CLIENT_CERT_CAS_MAX CAs, each with a newline; "" where there are none, or
 * where memory is short. */
static const char *list_cas(const STACK_OF(X509_NAME) * cas, struct strings *texts)
{
    const char *list;
    struct text t;

    text_init(&t, CLIENT_CERT_CAS_MAX * (CERT_NAME_SIZE + 1));
    for (int i = 0; i < sk_X509_NAME_num(cas) && i < CLIENT_CERT_CAS_MAX; i++) {
        char name[CERT_NAME_SIZE];

        cert_name(sk_X509_NAME_value(cas, i), name);
        text_addf(&t, "%s\n", text_or(name, "(empty name)"));
    }
    list = strings_keep(texts, text_str(&t));
    texts->failed = texts->failed || t.failed;
    text_free(&t);
    return list;
}

/* Whether `issuer` issued `x`: its name and its key. */
static bool is_issued(X509 *x, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key && X509_check_issued(issuer, x) == X509_V_OK && X509_verify(x, key) == 1;
}

/* How many certificates of the chain continue the path from our certificate. */
static int count_linked(const struct client_cert_request *r)
{
    X509 *last = r->own;
    int n = 0;

    while (n < sk_X509_num(r->chain) && is_issued(last, sk_X509_value(r->chain, n)))
        last = sk_X509_value(r->chain, n++);
    return n;
}

/* Whether one of the CAs, which may be NULL, issued `x`, by its name. */
static bool is_named(const STACK_OF(X509_NAME) * cas, X509 *x)
{
    for (int i = 0; i < sk_X509_NAME_num(cas); i++) {
        if (X509_NAME_cmp(sk_X509_NAME_value(cas, i), X509_get_issuer_name(x)) == 0)
            return true;
    }
    return false;
}

/* Whether the peer names CAs, and none of them issued our certificate or one of the first `linked`
 * of its chain. */
static bool is_from_other_ca(const struct client_cert_request *r, int linked)
{
    if (sk_X509_NAME_num(r->cas) <= 0 || is_named(r->cas, r->own))
        return false;
    for (int i = 0; i < linked; i++) {
        if (is_named(r->cas, sk_X509_value(r->chain, i)))
            return false;
    }
    return true;
}

/* The name of a subject, kept in `texts`. */
static const char *keep_name(X509_NAME *name, struct strings *texts)
{
    char text[CERT_NAME_SIZE];

    cert_name(name, text);
    return strings_keep(texts, text_or(text, "(empty name)"));
}

/* Fills the facts of the chain. A root in it does not count: a server has its own. */
static void read_chain(const struct client_cert_request *r, int linked, struct strings *texts,
                       struct client_cert *out)
{
    X509 *first = NULL;

    for (int i = 0; i < linked; i++) {
        X509 *x = sk_X509_value(r->chain, i);
        time_t expires = time_of(X509_get0_notAfter(x));

        if (X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0)
            continue;
        if (first && expires >= out->expires)
            continue;
        first = x;
        out->expires = expires;
    }
    if (first)
        out->expiring = keep_name(X509_get_subject_name(first), texts);
    if (linked < sk_X509_num(r->chain))
        out->unlinked = keep_name(X509_get_subject_name(sk_X509_value(r->chain, linked)), texts);
}

void client_cert_read(const struct client_cert_request *r, struct strings *texts,
                      struct client_cert *out)
{
    int cas = sk_X509_NAME_num(r->cas), linked;

    *out = (struct client_cert){.ca_count = cas > 0 ? (size_t)cas : 0,
                                .cas = list_cas(r->cas, texts),
                                .subject = "",
                                .issuer = "",
                                .expiring = "",
                                .unlinked = ""};
    if (!r->own)
        return;
    linked = count_linked(r);
    out->not_before = time_of(X509_get0_notBefore(r->own));
    out->not_after = time_of(X509_get0_notAfter(r->own));
    out->no_purpose = !(X509_get_extended_key_usage(r->own) & (XKU_SSL_CLIENT | XKU_ANYEKU));
    out->no_signing = !(X509_get_key_usage(r->own) & KU_DIGITAL_SIGNATURE);
    out->other_ca = is_from_other_ca(r, linked);
    out->subject = keep_name(X509_get_subject_name(r->own), texts);
    out->issuer = keep_name(X509_get_issuer_name(r->own), texts);
    read_chain(r, linked, texts, out);
    ERR_clear_error(); /* of signatures that do not fit */
}
