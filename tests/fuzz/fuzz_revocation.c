/* SPDX-License-Identifier: BSD-2-Clause */
/* An OCSP response or a CRL to what it says about a certificate; the first byte says which it is.
 * Each is looked at as it came, and signed anew by the issuer, so that what lies behind the
 * signature is reached. */
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tls/crl.h"

enum { NOW = 1800000000, YEAR = 31536000 };

/* The seeds are signed by it, and about its certificate with serial number 1. */
static const char key_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk3ju6fvqMGsMIjOb\n"
                              "9lPmJmesER6u8RG1M6A+dOxwyn6hRANCAATYsM/yIsRfmKFD3FD/mq1pRhpTosj9\n"
                              "K4M8Aczui2DfMP3hvPPf9n3/LeERRDmaz6EK2r4Ad2rNyGAvSJqsXUHF\n"
                              "-----END PRIVATE KEY-----\n";

struct party {
    X509 *x;
    struct cert_facts facts;
};

static EVP_PKEY *key;
static struct party issuer, leaf, impostor; /* the last one has the issuer's name and another key */

static void make(struct party *p, const char *cn, long serial, EVP_PKEY *own)
{
    X509_EXTENSION *point = X509V3_EXT_conf_nid(NULL, NULL, NID_crl_distribution_points,
                                                "URI:http://ca.example.test/crl");
    X509_NAME *name;

    p->x = X509_new();
    HOLDS(p->x && own);
    name = X509_get_subject_name(p->x);
    X509_set_version(p->x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(p->x), serial);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(p->x, issuer.x ? X509_get_subject_name(issuer.x) : name);
    ASN1_TIME_set(X509_getm_notBefore(p->x), NOW - YEAR);
    ASN1_TIME_set(X509_getm_notAfter(p->x), NOW + YEAR);
    X509_set_pubkey(p->x, own);
    HOLDS(point && X509_add_ext(p->x, point, -1));
    X509_EXTENSION_free(point);
    HOLDS(X509_sign(p->x, key, EVP_sha256()));
    HOLDS(cert_facts_from(p->x, &p->facts) && cert_keep_der(p->x, &p->facts));
}

static void begin(void)
{
    BIO *bio = BIO_new_mem_buf(key_pem, -1);
    EVP_PKEY *other = EVP_EC_gen("P-256");

    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    make(&issuer, "Fuzz CA", 99, key);
    make(&leaf, "mx1.example.test", 1, other);
    make(&impostor, "Fuzz CA", 99, other);
    EVP_PKEY_free(other);
}

static void read_list(const struct cert_facts *cert, const struct cert_facts *by,
                      const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out)
{
    unsigned char *bytes = (unsigned char *)fuzz_bytes(buf, len);
    size_t used = crl_from_pem(bytes, len);
    struct crl list;
    unsigned reasons;

    *out = (struct revocation_fact){.status = REVOCATION_INVALID, .why = "it is not a CRL"};
    if (crl_read(bytes, used, &list)) {
        crl_verify(&list, by);
        reasons = crl_check(&list, cert, by, 0, now, out);
        HOLDS((reasons != 0) ==
              (out->status == REVOCATION_GOOD || out->status == REVOCATION_REVOKED));
    }
    free(bytes);
}

typedef void read_fn(const struct cert_facts *cert, const struct cert_facts *by,
                     const unsigned char *buf, size_t len, time_t now, struct revocation_fact *out);

static void look_at(read_fn *read, const unsigned char *buf, size_t len)
{
    struct revocation_fact f, ever;

    read(&leaf.facts, &issuer.facts, buf, len, NOW, &f);
    HOLDS(f.status > REVOCATION_UNCHECKED && f.status < REVOCATION_LOCAL);
    HOLDS((f.status == REVOCATION_INVALID) == (f.why[0] != '\0'));
    HOLDS(fuzz_is_clean(f.why) && fuzz_is_clean(f.reason));
    HOLDS(f.status == REVOCATION_REVOKED || (!f.since && !f.reason[0]));
    /* Whatever counts today counts where nobody looks at the date. */
    read(&leaf.facts, &issuer.facts, buf, len, 0, &ever);
    HOLDS(f.status == REVOCATION_INVALID || ever.status != REVOCATION_INVALID);
    read(&leaf.facts, &impostor.facts, buf, len, NOW, &f);
    HOLDS(f.status == REVOCATION_INVALID);
}

static void sign_ocsp(const unsigned char *buf, size_t len)
{
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &buf, (long)len), *again = NULL;
    OCSP_BASICRESP *basic = r ? OCSP_response_get1_basic(r) : NULL;
    unsigned char *out = NULL;
    int n = -1;

    if (basic && OCSP_basic_sign(basic, issuer.x, key, EVP_sha256(), NULL, OCSP_NOCERTS)) {
        again = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
        n = again ? i2d_OCSP_RESPONSE(again, &out) : -1;
    }
    if (n > 0)
        look_at(revocation_ocsp, out, (size_t)n);
    OPENSSL_free(out);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(again);
    OCSP_RESPONSE_free(r);
}

static void sign_crl(const unsigned char *buf, size_t len)
{
    X509_CRL *crl = d2i_X509_CRL(NULL, &buf, (long)len);
    unsigned char *out = NULL;
    int n = -1;

    if (crl && X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer.x)) &&
        X509_CRL_sign(crl, key, EVP_sha256()))
        n = i2d_X509_CRL(crl, &out);
    if (n > 0)
        look_at(read_list, out, (size_t)n);
    OPENSSL_free(out);
    X509_CRL_free(crl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *bytes;

    if (!key)
        begin();
    if (size == 0)
        return 0;
    bytes = (unsigned char *)fuzz_bytes(data + 1, size - 1);
    look_at(data[0] % 2 ? read_list : revocation_ocsp, bytes, size - 1);
    if (data[0] % 2)
        sign_crl(bytes, size - 1);
    else
        sign_ocsp(bytes, size - 1);
    free(bytes);
    return 0;
}
