/* SPDX-License-Identifier: BSD-2-Clause */
/* dane: TLSA records (RFC 6698, 7671, 7672): what they hold, and whether SMTP can use it. No DNS.
 */
#ifndef TLS_DANE_H
#define TLS_DANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DANE_DATA_MAX = 16384 };

struct dane_tlsa {
    uint8_t usage, selector, matching;
    unsigned char *data; /* owned */
    size_t len;
};

/* Whether an RDATA of that length can be a TLSA record. */
bool dane_tlsa_fits(size_t len);

/* Reads a TLSA RDATA (RFC 6698 2.1). False where its length does not fit (DANE_DATA_MAX), or memory
 * is short. dane_tlsa_clear frees what it holds. */
bool dane_tlsa_read(struct dane_tlsa *out, const unsigned char *rdata, size_t len);
void dane_tlsa_clear(struct dane_tlsa *t);

/* Why SMTP cannot use a record. */
enum dane_problem {
    DANE_USABLE,
    DANE_USAGE, /* neither 2 nor 3 (RFC 7672 3.1.3) */
    DANE_SELECTOR,
    DANE_MATCHING,
    DANE_DIGEST,      /* a digest of another length than its kind has (RFC 6698 4.1) */
    DANE_CERTIFICATE, /* matching type 0: OpenSSL cannot read the certificate or its key */
    DANE_KEY          /* matching type 0: OpenSSL cannot read the public key */
};

enum dane_problem dane_tlsa_problem(const struct dane_tlsa *t);
bool dane_tlsa_usable(const struct dane_tlsa *t);

/* Whether the data are wrong for the record's own parameters: a mistake in the zone, also where
 * another record can be used. */
bool dane_tlsa_malformed(const struct dane_tlsa *t);

/* The problem in words, for people; "" for a record that can be used. */
void dane_tlsa_why(const struct dane_tlsa *t, char *out, size_t cap);

/* "3 1 1 0123abcd..." */
void dane_tlsa_text(const struct dane_tlsa *t, char *out, size_t cap);

#endif
