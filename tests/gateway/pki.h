/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's certificates, made when a scenario starts: two roots, an intermediate and the `cert`
 * lines.
 *
 * Hides OpenSSL's certificate builder. Nothing is checked: what no CA would issue is what scenarios
 * need. The process owns everything that is returned. */
#ifndef LAB_PKI_H
#define LAB_PKI_H

#include <openssl/x509.h>
#include <stddef.h>
#include <time.h>

#include "buf.h"
#include "script.h"

struct cert {
    char *name;
    X509 *x;
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* what a server sends behind it */
    char *pem, *key_pem;    /* paths */
};

struct pki;

struct pki *pki_new(const char *dir, time_t start);
/* A `cert NAME key=value...` line. */
void pki_add(struct pki *pki, const struct statement *s);
/* NULL where there is none of that name. */
const struct cert *pki_find(const struct pki *pki, const char *name);
/* The n-th, in the order they were made; NULL behind the last. */
const struct cert *pki_at(const struct pki *pki, size_t n);

/* TLSA's selector (0 certificate, 1 public key) and matching type (0 all, 1 SHA-256, 2 SHA-512), in
 * hex. */
char *pki_hex(const struct cert *cert, int selector, int matching);

#endif
