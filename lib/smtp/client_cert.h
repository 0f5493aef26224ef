/* SPDX-License-Identifier: BSD-2-Clause */
/* client_cert: what a gateway that asks for our certificate may find wrong with it. */
#ifndef SMTP_CLIENT_CERT_H
#define SMTP_CLIENT_CERT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <time.h>

struct client_cert {
    time_t not_before, not_after;
    bool no_purpose; /* an extended key usage without clientAuth (RFC 5280 4.2.1.12) */
    bool other_ca;   /* from none of the CAs that the peer named (RFC 8446 4.2.4) */
};

/* Reads the session's own certificate; call when the peer has asked for it. */
void client_cert_read(SSL *ssl, struct client_cert *out);

#endif
