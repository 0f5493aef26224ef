/* SPDX-License-Identifier: BSD-2-Clause */
/* The TLS side of a gateway: what a `starttls`, `tls` or `serve` line says about it, and the
 * context made of that.
 *
 * Everything is allowed that the line does not forbid, at security level 0: gateways in the field
 * do worse. Built before the scenario starts and only read afterwards. */
#ifndef LAB_TLS_H
#define LAB_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "lab.h"

struct tls_name {
    const char *name;
    SSL_CTX *ctx;
};

struct tls_options {
    const char *cert, *second, *min, *max, *ciphers, *suites, *staple, *groups, *sigalgs,
        *client_ca, *sni[8];
    size_t n_sni;
    bool client_cert, client_cert_asked, sni_required, sni_refuse, intolerant, fail, farewell,
        hello_silence;
    int dh, hello_max;
};

struct tls_server {
    SSL_CTX *ctx;
    struct tls_name *names;
    size_t n_names;
    bool sni_required, sni_refuse, fail, farewell, hello_silence;
    size_t hello_max; /* a larger ClientHello gets no answer; 0: none is too large */
};

/* True where the word is one of the options named in the README. */
bool tls_option(struct tls_options *o, const struct statement *s, const struct word *w);

struct tls_server *tls_server_new(struct lab *lab, const struct statement *s,
                                  const struct tls_options *o);

#endif
