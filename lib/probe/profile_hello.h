/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_hello: the lists of a ClientHello of profile_probe, made from the numbers that tls_code
 * knows. Pure. */
#ifndef PROBE_PROFILE_HELLO_H
#define PROBE_PROFILE_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/client_hello.h"
#include "tls/tls_code.h"

enum { PROFILE_HELLO_NUMBERS = 320 };

struct profile_hello_numbers {
    uint16_t at[PROFILE_HELLO_NUMBERS];
    size_t count;
};

struct profile_hello {
    struct client_hello hello; /* its lists are those below once it is complete */
    struct profile_hello_numbers suites, groups, signatures;
};

/* Whether a use of tls_code, as a set, has all of `wanted`. */
bool profile_hello_has_use(unsigned use, unsigned wanted);

/* Appends a number, without a look for an equal one. TLS_CODE_OTHER_DH, which cannot be sent, is
 * passed over, and so is everything once the list is full. */
void profile_hello_add(struct profile_hello_numbers *n, unsigned number);

/* Appends all numbers of a kind that have all of `use`. */
void profile_hello_add_all(struct profile_hello_numbers *n, enum tls_code_kind kind, unsigned use);

/* Has h->hello point to the lists, and sets its SNI, which is borrowed; NULL: none. Its version is
 * the caller's. */
void profile_hello_complete(struct profile_hello *h, const char *sni);

/* Makes the complete hello that offers one number of a kind and everything else, in TLS 1.3 where
 * `may_1_3` and the number has a use there, else in TLS 1.2; for TLS_CODE_VERSION in the version
 * `number`. */
void profile_hello_single(struct profile_hello *h, enum tls_code_kind kind, unsigned number,
                          bool may_1_3, const char *sni);

#endif
