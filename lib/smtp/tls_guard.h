/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_guard: ends what a TLS peer sends without end.
 *
 * Hides a callback of OpenSSL's BIO. One call of SSL_connect(3) or SSL_read(3) goes on for as long
 * as the peer sends messages that mean nothing, such as HelloRequest, and looks at no clock. */
#ifndef SMTP_TLS_GUARD_H
#define SMTP_TLS_GUARD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"

/* Bytes of one handshake, or of what comes until we write again. The largest handshake that OpenSSL
 * accepts has less, for a chain may have 100 kB. */
enum { TLS_GUARD_MAX = 256 * 1024 };

struct tls_guard {
    instant deadline; /* of the call under way; the caller sets it before each */
    size_t taken;     /* bytes since the caller set it to 0 */
};

/* Watches what the session reads; call after SSL_set_fd(3). `g` must outlive the session. At the
 * deadline or the limit, calls fail with SSL_ERROR_WANT_READ. */
void tls_guard_watch(struct tls_guard *g, SSL *ssl);

bool tls_guard_is_over(const struct tls_guard *g);

#endif
