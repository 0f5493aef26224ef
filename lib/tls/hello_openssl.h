/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_openssl: the ClientHello that our own OpenSSL makes with given settings, as a template.
 *
 * Hides that no connection is needed for it. */
#ifndef TLS_HELLO_OPENSSL_H
#define TLS_HELLO_OPENSSL_H

#include "base/error.h"
#include "tls/hello_template.h"

/* What differs from OpenSSL's defaults, those of its configuration file included. Begins zeroed. */
struct hello_openssl_settings {
    int lowest, highest; /* TLS1_VERSION ..; 0: the default */
    const char *ciphers; /* up to TLS 1.2, in OpenSSL's syntax; NULL: the default */
    const char *groups;  /* names, separated by blanks, commas and colons, of which those that our
                            OpenSSL does not know are left out; NULL or none left: the default */
    bool verifies;       /* security level 1, as Postfix sets where it verifies certificates */
    bool has_name;       /* a server name is sent */
};

/* Makes the hello. False with `e` filled: OpenSSL cannot use a setting, or the settings exclude TLS
 * 1.3. */
bool hello_openssl_make(const struct hello_openssl_settings *s, struct hello_template *out,
                        struct error *e);

/* The version of our OpenSSL, "OpenSSL 3.0.19 27 Jan 2026". */
const char *hello_openssl_text(void);

#endif
