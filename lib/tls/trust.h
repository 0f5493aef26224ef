/* SPDX-License-Identifier: BSD-2-Clause */
/* trust: the TLS client's settings, the trust store, and verification after the handshake.
 *
 * Hides SSL_CTX and X509_STORE. The handshake itself accepts every certificate; trust_verify then
 * walks the chain in its own passes and collects every fault. It judges nothing. */
#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "tls/cert.h"
#include "tls/dane.h"
#include "base/error.h"

struct trust;

struct trust_config {
    const char *ca_file, *ca_dir;   /* replace the system's store; NULL: the system's */
    const char *ca_file_label;      /* what errors call ca_file; NULL: "--ca-file" */
    const char *env_file, *env_dir; /* SSL_CERT_FILE and SSL_CERT_DIR, or NULL */
    const char *client_cert, *client_key;
    bool of_form; /* errors name a form's fields, not options */
};

/* Where trusted certificates come from: a file, a directory of hashed ones; either may be NULL. */
void trust_paths(const struct trust_config *config, const char **file, const char **dir);

/* One for all threads. NULL with `e` filled where a file cannot be read or memory is short. */
struct trust *trust_new(const struct trust_config *config, struct error *e);
void trust_free(struct trust *t);

/* The files that a form names; each may be NULL, and `client_key` is in the certificate's file
 * then.
 */
struct trust_files {
    const char *ca_file, *client_cert, *client_key;
};

/* The same client with the certificates of `ca_file` for anchors, and with another certificate of
 * its own. Without ca_file it has the anchors of `t`, which must outlive its use. NULL with `e`
 * filled: ERROR_FILE as "ca-file: \"PATH\": REASON", or ERROR_MEMORY. */
struct trust *trust_with(const struct trust *t, const struct trust_files *files, struct error *e);

/* Why no certificate is trusted at all, and the cure, for people; NULL where one is, or `t` is
 * NULL.
 */
const char *trust_empty(const struct trust *t);

/* Instead of TLS1_VERSION .. TLS1_3_VERSION: all versions, weak keys and signatures, and nearly all
 * cipher suites and groups that OpenSSL can still speak, to name the cause where a normal client's
 * handshake failed. Left out are CCM_8 of TLS 1.3, DSA, and curves that no mail server is known to
 * need. */
enum { TRUST_ANY_VERSION = 0 };

/* A new session; the caller frees it with SSL_free. Below TLS 1.2, which nobody should speak any
 * more (RFC 9325 3.1.1), OpenSSL's security level is 0. NULL: memory. */
SSL *trust_session(const struct trust *t, int min_version);

enum { TRUST_FAULTS_MAX = 8 };

/* Where an issuer that OpenSSL did not find is after all. */
enum trust_seen { TRUST_SEEN_NOWHERE, TRUST_SEEN_SERVED, TRUST_SEEN_TRUSTED };

/* Why a certificate with the issuer's name is not the issuer. */
enum trust_unfit {
    TRUST_UNFIT_NONE,       /* none was seen */
    TRUST_UNFIT_KEY,        /* it has another key */
    TRUST_UNFIT_IDENTIFIER, /* the authority key identifier names another certificate */
    TRUST_UNFIT_USAGE,      /* its key usage has no keyCertSign */
    TRUST_UNFIT_MALFORMED
};

struct trust_fault {
    int code;  /* X509_V_ERR_* */
    int depth; /* of the certificate in the path, leaf 0 */
    char subject[128], issuer[128], aia[160];
    char malformed[CERT_MALFORMED]; /* what is wrong with the certificate's extensions, or "" */
    enum trust_seen seen;           /* a certificate with the issuer's name */
    enum trust_unfit unfit;
    char issuer_malformed[CERT_MALFORMED];
    char unreadable[240]; /* the file of our own that should contain the issuer, and why it cannot
                             be used; "" where there is none */
};

struct trust_faults {
    struct trust_fault *at; /* NULL where there is none */
    size_t count;           /* at most TRUST_FAULTS_MAX */
};

struct trust_match {
    const char *name; /* reference name; the asker's, must outlive the facts */
    enum cert_match match;
};

/* The result of verifying one served chain. */
struct trust_facts {
    struct cert_facts *certs; /* as served, then what only the path has */
    size_t cert_count;
    struct trust_match *names;
    size_t name_count;
    struct trust_faults pkix; /* dates left out: they are in the facts */
    bool dane_asked;          /* there were usable records */
    bool dane_matched;
    int dane_usage; /* 2 or 3 where matched */
    struct trust_match *dane_names;
    size_t dane_name_count;
    struct trust_faults dane; /* of the path that matched */
};

struct trust_query {
    time_t now;
    const char *const *names; /* reference names to compare the leaf with */
    size_t name_count;
    const struct dane_tlsa *tlsa; /* may hold unusable ones; they are skipped */
    size_t tlsa_count;
    const char *const *dane_names; /* and with usage 2 (RFC 7672 3.2.2) */
    size_t dane_name_count;
    bool pkix_path; /* the facts' path is that of the trust store, also where DANE matched */
    bool keep_der;  /* of each certificate */
};

/* Verifies a served chain, leaf first: by the trust store (RFC 5280 6.1), and by TLSA records (RFC
 * 7671 5, 9). False: memory. trust_facts_clear frees. */
bool trust_verify(const struct trust *t, STACK_OF(X509) * chain, const struct trust_query *q,
                  struct trust_facts *out);
void trust_facts_clear(struct trust_facts *f);

/* The issuer of a certificate: the next of the path, else one of its issuer's name; NULL where
 * there is none. */
const struct cert_facts *trust_issuer_of(const struct trust_facts *f, const struct cert_facts *c);

#endif
