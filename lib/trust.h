/* trust: the TLS client's settings, the trust store, and verification after the handshake.
 *
 * Hides SSL_CTX and X509_STORE. The handshake itself accepts every certificate; trust_verify then
 * walks the chain in its own passes and collects every fault at once. It judges nothing. */
#ifndef TRUST_H
#define TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cert.h"
#include "dane.h"
#include "err.h"

struct trust;

struct trust_config {
    const char *ca_file, *ca_dir;   /* replace the system's store; NULL: the system's */
    const char *env_file, *env_dir; /* SSL_CERT_FILE and SSL_CERT_DIR, or NULL */
    const char *client_cert, *client_key;
};

/* Where trusted certificates come from: a file, a directory of hashed ones; either may be NULL. */
void trust_paths(const struct trust_config *config, const char **file, const char **dir);

/* One for all threads. NULL with `e` filled where a file cannot be read or memory is short. */
struct trust *trust_new(const struct trust_config *config, struct err *e);
void trust_free(struct trust *t);

/* The same client with the certificates of `ca_file` for anchors. Likewise. */
struct trust *trust_with(const struct trust *t, const char *ca_file, struct err *e);

/* Instead of TLS1_VERSION .. TLS1_3_VERSION: everything allowed that OpenSSL can still speak, to
 * name the cause where a normal client's handshake failed. */
enum { TRUST_ANY_VERSION = 0 };

/* A new session; the caller frees it with SSL_free. Below TLS 1.2, which nobody should speak any
 * more (RFC 9325 3.1.1), OpenSSL's security level is 0. NULL: memory. */
SSL *trust_session(const struct trust *t, int min_version);

enum { TRUST_FAULTS_MAX = 8 };

struct trust_fault {
    int code;  /* X509_V_ERR_* */
    int depth; /* of the certificate in the path, leaf 0 */
    char subject[128], issuer[128], aia[160];
};

struct trust_faults {
    struct trust_fault *at; /* NULL where there is none */
    size_t count;           /* at most TRUST_FAULTS_MAX */
};

struct trust_match {
    const char *name; /* reference name; the asker's, must outlive the facts */
    enum cert_match match;
};

/* What verification found out about one served chain. */
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
