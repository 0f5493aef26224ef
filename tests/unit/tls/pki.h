/* SPDX-License-Identifier: BSD-2-Clause */
/* pki: certificates for the tests, made on the spot. A failure here fails the test. */
#ifndef PKI_H
#define PKI_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum pki_key { PKI_EC, PKI_RSA_1024 };

struct pki_spec {
    const char *cn;      /* NULL: none */
    size_t cn_len;       /* 0: as long as the string */
    const char *o;       /* organisation, or NULL */
    const char *san;     /* as openssl.cnf has it: "DNS:a.example,IP:192.0.2.1", or NULL */
    const char *san_raw; /* one DNS name of san_raw_len bytes as they are */
    size_t san_raw_len;
    const char *aia;    /* "caIssuers;URI:http://..." or NULL */
    const char *eku;    /* "clientAuth" or NULL */
    time_t from, until; /* 0: a year around now */
    bool ca;
    enum pki_key key;
};

struct pki {
    X509 *x;
    EVP_PKEY *key;
};

/* Makes a certificate, signed by `issuer`, or by itself where that is NULL. */
struct pki pki_make(const struct pki_spec *s, const struct pki *issuer);
void pki_free(struct pki *p);

/* Writes certificates as PEM to a new file, whose name `path` takes. */
void pki_file(X509 *const *list, size_t count, char path[64]);

#endif
