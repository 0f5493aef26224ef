/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_revocation.h"

#include <string.h>

#include "base/text.h"

/* Adds, as F_NOT_PROBED, that the revocation of a certificate could not be checked, which the
 * caller knows. `why` is clean and follows "could not be checked: ". */
static void find_unknown(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const char *why)
{
    char headline[FINDING_HEADLINE];

    text_format(headline, sizeof headline, "revocation could not be checked: %s", why);
    judge_find(j, at, &(struct judge_found){F_NOT_PROBED, STAGE_CERT, headline, cert_title(c)});
}

/* Adds that a certificate is revoked, which the caller has checked. `source` says by whom, as in
 * "the CRL from URL"; it is clean. */
static void find_revoked(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const struct revocation_fact *fact, const char *source)
{
    char headline[FINDING_HEADLINE], when[40], detail[FINDING_DETAIL];

    text_format(headline, sizeof headline, "%s is revoked", cert_role(c));
    text_format(detail, sizeof detail, "%s, serial %s, says %s", cert_title(c), c->serial, source);
    if (fact->since) {
        text_time(when, sizeof when, fact->since);
        text_append(detail, sizeof detail, "; since %s", when);
    }
    if (fact->reason[0])
        text_append(detail, sizeof detail, ", reason: %s", fact->reason);
    judge_find(j, at, &(struct judge_found){F_CERTIFICATE_REVOKED, STAGE_CERT, headline, detail});
}

/* Returns why there is no valid answer, in words; never NULL. The status must be UNKNOWN or
 * INVALID. */
static const char *why_of(const struct revocation_fact *fact)
{
    return fact->status == REVOCATION_UNKNOWN ? "the responder does not know the certificate"
                                              : fact->why;
}

/* Whether somebody was asked and gave no answer that counts: UNKNOWN or INVALID. */
static bool is_no_answer(const struct revocation_fact *fact)
{
    return fact->status == REVOCATION_UNKNOWN || fact->status == REVOCATION_INVALID;
}

/* Whether a DANE level applies and a DANE-EE record matched the chain, so that revocation does not
 * count (RFC 7672 3.1.1). */
static bool is_left_to_dane(const struct judge *j, const struct trust_facts *f)
{
    return tls_policy_is_dane(j->policy->level) && f->dane_matched && f->dane_usage == 3;
}

/* Adds that the leaf requires a staple and came without one. The caller has checked that. */
static void find_no_staple(struct judge *j, struct judge_place at, const struct cert_facts *leaf)
{
    char detail[FINDING_DETAIL];

    text_format(detail, sizeof detail, "%s requires one (RFC 7633), seen none", cert_title(leaf));
    judge_find(j, at,
               &(struct judge_found){F_MUST_STAPLE_MISSING, STAGE_CERT,
                                     "the required OCSP staple is missing", detail});
}

/* Adds that the staple is not valid; for a leaf that requires one, that the required staple is
 * missing. fact->status must be UNKNOWN or INVALID. */
static void find_bad_staple(struct judge *j, struct judge_place at, const struct cert_facts *leaf,
                            const struct revocation_fact *fact)
{
    struct judge_found found = {F_OCSP_UNAVAILABLE, STAGE_CERT,
                                "the stapled OCSP response is not valid", NULL};
    char detail[FINDING_DETAIL];

    if (leaf->must_staple) {
        found.code = F_MUST_STAPLE_MISSING;
        found.headline = "the required OCSP staple is not valid";
    }
    text_format(detail, sizeof detail, "%s: %s", cert_title(leaf), why_of(fact));
    found.detail = detail;
    judge_find(j, at, &found);
}

void judge_revocation_staple(struct judge *j, struct judge_place at, const struct trust_facts *f,
                             const struct staple *staple)
{
    const struct cert_facts *leaf = &f->certs[0];

    if (is_left_to_dane(j, f))
        return;
    if (!staple->came) {
        if (leaf->must_staple)
            find_no_staple(j, at, leaf);
        return;
    }
    if (staple->fact.status == REVOCATION_REVOKED)
        find_revoked(j, at, leaf, &staple->fact, "the stapled OCSP response");
    if (staple->fact.status == REVOCATION_LOCAL)
        find_unknown(j, at, leaf, "out of memory");
    if (is_no_answer(&staple->fact))
        find_bad_staple(j, at, leaf, &staple->fact);
}

/* Adds, as OK, that the certificate names nobody who could be asked, which its CA is free to do.
 * s->fact.status must be UNNAMED. `noun`: "OCSP response" or "CRL". */
static void find_unnamed(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const struct revocation_source *s, const char *noun)
{
    struct judge_words w;

    text_format(w.headline, sizeof w.headline, "no %s for the %s", noun, cert_role(c));
    text_format(w.detail, sizeof w.detail, "%s: %s", cert_title(c), s->tried);
    judge_find_as(j, at, STATE_OK,
                  &(struct judge_found){F_OCSP_UNAVAILABLE, STAGE_CERT, w.headline, w.detail});
}

/* Adds what one source says of a certificate: F_CERTIFICATE_REVOKED; F_OCSP_UNAVAILABLE where there
 * is no valid answer, as OK where the certificate names nobody to ask; F_NOT_PROBED where our
 * memory ran out. Adds nothing where the certificate is good or the source was not asked. `at` must
 * have an address. `noun`: "OCSP response" or "CRL". */
static void judge_source(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const struct revocation_source *s, const char *noun)
{
    struct judge_words w;
    char source[200];

    if (s->fact.status == REVOCATION_REVOKED) {
        text_format(source, sizeof source, "the %s from %s", noun, s->url);
        find_revoked(j, at, c, &s->fact, source);
    }
    if (s->fact.status == REVOCATION_LOCAL)
        find_unknown(j, at, c, "out of memory");
    if (s->fact.status == REVOCATION_UNNAMED)
        find_unnamed(j, at, c, s, noun);
    if (!is_no_answer(&s->fact))
        return;
    text_format(w.headline, sizeof w.headline, "no valid %s for the %s", noun, cert_role(c));
    text_format(w.detail, sizeof w.detail, "%s%s%s", cert_title(c), s->url ? ", " : ": ", s->tried);
    judge_find_words(j, at, F_OCSP_UNAVAILABLE, STAGE_CERT, &w);
}

void judge_revocation(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    const struct revocation_checks *checks = j->facts->revocations;

    if (!checks || is_left_to_dane(j, f))
        return;
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];
        const struct revocation_check *check = revocation_checks_find(checks, c->sha256);

        if (!check || c->path == 0)
            continue;
        if (!atomic_load(&check->done)) {
            find_unknown(j, at, c, "the run ended before");
            continue;
        }
        judge_source(j, at, c, &check->ocsp, "OCSP response");
        judge_source(j, at, c, &check->crl, "CRL");
    }
}
