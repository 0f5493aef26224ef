/* SPDX-License-Identifier: BSD-2-Clause */
/* crl: a certificate revocation list (RFC 5280 5), and what it says about one certificate.
 *
 * Hides how the list is read: in place, for OpenSSL's own form of a list of 16 MiB takes 115 MiB.
 * Delta and indirect lists (5.2.4, 5.2.5) do not count. It trusts nobody but the certificate's
 * issuer. */
#ifndef TLS_CRL_H
#define TLS_CRL_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "tls/der.h"
#include "tls/revocation.h"

enum { CRL_MAX = 16 * 1024 * 1024 };

/* The revocation reasons that a list or a distribution point is about, as a set (RFC
 * 5280 4.2.1.13). */
enum { CRL_ALL_REASONS = 0x1fe };

/* Parts of the list, in the bytes that were read. */
struct crl {
    struct der whole, tbs, algorithm, signature, issuer, this_update, next_update, entries, point;
    bool has_point;               /* an issuing distribution point */
    const char *why;              /* why the list says nothing about any certificate, or NULL */
    char signer[CERT_SHA256_HEX]; /* the issuer that crl_verify found to have signed it, or "" */
};

/* PEM in `buf` becomes DER in place; returns the length of that, or `len` where it was no PEM. */
size_t crl_from_pem(unsigned char *buf, size_t len);

/* Reads a whole list in DER. Keeps pointers into `buf`. False: it is none. */
bool crl_read(const unsigned char *buf, size_t len, struct crl *out);

/* Whether the issuer signed the list; remembered for the next certificate of the same issuer. Takes
 * as much memory as the list has, for a moment. */
bool crl_verify(struct crl *l, const struct cert_facts *issuer);

/* Looks a certificate of `issuer` up in the list, which was found at the certificate's distribution
 * point with that index and verified with the same issuer. `now` 0: a list that is out of date
 * counts, too. Fills *out; returns the reasons that the answer is about. */
unsigned crl_check(const struct crl *l, const struct cert_facts *cert,
                   const struct cert_facts *issuer, size_t point, time_t now,
                   struct revocation_fact *out);

#endif
