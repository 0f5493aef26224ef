/* SPDX-License-Identifier: BSD-2-Clause */
#include "tls/trust_fault.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/text.h"
#include "tls/trust_directory.h"

/* Why `candidate`, whose subject is the issuer's name of `x`, is not the issuer of `x`;
 * TRUST_UNFIT_NONE: no cause is seen. `malformed`, of CERT_MALFORMED bytes, is "" unless the
 * result is TRUST_UNFIT_MALFORMED. */
static enum trust_unfit unfit_of(X509 *candidate, X509 *x, char *malformed)
{
    EVP_PKEY *key = X509_get0_pubkey(candidate);
    int code;

    if (cert_malformed(candidate, malformed, CERT_MALFORMED))
        return TRUST_UNFIT_MALFORMED;
    code = X509_check_issued(candidate, x);
    if (!key || X509_verify(x, key) != 1)
        return TRUST_UNFIT_KEY;
    if (code == X509_V_ERR_AKID_SKID_MISMATCH || code == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH)
        return TRUST_UNFIT_IDENTIFIER;
    return code == X509_V_ERR_KEYUSAGE_NO_CERTSIGN ? TRUST_UNFIT_USAGE : TRUST_UNFIT_NONE;
}

/* Looks in `certs`, which may be NULL, for a certificate that has the name of x's issuer but is
 * not the issuer. True: f->unfit and f->issuer_malformed say why, and f->seen is `seen`. False:
 * there is none, and these stay or become 0 and "". */
static bool look_among(struct trust_fault *f, X509 *x, STACK_OF(X509) * certs, enum trust_seen seen)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *candidate = sk_X509_value(certs, i);

        if (candidate == x ||
            X509_NAME_cmp(X509_get_subject_name(candidate), X509_get_issuer_name(x)) != 0)
            continue;
        f->unfit = unfit_of(candidate, x, f->issuer_malformed);
        f->seen = f->unfit == TRUST_UNFIT_NONE ? TRUST_SEEN_NOWHERE : seen;
        if (f->unfit != TRUST_UNFIT_NONE)
            return true;
    }
    return false;
}

/* Sets f->seen to where a certificate is, served or trusted, that has the name of x's issuer but
 * is not the issuer, and f->unfit and f->issuer_malformed to why. Where there is none, they stay 0
 * and "", as the caller has set them. `ctx` is that of the verify callback. */
static void look_for_issuer(struct trust_fault *f, X509 *x, X509_STORE_CTX *ctx)
{
    STACK_OF(X509) * trusted;

    if (look_among(f, x, X509_STORE_CTX_get0_untrusted(ctx), TRUST_SEEN_SERVED))
        return;
    trusted = X509_STORE_CTX_get1_certs(ctx, X509_get_issuer_name(x));
    look_among(f, x, trusted, TRUST_SEEN_TRUSTED);
    sk_X509_pop_free(trusted, X509_free);
}

/* Whether a fault (X509_V_ERR_*) is that the issuer is missing, or may be another. OpenSSL gives a
 * signature failure where the issuer has no identifier to tell its keys apart. */
static bool is_about_issuer(int code)
{
    return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           code == X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

/* Whether a trusted certificate with the issuer's name would have prevented a fault
 * (X509_V_ERR_*). */
static bool is_lack_of_trust(int code)
{
    return is_about_issuer(code) || code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/* Sets f->unreadable if the trusted certificate that `x` lacks may be in a file of `directories`, a
 * list separated by colons, that cannot be used, else leaves it. */
static void look_for_file(struct trust_fault *f, X509 *x, X509_STORE *store,
                          const char *directories)
{
    struct error why;

    if (trust_directory_fails(store, directories, X509_get_issuer_name(x), &why))
        text_copy(f->unreadable, sizeof f->unreadable, why.text);
}

/* Fills subject, issuer, aia and malformed of the fault from the certificate, cleaned and cut.
 * False: memory. */
static bool describe(struct trust_fault *f, X509 *x)
{
    struct cert_facts facts;

    if (!cert_facts_from(x, &facts))
        return false;
    text_copy(f->subject, sizeof f->subject, cert_title(&facts));
    text_copy(f->issuer, sizeof f->issuer, cert_issuer_title(&facts));
    text_copy(f->aia, sizeof f->aia, facts.aia);
    cert_facts_clear(&facts);
    cert_malformed(x, f->malformed, sizeof f->malformed);
    return true;
}

bool trust_fault_add(struct trust_faults *list, X509_STORE_CTX *ctx, int code,
                     const char *directories)
{
    X509 *x = X509_STORE_CTX_get_current_cert(ctx);
    int depth = X509_STORE_CTX_get_error_depth(ctx);
    struct trust_fault *f;

    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].code == code && list->at[i].depth == depth)
            return true;
    }
    if (list->count == TRUST_FAULTS_MAX)
        return true;
    f = realloc(list->at, (list->count + 1) * sizeof *f);
    if (!f)
        return false;
    list->at = f;
    f += list->count++;
    *f = (struct trust_fault){.code = code, .depth = depth};
    if (!x)
        return true;
    if (is_about_issuer(code))
        look_for_issuer(f, x, ctx);
    if (directories && is_lack_of_trust(code))
        look_for_file(f, x, X509_STORE_CTX_get0_store(ctx), directories);
    return describe(f, x);
}

void trust_fault_clear(struct trust_faults *list)
{
    free(list->at);
    *list = (struct trust_faults){0};
}
