/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/cert_untrusted.h"

#include <string.h>

#include "base/text.h"

/* Replaces the headline. The text is clean already; it is cut where it is too long. */
static void headline(struct judge_words *w, const char *text)
{
    text_copy(w->headline, sizeof w->headline, text);
}

/* Replaces `out` by the path of the roots that a partner's form declares (j->policy), cleaned here
 * and cut where it is too long; by "" where the trust store's roots count. */
static void clean_ca_file(const struct judge *j, char *out, size_t cap)
{
    const char *file = j->policy->ca_file;

    text_copy(out, cap, "");
    if (file)
        text_clean(out, cap, file, strlen(file));
}

/* Appends "; its URL: ..." to the detail. Appends nothing where the fault has no URL of the
 * issuer. */
static void add_url(const struct trust_fault *fault, struct judge_words *w)
{
    if (fault->aia[0])
        text_append(w->detail, sizeof w->detail, "; its URL: %s", fault->aia);
}

/* Writes headline and detail for a leaf that is its own issuer, whose `subject` is clean. `ca_file`
 * is clean, and "" where the trust store's roots count. What to do depends on the role of `t`. */
static void self_signed(const struct resolve_target *t, const char *ca_file, const char *subject,
                        struct judge_words *w)
{
    bool asked = t->target->role == TARGET_ASKED;

    headline(w, "certificate is self-signed and not trusted");
    if (*ca_file)
        text_format(w->detail, sizeof w->detail, "expected one of ca-file %s, seen %s alone",
                    ca_file, subject);
    else
        text_format(w->detail, sizeof w->detail,
                    "expected a trusted issuer, seen %s alone; if it was agreed on, give it by %s",
                    subject, asked ? "--ca-file" : "ca-file in the form");
}

/* Writes headline and detail for an issuer that was neither served nor is trusted. `ca_file` is
 * clean, and "" where the trust store's roots count. */
static void missing_issuer(const struct trust_facts *f, const struct trust_fault *fault,
                           const char *ca_file, struct judge_words *w)
{
    size_t served = 0;

    for (size_t i = 0; i < f->cert_count; i++)
        served += f->certs[i].served;
    headline(w, "issuer of the certificate chain is unknown");
    if (fault->depth == 0 && served == 1)
        headline(w, "intermediate certificate missing or CA unknown");
    text_format(w->detail, sizeof w->detail, "expected the issuer of %s to be served or ",
                fault->subject);
    if (*ca_file)
        text_append(w->detail, sizeof w->detail, "in ca-file %s", ca_file);
    else
        text_append(w->detail, sizeof w->detail, "trusted");
    text_append(w->detail, sizeof w->detail, ", seen neither: %s", fault->issuer);
    add_url(fault, w);
}

/* Writes headline and detail where a certificate with the issuer's name was seen and is not the
 * issuer. fault->unfit must not be TRUST_UNFIT_NONE. */
static void unfit_issuer(const struct trust_fault *fault, struct judge_words *w)
{
    const char *where = fault->seen == TRUST_SEEN_SERVED ? "served" : "trusted";

    switch (fault->unfit) {
    case TRUST_UNFIT_KEY:
        text_format(w->headline, sizeof w->headline, "issuer is %s, but with another key", where);
        text_format(w->detail, sizeof w->detail,
                    "expected the certificate of %s whose key signed %s, seen one of the same name "
                    "with another key: the CA has changed its key, or the chain file is old",
                    fault->issuer, fault->subject);
        add_url(fault, w);
        break;
    case TRUST_UNFIT_IDENTIFIER:
        text_format(w->headline, sizeof w->headline,
                    "issuer is %s, but with another key identifier", where);
        text_format(w->detail, sizeof w->detail,
                    "expected the certificate of %s that the authority key identifier of %s names, "
                    "seen another one with the same key",
                    fault->issuer, fault->subject);
        break;
    case TRUST_UNFIT_USAGE:
        text_format(w->headline, sizeof w->headline, "issuer is %s, but may not issue certificates",
                    where);
        text_format(w->detail, sizeof w->detail,
                    "expected key usage keyCertSign in the certificate of %s", fault->issuer);
        break;
    default:
        text_format(w->headline, sizeof w->headline, "issuer is %s, but malformed: %s", where,
                    fault->issuer_malformed);
        text_format(w->detail, sizeof w->detail,
                    "expected a certificate of %s that OpenSSL can read", fault->issuer);
        break;
    }
}

/* Writes headline and detail for a certificate that OpenSSL cannot read. fault->malformed, which
 * says why, must not be "". */
static void malformed(const struct trust_fault *fault, struct judge_words *w)
{
    text_format(w->headline, sizeof w->headline, "certificate is malformed: %s", fault->malformed);
    text_format(w->detail, sizeof w->detail,
                "expected a certificate as in RFC 5280, seen at depth %d: %s", fault->depth,
                fault->subject);
}

/* Writes headline and detail for X509_V_ERR_UNSPECIFIED, for which OpenSSL has one reason at a
 * certificate of the path: too many names and name constraints. */
static void too_many_names(const struct trust_fault *fault, struct judge_words *w)
{
    headline(w, "certificate does not verify: too many names and name constraints");
    text_format(w->detail, sizeof w->detail,
                "expected at most 1048576 pairs of a name and a constraint of its CA, which is "
                "OpenSSL's limit, seen more at depth %d: %s",
                fault->depth, fault->subject);
}

/* Writes headline and detail for a path to a root that is not trusted, whose `subject` is clean.
 * `ca_file` is clean, and "" where the trust store's roots count. */
static void untrusted_root(const char *ca_file, const char *subject, struct judge_words *w)
{
    headline(w, "root certificate is not trusted");
    if (*ca_file)
        text_format(w->detail, sizeof w->detail, "expected a root of ca-file %s, seen %s", ca_file,
                    subject);
    else
        text_format(w->detail, sizeof w->detail, "expected a root of the trust store, seen %s",
                    subject);
}

/* Writes headline and detail for any other fault, with OpenSSL's words for fault->code. */
static void other_fault(const struct trust_fault *fault, struct judge_words *w)
{
    text_format(w->headline, sizeof w->headline, "certificate does not verify: %s",
                X509_verify_cert_error_string(fault->code));
    text_format(w->detail, sizeof w->detail, "expected a path that verifies, seen at depth %d: %s",
                fault->depth, fault->subject);
}

void cert_untrusted(const struct judge *j, const struct resolve_target *t,
                    const struct trust_facts *f, const struct trust_fault *fault,
                    struct judge_words *out)
{
    char ca_file[160];

    clean_ca_file(j, ca_file, sizeof ca_file);
    if (fault->malformed[0]) {
        malformed(fault, out);
        return;
    }
    if (fault->unfit != TRUST_UNFIT_NONE) {
        unfit_issuer(fault, out);
        return;
    }
    switch (fault->code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        missing_issuer(f, fault, ca_file, out);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        self_signed(t, ca_file, fault->subject, out);
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        untrusted_root(ca_file, fault->subject, out);
        break;
    case X509_V_ERR_UNSPECIFIED:
        too_many_names(fault, out);
        break;
    default:
        other_fault(fault, out);
        break;
    }
}
