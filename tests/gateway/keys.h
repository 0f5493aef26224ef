/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys and Diffie-Hellman groups for the lab, by name. RSA keys are slow to make, so only
 * two of a size are made in a process and then taken in turn. */
#ifndef LAB_KEYS_H
#define LAB_KEYS_H

#include <openssl/evp.h>

/* ec, ec384, rsa1024, rsa2048, rsa4096, ed25519; NULL for any other name. Owned by the caller. */
EVP_PKEY *keys_make(const char *kind);

/* For keys_dh: 8192 bits that no library knows, where each step takes its full time. */
enum { KEYS_DH_SLOW = 8191 };

/* Parameters of that many bits: RFC 7919 where it has them, else RFC 2409 or 3526; else NULL. */
EVP_PKEY *keys_dh(int bits);

#endif
