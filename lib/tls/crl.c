/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/crl.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The last two bytes of the identifiers 2.5.29.N, which all extensions of CRLs have but one. */
enum {
    ID_ISSUER_ALT_NAME = 18,
    ID_CRL_NUMBER = 20,
    ID_REASON = 21,
    ID_INVALIDITY_DATE = 24,
    ID_DELTA = 27,
    ID_POINT = 28,
    ID_AUTHORITY_KEY = 35,
    ID_FRESHEST = 46
};

/* N of the identifier 2.5.29.N, by the content of an OBJECT IDENTIFIER; -1 for any other
 * identifier. */
static int id_of(const struct der *oid)
{
    return oid->len == 3 && oid->at[0] == 0x55 && oid->at[1] == 0x1d ? oid->at[2] : -1;
}

size_t crl_from_pem(unsigned char *buf, size_t len)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long der_len = 0;
    BIO *bio;

    if (len == 0 || buf[0] == DER_SEQUENCE || len > CRL_MAX)
        return len;
    bio = BIO_new_mem_buf(buf, (int)len);
    if (bio && PEM_read_bio(bio, &name, &header, &der, &der_len) == 1 && (size_t)der_len < len &&
        strcmp(name, PEM_STRING_X509_CRL) == 0) {
        memcpy(buf, der, (size_t)der_len);
        len = (size_t)der_len;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    ERR_clear_error();
    return len;
}

/* --- reading --- */

/* Takes a UTCTime or GeneralizedTime; *out gets it with its header. False: the next element is
 * neither, and nothing was taken. */
static bool take_time(struct der *d, struct der *out)
{
    return der_take(d, DER_UTC_TIME, out, NULL) || der_take(d, DER_GENERALIZED_TIME, out, NULL);
}

/* Reads the extensions of the whole list: `list` is the content of their SEQUENCE. Sets l->why
 * where one makes the CRL useless, else leaves it. False: they are malformed. */
static bool read_extensions(struct crl *l, struct der list)
{
    struct der_extension e;

    while (list.len > 0) {
        if (!der_take_extension(&list, &e))
            return false;
        switch (id_of(&e.oid)) {
        case ID_DELTA:
            l->why = "it is a delta CRL";
            break;
        case ID_POINT:
            if (l->has_point)
                return false;
            l->has_point = true;
            l->point = e.value;
            break;
        case ID_ISSUER_ALT_NAME:
        case ID_CRL_NUMBER:
        case ID_AUTHORITY_KEY:
        case ID_FRESHEST:
            break;
        default:
            if (e.critical)
                l->why = "it has an unknown critical extension";
            break;
        }
    }
    return true;
}

struct entry {
    struct der serial, extensions; /* contents */
    struct der date;               /* with its header */
};

/* Takes the next entry off `list`, which begins as l->entries. *out points into the CRL; its
 * extensions are empty where the entry has none. False: the entry is malformed, or nothing is left,
 * which the caller checks before; *out is then of no use. */
static bool take_entry(struct der *list, struct entry *out)
{
    struct der entry;

    *out = (struct entry){0};
    if (!der_take(list, DER_SEQUENCE, NULL, &entry) ||
        !der_take(&entry, DER_INTEGER, NULL, &out->serial) || !take_time(&entry, &out->date))
        return false;
    return entry.len == 0 ||
           (der_take(&entry, DER_SEQUENCE, NULL, &out->extensions) && entry.len == 0);
}

/* Looks at all of l->entries, which may be empty. `version_2`: the CRL says that it is version 2.
 * RFC 5280 5.3: an unknown critical extension of any entry spoils the whole list, and l->why says
 * so. Entries of another issuer (5.3.3) belong to indirect lists. False: one is malformed. */
static bool read_entries(struct crl *l, bool version_2)
{
    struct der list = l->entries;
    struct der_extension x;
    struct entry e;

    while (list.len > 0) {
        if (!take_entry(&list, &e))
            return false;
        if (e.extensions.len > 0 && !version_2)
            l->why = "it has extensions, but not version 2";
        while (e.extensions.len > 0) {
            if (!der_take_extension(&e.extensions, &x))
                return false;
            if (x.critical && id_of(&x.oid) != ID_REASON && id_of(&x.oid) != ID_INVALIDITY_DATE)
                l->why = "an entry has an unknown critical extension";
        }
    }
    return true;
}

/* Reads the signed part (RFC 5280 5.1.2) of a CRL whose `tbs` and `algorithm` are set, the rest
 * but `whole` and `signature` zeroed. Sets l->why where the list is of no use. False: it is
 * malformed. */
static bool read_tbs(struct crl *l)
{
    struct der tbs = l->tbs, version, algorithm, wrapped, extensions;
    bool version_2;

    if (!der_take(&tbs, DER_SEQUENCE, NULL, &tbs))
        return false;
    version_2 = der_peek(&tbs) == DER_INTEGER;
    if (version_2 && (!der_take(&tbs, DER_INTEGER, NULL, &version) || !der_is(&version, "\1", 1)))
        l->why = "its version is unknown";
    if (!der_take(&tbs, DER_SEQUENCE, &algorithm, NULL) ||
        !der_take(&tbs, DER_SEQUENCE, &l->issuer, NULL) || !take_time(&tbs, &l->this_update))
        return false;
    take_time(&tbs, &l->next_update);
    if (!der_is(&algorithm, l->algorithm.at, l->algorithm.len))
        l->why = "it names two signature algorithms";
    if (der_peek(&tbs) == DER_SEQUENCE && !der_take(&tbs, DER_SEQUENCE, NULL, &l->entries))
        return false;
    if (!read_entries(l, version_2))
        return false;
    if (tbs.len == 0)
        return true;
    if (!version_2)
        l->why = "it has extensions, but not version 2";
    return der_take(&tbs, DER_CONTEXT_0, NULL, &wrapped) && tbs.len == 0 &&
           der_take(&wrapped, DER_SEQUENCE, NULL, &extensions) && wrapped.len == 0 &&
           read_extensions(l, extensions);
}

bool crl_read(const unsigned char *buf, size_t len, struct crl *out)
{
    struct der rest = {buf, len}, list;

    *out = (struct crl){.whole = rest};
    return len <= CRL_MAX && der_take(&rest, DER_SEQUENCE, NULL, &list) && rest.len == 0 &&
           der_take(&list, DER_SEQUENCE, &out->tbs, NULL) &&
           der_take(&list, DER_SEQUENCE, &out->algorithm, NULL) &&
           der_take(&list, DER_BIT_STRING, &out->signature, NULL) && list.len == 0 && read_tbs(out);
}

/* --- the signature --- */

/* Whether the list names the subject of `issuer` as its issuer, and that certificate's key signed
 * it. Neither dates nor key usage are looked at. False also where memory is short. */
static bool is_signed_by(const struct crl *l, X509 *issuer)
{
    const unsigned char *a = l->algorithm.at, *s = l->signature.at, *n = l->issuer.at;
    X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &a, (long)l->algorithm.len);
    ASN1_BIT_STRING *signature = d2i_ASN1_BIT_STRING(NULL, &s, (long)l->signature.len);
    X509_NAME *name = d2i_X509_NAME(NULL, &n, (long)l->issuer.len);
    /* the encoding that was signed, borrowed */
    ASN1_STRING tbs = {.type = V_ASN1_SEQUENCE, .data = (unsigned char *)l->tbs.at};
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool ok;

    tbs.length = (int)l->tbs.len;
    ok = algorithm && signature && name && key &&
         X509_NAME_cmp(name, X509_get_subject_name(issuer)) == 0 &&
         ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), algorithm, signature, &tbs, key) == 1;
    X509_ALGOR_free(algorithm);
    ASN1_BIT_STRING_free(signature);
    X509_NAME_free(name);
    ERR_clear_error();
    return ok;
}

/* The certificate that the facts keep, to be freed. NULL: they hold no DER, or memory is short. */
static X509 *parse(const struct cert_facts *c)
{
    const unsigned char *p = c->der;

    return p ? d2i_X509(NULL, &p, (long)c->der_len) : NULL;
}

bool crl_verify(struct crl *l, const struct cert_facts *issuer)
{
    X509 *x;

    if (strcmp(l->signer, issuer->sha256) == 0)
        return true;
    x = parse(issuer);
    if (x && is_signed_by(l, x))
        text_copy(l->signer, sizeof l->signer, issuer->sha256);
    X509_free(x);
    return strcmp(l->signer, issuer->sha256) == 0;
}

/* --- the scope --- */

/* The reasons that a bit string names, as a set: bit N for reason N (1 to 8). CRL_ALL_REASONS for
 * NULL. */
static unsigned reasons_of(const ASN1_BIT_STRING *bits)
{
    unsigned set = 0;

    for (int i = 1; bits && i <= 8; i++) {
        if (ASN1_BIT_STRING_get_bit(bits, i))
            set |= 1u << i;
    }
    return bits ? set : CRL_ALL_REASONS;
}

/* Whether two lists of names, which may be NULL, have one in common. */
static bool share_name(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++) {
        for (int k = 0; k < sk_GENERAL_NAME_num(b); k++) {
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, k)) == 0)
                return true;
        }
    }
    return false;
}

/* Whether the list's distribution point and the certificate's have a full name in common (RFC 5280
 * 6.3.3 b 2 i); a name relative to an issuer never is one. Without `of_list` always true, else
 * without `of_cert` false. */
static bool is_same_point(const DIST_POINT_NAME *of_list, const DIST_POINT *of_cert)
{
    const DIST_POINT_NAME *name = of_cert ? of_cert->distpoint : NULL;

    if (!of_list)
        return true;
    if (of_list->type != 0)
        return false;
    if (!name)
        return of_cert && share_name(of_list->name.fullname, of_cert->CRLissuer);
    return name->type == 0 && share_name(of_list->name.fullname, name->name.fullname);
}

/* Whether a distribution point names `issuer` among the issuers of its lists; true also where the
 * point is NULL or names no issuer. */
static bool is_named_issuer(const DIST_POINT *point, X509_NAME *issuer)
{
    if (!point || !point->CRLissuer)
        return true;
    for (int i = 0; i < sk_GENERAL_NAME_num(point->CRLissuer); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(point->CRLissuer, i);

        if (n->type == GEN_DIRNAME && X509_NAME_cmp(n->d.directoryName, issuer) == 0)
            return true;
    }
    return false;
}

/* The issuing distribution point of the list, to be freed; NULL where it has none. *ok is false
 * where it has one that cannot be read; the result may then be NULL or not, and is still to be
 * freed. */
static ISSUING_DIST_POINT *issuing_point(const struct crl *l, bool *ok)
{
    const unsigned char *p = l->point.at;
    ISSUING_DIST_POINT *point;

    *ok = true;
    if (!l->has_point)
        return NULL;
    point = d2i_ISSUING_DIST_POINT(NULL, &p, (long)l->point.len);
    *ok = point && p == l->point.at + l->point.len;
    return point;
}

/* Whether a list with the issuing distribution point `idp` is about certificates like `cert`, at
 * that certificate's `point`. False for an indirect list, and for one about attribute certificates
 * alone. Either point may be NULL; without `idp` always true. */
static bool is_for(const ISSUING_DIST_POINT *idp, const DIST_POINT *point, X509 *cert)
{
    bool ca = X509_check_ca(cert) == 1;

    if (!idp)
        return true;
    if (idp->indirectCRL > 0 || idp->onlyattr > 0)
        return false;
    if (ca ? idp->onlyuser > 0 : idp->onlyCA > 0)
        return false;
    return is_same_point(idp->distpoint, point);
}

/* Sets REVOCATION_INVALID and out->why, a copy of `why`, which is a sentence about "it". */
static void refuse(struct revocation_fact *out, const char *why)
{
    out->status = REVOCATION_INVALID;
    text_copy(out->why, sizeof out->why, why);
}

/* The set of reasons that the list, which `issuer` signed, covers for a certificate at its
 * distribution point `index` (RFC 5280 6.3.3 d); if it has none, as if it named none. 0: the list
 * says nothing; *out, zeroed before, says why. Else *out is unchanged. */
static unsigned scope_of(const struct crl *l, X509 *cert, X509 *issuer, size_t index,
                         struct revocation_fact *out)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    const DIST_POINT *point =
        index < (size_t)sk_DIST_POINT_num(points) ? sk_DIST_POINT_value(points, (int)index) : NULL;
    bool readable;
    ISSUING_DIST_POINT *idp = issuing_point(l, &readable);
    unsigned reasons = 0;

    if (!readable)
        refuse(out, "its issuing distribution point cannot be read");
    else if (!is_named_issuer(point, X509_get_subject_name(issuer)))
        refuse(out, "the certificate names another issuer for its CRL");
    else if (!is_for(idp, point, cert))
        refuse(out, "it is not for certificates of this kind");
    else
        reasons = reasons_of(point ? point->reasons : NULL);
    if (idp)
        reasons &= reasons_of(idp->onlysomereasons);
    if (reasons == 0 && !out->why[0])
        refuse(out, "it covers no reason for revocation");
    ISSUING_DIST_POINT_free(idp);
    CRL_DIST_POINTS_free(points);
    return reasons;
}

/* --- the entries --- */

/* The time of an element with its header; 0 where that is empty or cannot be read. */
static time_t time_of(const struct der *d)
{
    const unsigned char *p = d->at;
    ASN1_TIME *t = d->len > 0 ? d2i_ASN1_TIME(NULL, &p, (long)d->len) : NULL;
    time_t result = cert_time(t);

    ASN1_TIME_free(t);
    return result;
}

/* The reason code of an entry (RFC 5280 5.3.1) as it is there, 0 to 255, by the content of its
 * extensions, which may be empty; -1 where it has none. */
static int reason_of(struct der extensions)
{
    struct der_extension e;
    struct der code, value;

    while (extensions.len > 0 && der_take_extension(&extensions, &e)) {
        value = e.value;
        if (id_of(&e.oid) == ID_REASON &&
            der_take(&value, (enum der_tag)V_ASN1_ENUMERATED, NULL, &code) && code.len == 1)
            return code.at[0];
    }
    return -1;
}

/* The entry that revokes or holds a certificate, by its serial number alone, which may be listed
 * more than once: an entry that cannot be taken back counts before a hold. *out points into the
 * CRL. False: there is none, *out is unchanged. */
static bool find_entry(const struct crl *l, X509 *cert, struct entry *out)
{
    unsigned char *der = NULL;
    int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der);
    struct der own = {der, len > 0 ? (size_t)len : 0}, serial = {0}, list = l->entries;
    bool found = false, final = false;
    struct entry e;

    der_take(&own, DER_INTEGER, NULL, &serial);
    while (!final && list.len > 0 && take_entry(&list, &e)) {
        int reason;

        if (!der_is(&e.serial, serial.at, serial.len))
            continue;
        reason = reason_of(e.extensions);
        if (reason == CRL_REASON_REMOVE_FROM_CRL)
            continue;
        final = reason != CRL_REASON_CERTIFICATE_HOLD;
        if (final || !found)
            *out = e;
        found = true;
    }
    OPENSSL_free(der);
    return found;
}

/* Whether the issuer's key usage has cRLSign; true where it has no key usage. */
static bool may_sign_lists(X509 *issuer)
{
    return (X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN) != 0;
}

/* Looks up a certificate in the list, whose signature and scope the caller has checked. *out,
 * zeroed before, becomes revoked, good, or, where the list is not fresh at `now` (0: not looked
 * at), invalid. Revoked stays revoked, however old the list is; a hold may have been lifted since.
 * The reason stays "" where the entry has none. */
static void look_up(const struct crl *l, X509 *cert, time_t now, struct revocation_fact *out)
{
    struct entry e;
    bool found = find_entry(l, cert, &e);
    int reason = found ? reason_of(e.extensions) : -1;
    bool final = found && reason != CRL_REASON_CERTIFICATE_HOLD;

    if (!final &&
        !revocation_is_fresh(time_of(&l->this_update), time_of(&l->next_update), now, out))
        return;
    if (found)
        revocation_note_revoked(out, time_of(&e.date), reason);
    else
        out->status = REVOCATION_GOOD;
}

/* Looks up a certificate whose issuer signed the list; `point` and `now` as of crl_check. Returns
 * the reasons that the answer is about, as a set, with *out filled, which was zeroed before. 0:
 * *out says why there is no answer. */
static unsigned check(const struct crl *l, X509 *cert, X509 *issuer, size_t point, time_t now,
                      struct revocation_fact *out)
{
    unsigned reasons;

    if (!may_sign_lists(issuer)) {
        refuse(out, "its issuer may not sign CRLs (key usage without cRLSign)");
        return 0;
    }
    reasons = scope_of(l, cert, issuer, point, out);
    if (reasons == 0)
        return 0;
    look_up(l, cert, now, out);
    return out->status == REVOCATION_INVALID ? 0 : reasons;
}

unsigned crl_check(const struct crl *l, const struct cert_facts *cert,
                   const struct cert_facts *issuer, size_t point, time_t now,
                   struct revocation_fact *out)
{
    X509 *c = parse(cert), *i = parse(issuer);
    unsigned reasons = 0;

    *out = (struct revocation_fact){0};
    if (!c || !i)
        out->status = REVOCATION_LOCAL;
    else if (l->why)
        refuse(out, l->why);
    else if (strcmp(l->signer, issuer->sha256) != 0)
        refuse(out, "it is not signed by the issuer of the certificate");
    else
        reasons = check(l, c, i, point, now, out);
    X509_free(c);
    X509_free(i);
    ERR_clear_error();
    return reasons;
}
