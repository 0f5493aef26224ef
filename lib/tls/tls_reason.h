/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_reason: why TLS failed, in OpenSSL's words. */
#ifndef TLS_TLS_REASON_H
#define TLS_TLS_REASON_H

#include <stddef.h>

enum { TLS_REASON_ALERT = 60 };

/* Writes what an alert says (RFC 8446 6), "alert handshake failure", or "alert 199" where it has no
 * name. */
void tls_reason_alert(int alert, char out[TLS_REASON_ALERT]);

/* Writes this thread's first error of OpenSSL, "alert handshake failure", to `out` of `cap` bytes;
 * "connection closed" where there is none. Drains the queue. Returns the alert's number where the
 * peer has sent one (RFC 8446 6), else 0. */
int tls_reason_take(char *out, size_t cap);

#endif
