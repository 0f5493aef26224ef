/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/tls/revocation_lab.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "unit/unit.h"

void revocation_lab_facts(X509 *x, struct cert_facts *f)
{
    ck_assert(cert_facts_from(x, f) && cert_keep_der(x, f));
}

static GENERAL_NAMES *one_name(GENERAL_NAME *n)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

    sk_GENERAL_NAME_push(names, n);
    return names;
}

/* A distribution point more in the leaf: a REVOCATION_LAB_URL, the issuer of its CRLs, the bits of
 * its reasons; each may be NULL. */
void revocation_lab_point(struct revocation_lab *l, const char *url, X509 *crl_issuer,
                          const int *reasons)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(l->leaf.x, NID_crl_distribution_points, NULL, NULL);
    DIST_POINT *p = DIST_POINT_new();

    if (!points)
        points = sk_DIST_POINT_new_null();
    if (url) {
        p->distpoint = DIST_POINT_NAME_new();
        p->distpoint->type = 0;
        p->distpoint->name.fullname = one_name(a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_URI, url, 0));
    }
    if (crl_issuer) {
        GENERAL_NAME *n = GENERAL_NAME_new();

        n->type = GEN_DIRNAME;
        n->d.directoryName = X509_NAME_dup(X509_get_subject_name(crl_issuer));
        p->CRLissuer = one_name(n);
    }
    for (; reasons && *reasons; reasons++) {
        if (!p->reasons)
            p->reasons = ASN1_BIT_STRING_new();
        ASN1_BIT_STRING_set_bit(p->reasons, *reasons, 1);
    }
    sk_DIST_POINT_push(points, p);
    X509_add1_ext_i2d(l->leaf.x, NID_crl_distribution_points, points, 0, X509V3_ADD_REPLACE);
    ck_assert_int_gt(X509_sign(l->leaf.x, l->ca.key, EVP_sha256()), 0);
    CRL_DIST_POINTS_free(points);
}

void revocation_lab_open(struct revocation_lab *l, bool ca)
{
    *l = (struct revocation_lab){.now = time(NULL)};
    l->ca = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
    l->other = pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
    l->leaf = pki_make(&(struct pki_spec){.cn = "mx.example.com", .ca = ca}, &l->ca);
    revocation_lab_point(l, REVOCATION_LAB_URL, NULL, NULL);
    revocation_lab_facts(l->ca.x, &l->issuer);
    revocation_lab_facts(l->leaf.x, &l->cert);
}

/* The leaf's facts anew, after its extensions have changed. */
void revocation_lab_refresh(struct revocation_lab *l)
{
    cert_facts_clear(&l->cert);
    revocation_lab_facts(l->leaf.x, &l->cert);
}

void revocation_lab_close(struct revocation_lab *l)
{
    cert_facts_clear(&l->cert);
    cert_facts_clear(&l->issuer);
    pki_free(&l->leaf);
    pki_free(&l->other);
    pki_free(&l->ca);
}

/* A CRL of `by`, with an issuing distribution point as openssl.cnf has it, or NULL. */
X509_CRL *revocation_lab_crl(const struct revocation_lab *l, const struct pki *by,
                             const char *point, bool delta)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, l->now - 60), *to = ASN1_TIME_set(NULL, l->now + 600);
    ASN1_INTEGER *base = ASN1_INTEGER_new();
    X509_EXTENSION *e;

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x));
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    if (point) {
        e = X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point, point);
        ck_assert_ptr_nonnull(e);
        X509_CRL_add_ext(crl, e, -1);
        X509_EXTENSION_free(e);
    }
    if (delta)
        X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0);
    ck_assert_int_gt(X509_CRL_sign(crl, by->key, EVP_sha256()), 0);
    ASN1_INTEGER_free(base);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

/* Lists a certificate; `reason` as in RFC 5280 5.3.1, -1: none. */
void revocation_lab_revoke(X509_CRL *crl, const struct revocation_lab *l, X509 *x, int reason)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = ASN1_TIME_set(NULL, l->now - 3600);
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();

    ASN1_ENUMERATED_set(code, reason);
    if (reason >= 0)
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0);
    ASN1_ENUMERATED_free(code);
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(x));
    X509_REVOKED_set_revocationDate(entry, since);
    X509_CRL_add0_revoked(crl, entry);
    ck_assert_int_gt(X509_CRL_sign(crl, l->ca.key, EVP_sha256()), 0);
    ASN1_TIME_free(since);
}
