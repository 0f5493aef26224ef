/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_code: the numbers of protocol versions, cipher suites, groups and signature algorithms, and
 * their names.
 *
 * Hides the tables, which are made from tls_code.def. Pure; nothing is allocated. */
#ifndef TLS_TLS_CODE_H
#define TLS_TLS_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_code_kind {
    TLS_CODE_VERSION,
    TLS_CODE_SUITE,
    TLS_CODE_GROUP,
    TLS_CODE_SIGNATURE,
    TLS_CODE_KINDS
};

/* What a suite or a group is for, as a set; 0 for versions and signature algorithms. */
enum {
    TLS_CODE_1_2 = 1,    /* TLS 1.2 and below */
    TLS_CODE_1_3 = 2,    /* TLS 1.3 */
    TLS_CODE_ECDHE = 4,  /* a suite with ephemeral ECDH, signed by the certificate's key */
    TLS_CODE_DHE = 8,    /* the same with a finite field */
    TLS_CODE_HYBRID = 16 /* a group that adds ML-KEM to a curve, against quantum computers */
};

/* Not a number of IANA, and never sent: stands for the finite field of a server's own making, or of
 * RFC 3526, in a key exchange of TLS 1.2. */
enum { TLS_CODE_OTHER_DH = 0xffff };

enum { TLS_CODE_SSL_3 = 0x0300, TLS_CODE_TLS_1_2 = 0x0303, TLS_CODE_TLS_1_3 = 0x0304 };

struct tls_code {
    uint16_t number;
    unsigned use; /* TLS_CODE_1_2 ... */
    const char *name;
    const char *openssl; /* OpenSSL's name of a suite where it has another one, else "" */
};

/* All of a kind, ascending; *count is how many. Static. */
const struct tls_code *tls_code_all(enum tls_code_kind kind, size_t *count);

/* The entry of a number; NULL: not in the table. */
const struct tls_code *tls_code_find(enum tls_code_kind kind, unsigned number);

/* The entry of a name, or of OpenSSL's name for a suite, without regard to case; NULL: none. */
const struct tls_code *tls_code_named(enum tls_code_kind kind, const char *name);

/* The name of a number, or "0x1234" in `buf` where it has none. */
const char *tls_code_name(enum tls_code_kind kind, unsigned number, char buf[8]);

/* "cipher suite": what one of the kind is called. */
const char *tls_code_noun(enum tls_code_kind kind);

#endif
