/* cert: an X509 to plain facts: names, dates, key, signature.
 *
 * Facts are copied and cleaned; they need no OpenSSL afterwards. X509 pointers pass between cert,
 * trust and conn only. Nothing is judged here. */
#ifndef CERT_H
#define CERT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { CERT_NAMES_MAX = 256, CERT_SHA256_HEX = 65, CERT_TLSA_MAX = 64 };

/* What a server may have beside each other. */
enum cert_kind { CERT_OTHER, CERT_RSA, CERT_ECDSA, CERT_KINDS };

struct cert_facts {
    char subject[256], issuer[256];   /* one line each, in the order of RFC 4514 2.1 */
    char cn[128], issuer_cn[128];     /* "" where there is none */
    char organization[128], unit[128]; /* O and OU of the subject, or "" */
    char serial[64];                  /* hexadecimal */
    char key[24], signature[48];      /* "RSA 2048", "sha256WithRSAEncryption" */
    enum cert_kind kind;              /* of its key */
    char aia[160];                    /* first caIssuers URL (RFC 5280 4.2.2.1), or "" */
    char ocsp[160], crl[160];         /* first URL of a responder, of a CRL, or "" */
    bool must_staple;                 /* status_request (RFC 7633 4.2.3.1) */
    char sha256[CERT_SHA256_HEX];     /* of the certificate, lower case */
    char key_sha256[CERT_SHA256_HEX]; /* of the SubjectPublicKeyInfo */
    time_t not_before, not_after;
    bool self_issued; /* subject equals issuer */
    char **names;     /* DNS and IP subjectAltNames, cleaned; at most CERT_NAMES_MAX. Owned */
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

/* An ASN.1 time; 0 where there is none or it cannot be read. */
time_t cert_time(const ASN1_TIME *t);

/* Keeps the certificate itself in the facts. False: memory. */
bool cert_keep_der(X509 *x, struct cert_facts *out);

/* What to call a certificate in a sentence: CN, else the first name, else the subject. */
const char *cert_title(const struct cert_facts *c);

/* Likewise its issuer: CN, else the whole name. */
const char *cert_issuer_title(const struct cert_facts *c);

/* Its role in the path: "certificate", "intermediate certificate", "root certificate". */
const char *cert_role(const struct cert_facts *c);

/* "RSA", "ECDSA", or "". */
const char *cert_kind_name(enum cert_kind kind);

/* Length of the validity period in days. */
double cert_lifetime_days(const struct cert_facts *c);

#endif
