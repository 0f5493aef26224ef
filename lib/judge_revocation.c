#include "judge_revocation.h"

#include <string.h>

#include "text.h"

static void find_unknown(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const char *why)
{
    char headline[160];

    text_format(headline, sizeof headline, "revocation is not known: %s", why);
    judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_CERT, headline, cert_title(c));
}

static void find_revoked(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const struct revocation_fact *fact, const char *source)
{
    char headline[160], when[40], detail[440];

    text_format(headline, sizeof headline, "%s is revoked", cert_role(c));
    text_format(detail, sizeof detail, "%s, serial %s, says %s", cert_title(c), c->serial, source);
    if (fact->since) {
        text_time(when, sizeof when, fact->since);
        text_append(detail, sizeof detail, "; since %s", when);
    }
    if (fact->reason[0])
        text_append(detail, sizeof detail, ", reason: %s", fact->reason);
    judge_find(j, at, F_CERTIFICATE_REVOKED, STATE_DEFAULT, STAGE_CERT, headline, detail);
}

static const char *why_of(const struct revocation_fact *fact)
{
    return fact->status == REVOCATION_UNKNOWN ? "the responder does not know the certificate"
                                              : fact->why;
}

static bool is_no_answer(const struct revocation_fact *fact)
{
    return fact->status == REVOCATION_UNKNOWN || fact->status == REVOCATION_INVALID;
}

/* RFC 7672 3.1.1: where DANE-EE decides, nothing else does. */
static bool is_left_to_dane(const struct judge *j, const struct trust_facts *f)
{
    return level_is_dane(j->terms->level) && f->dane_matched && f->dane_usage == 3;
}

void judge_staple(struct judge *j, struct judge_place at, const struct trust_facts *f,
                  const struct staple *staple)
{
    const struct cert_facts *leaf = &f->certs[0];
    char detail[440];

    if (is_left_to_dane(j, f))
        return;
    if (staple->came && staple->fact.status == REVOCATION_REVOKED) {
        find_revoked(j, at, leaf, &staple->fact, "the stapled OCSP response");
        return;
    }
    if (staple->came && staple->fact.status == REVOCATION_LOCAL)
        find_unknown(j, at, leaf, "out of memory");
    if (leaf->must_staple && !staple->came) {
        text_format(detail, sizeof detail, "%s demands one (RFC 7633), seen none",
                    cert_title(leaf));
        judge_find(j, at, F_MUST_STAPLE_MISSING, STATE_DEFAULT, STAGE_CERT,
                   "the OCSP staple that the certificate demands is missing", detail);
    } else if (staple->came && is_no_answer(&staple->fact)) {
        text_format(detail, sizeof detail, "%s: %s", cert_title(leaf), why_of(&staple->fact));
        judge_find(j, at, leaf->must_staple ? F_MUST_STAPLE_MISSING : F_OCSP_UNAVAILABLE,
                   STATE_DEFAULT, STAGE_CERT,
                   leaf->must_staple ? "the OCSP staple that the certificate demands is not valid"
                                     : "the stapled OCSP response is not valid",
                   detail);
    }
}

static const struct revocation_check *check_of(const struct judge *j, const struct cert_facts *c)
{
    for (size_t i = 0; i < j->in->revocation_count; i++) {
        if (strcmp(j->in->revocations[i].sha256, c->sha256) == 0)
            return &j->in->revocations[i];
    }
    return NULL;
}

static void judge_source(struct judge *j, struct judge_place at, const struct cert_facts *c,
                         const struct revocation_fact *fact, const char *noun, const char *url)
{
    char headline[160], source[200], detail[440];

    text_format(source, sizeof source, "the %s%s%s", noun, url[0] ? " from " : "", url);
    if (fact->status == REVOCATION_REVOKED)
        find_revoked(j, at, c, fact, source);
    if (fact->status == REVOCATION_LOCAL)
        find_unknown(j, at, c, "out of memory");
    if (!is_no_answer(fact))
        return;
    text_format(headline, sizeof headline, "no valid %s for the %s", noun, cert_role(c));
    text_format(detail, sizeof detail, "%s%s%s: %s", cert_title(c), url[0] ? ", from " : "", url,
                why_of(fact));
    judge_find(j, at, F_OCSP_UNAVAILABLE, STATE_DEFAULT, STAGE_CERT, headline, detail);
}

void judge_revocation(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    if (is_left_to_dane(j, f))
        return;
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];
        const struct revocation_check *check = c->path > 0 ? check_of(j, c) : NULL;

        if (!check)
            continue;
        if (!atomic_load(&check->done)) {
            find_unknown(j, at, c, "the run ended before");
            continue;
        }
        judge_source(j, at, c, &check->ocsp, "OCSP response", c->ocsp);
        judge_source(j, at, c, &check->crl, "CRL", c->crl);
    }
}
