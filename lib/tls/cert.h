/* SPDX-License-Identifier: BSD-2-Clause */
/* cert: an X509 to plain facts: names, dates, key, signature.
 *
 * Facts are copied and cleaned; they need no OpenSSL afterwards. X509 pointers pass between cert,
 * trust and conn only. Nothing is judged here. */
#ifndef TLS_CERT_H
#define TLS_CERT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/strings.h"

enum {
    CERT_NAMES_MAX = 256,
    CERT_NAME_SIZE = 256, /* bytes that are kept of a distinguished name, the NUL included */
    CERT_SHA256_HEX = 65,
    CERT_TLSA_MAX = 64,
    CERT_MALFORMED = 80,
    CERT_URLS_MAX = 16
};

/* A distinguished name on one line in the order of RFC 4514 2.1, cleaned and cut; "" where it is
 * empty or memory is short. */
void cert_name(X509_NAME *name, char out[CERT_NAME_SIZE]);

/* The kinds of certificate that a server may have at the same time. */
enum cert_kind { CERT_OTHER, CERT_RSA, CERT_ECDSA, CERT_KINDS };

enum cert_url_kind { CERT_URL_OCSP, CERT_URL_CRL };

/* Where a certificate's revocation can be asked (RFC 5280 4.2.2.1 and 4.2.1.13): over HTTP, which
 * is what we can ask. */
struct cert_url {
    char *text; /* owned */
    enum cert_url_kind kind;
    size_t point; /* of a CRL: the index of its distribution point */
};

/* No text is NULL. */
struct cert_facts {
    struct strings texts;            /* owns the texts and the names that follow */
    const char *subject, *issuer;    /* one line each, in the order of RFC 4514 2.1 */
    const char *cn, *issuer_cn;      /* "" where there is none */
    const char *organization, *unit; /* O and OU of the subject, or "" */
    const char *serial;              /* hexadecimal */
    const char *key, *signature;     /* "RSA 2048", "sha256WithRSAEncryption" */
    const char *curve;               /* of its key, as TLS names it: "secp256r1"; or "" */
    unsigned key_bits;               /* its size; 0: not known */
    enum cert_kind kind;             /* of its key */
    const char *aia;                 /* first caIssuers URL (RFC 5280 4.2.2.1), or "" */
    struct cert_url *urls;           /* of responders and CRLs; owned */
    size_t url_count;                /* at most CERT_URLS_MAX */
    bool must_staple;                /* status_request (RFC 7633 4.2.3.1) */
    bool signs,
        enciphers; /* key usage allows digitalSignature, keyEncipherment; or there is none */
    char sha256[CERT_SHA256_HEX];     /* of the certificate, lower case */
    char key_sha256[CERT_SHA256_HEX]; /* of the SubjectPublicKeyInfo */
    time_t not_before, not_after;
    bool self_issued;   /* subject equals issuer */
    const char **names; /* DNS and IP subjectAltNames, cleaned; at most CERT_NAMES_MAX. Owned */
    size_t name_count;
    bool has_dns_name;
    bool served;   /* the gateway sent it */
    int path;      /* its place in the path that was built, leaf 1; 0: not on it */
    uint64_t tlsa; /* bit i: TLSA record i of the query has its content, whatever the usage; the
                      first 64 */
    unsigned char *der; /* owned; NULL unless asked for */
    size_t der_len;
};

enum cert_match { CERT_MATCH_NONE, CERT_MATCH_SAN, CERT_MATCH_CN };

/* No facts: every text is "". */
void cert_facts_init(struct cert_facts *c);

/* The digest of the certificate, lower case; "" where OpenSSL cannot make it. */
void cert_sha256(X509 *x, char out[CERT_SHA256_HEX]);

/* Copies the facts of `x`; a date that cannot be read is 0, 1970. False where memory ran out; *out
 * is then clear. */
bool cert_facts_from(X509 *x, struct cert_facts *out);
void cert_facts_clear(struct cert_facts *c);

/* Whether the certificate is for `name`, a host name (a wildcard is one whole leftmost label, RFC
 * 9525 6.3; the CN counts only without DNS SANs, RFC 6125 6.4.4), an IP address literal, or
 * ".parent" for any subdomain. */
enum cert_match cert_matches(X509 *x, const char *name);

/* Whether a TLSA record's data stand for this certificate (RFC 6698 2.1.2, 2.1.3). */
bool cert_has_content(X509 *x, unsigned selector, unsigned matching, const unsigned char *data,
                      size_t len);

/* Whether OpenSSL cannot read an extension of the certificate, or an extension occurs twice (RFC
 * 5280 4.2); `why` then names the extension, else it is "". */
bool cert_malformed(X509 *x, char *why, size_t cap);

/* An ASN.1 time; 0 where there is none or it cannot be read. */
time_t cert_time(const ASN1_TIME *t);

/* How many URLs of a kind the certificate has. */
size_t cert_url_count(const struct cert_facts *c, enum cert_url_kind kind);

/* Keeps the certificate itself in the facts. False: memory. */
bool cert_keep_der(X509 *x, struct cert_facts *out);

/* The name of a certificate in a sentence: CN, else the first name, else the subject. */
const char *cert_title(const struct cert_facts *c);

/* The name of its issuer in a sentence: CN, else the whole name. */
const char *cert_issuer_title(const struct cert_facts *c);

/* Its role in the path: "certificate", "intermediate certificate", "root certificate". */
const char *cert_role(const struct cert_facts *c);

/* "RSA", "ECDSA", or "". */
const char *cert_kind_name(enum cert_kind kind);

/* Length of the validity period in days. */
double cert_lifetime_days(const struct cert_facts *c);

#endif
