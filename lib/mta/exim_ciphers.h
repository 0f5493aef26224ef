/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_ciphers: the lowest TLS version that Exim's tls_require_ciphers allows. Pure. */
#ifndef MTA_EXIM_CIPHERS_H
#define MTA_EXIM_CIPHERS_H

#include <stdbool.h>

#include "base/span.h"

/* Reads a priority string of GnuTLS. *version is TLS1_VERSION .. TLS1_3_VERSION; 0 where SSL 3.0 is
 * allowed, or where the string does not tell. False: GnuTLS refuses the string, or no version is
 * left, and Exim has no TLS: *wrong is the part. */
bool exim_ciphers_gnutls(struct span priority, int *version, struct span *wrong);

#endif
