/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_expiry.h"

#include <string.h>

#include "base/text.h"

enum { DAY = 86400 };

/* Whether the certificate is in the path and is not its root. The expiry of a root does not count:
 * clients have their own copy of it. */
static bool counts(const struct cert_facts *c)
{
    return c->path == 1 || (c->path > 1 && !c->self_issued);
}

/* Returns the certificate of the path, root excluded, that expires first; it is one of f->certs.
 * NULL: no path is known. */
static const struct cert_facts *first_to_expire(const struct trust_facts *f)
{
    const struct cert_facts *first = NULL;

    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (counts(c) && (!first || c->not_after < first->not_after))
            first = c;
    }
    return first;
}

/* Writes how many days before it expires the certificate alerts by -D: limits[0] WARNING, limits[1]
 * CRITICAL; below 0: never. */
static void limits_for(const struct judge *j, const struct cert_facts *c, double limits[2])
{
    threshold_days_for(&j->c->days, c->path == 1, cert_lifetime_days(c), limits);
}

void judge_expiry_note(const struct judge *j, struct address_verdict *v,
                       const struct trust_facts *f)
{
    const struct cert_facts *c = first_to_expire(f);
    struct path_expiry expiry = {.first = c};

    if (!c)
        return;
    expiry.days = difftime(c->not_after, j->c->now) / DAY;
    expiry.lifetime = cert_lifetime_days(c);
    limits_for(j, c, expiry.limits);
    if (j->label && strcmp(j->label, cert_kind_name(f->certs[0].kind)) == 0)
        v->kinds[f->certs[0].kind] = expiry;
    if (!v->expiry.first || expiry.days < v->expiry.days)
        v->expiry = expiry;
}

/* Returns WARNING or CRITICAL where the certificate is about to expire, by its limits of -D.
 * STATE_OK: it is not about to expire, it is not in the path or is its root, or it has expired,
 * which is a finding of its own. */
static enum state state_of(const struct judge *j, const struct cert_facts *c)
{
    double days = difftime(c->not_after, j->c->now) / DAY, limits[2];

    limits_for(j, c, limits);
    if (!counts(c) || days < 0)
        return STATE_OK;
    if (days < limits[1])
        return STATE_CRITICAL;
    return days < limits[0] ? STATE_WARNING : STATE_OK;
}

/* Compares each certificate of the path with its own limits. Returns the soonest to expire of those
 * in the worst state, WARNING or CRITICAL, which is written to *worst. NULL: none is about to
 * expire, and *worst is STATE_OK. */
static const struct cert_facts *worst_of(const struct judge *j, const struct trust_facts *f,
                                         enum state *worst)
{
    const struct cert_facts *found = NULL;

    *worst = STATE_OK;
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];
        enum state s = state_of(j, c);

        if (s == STATE_OK || state_rank(s) < state_rank(*worst))
            continue;
        if (s == *worst && c->not_after >= found->not_after)
            continue;
        found = c;
        *worst = s;
    }
    return found;
}

/* Adds the certificate of the path that is about to expire and is in the worst state. Does nothing
 * where there is none. cert_check_has_dates must be true of the chain. */
static void judge_expiring(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    enum state worst;
    const struct cert_facts *c = worst_of(j, f, &worst);
    char when[40], span[32], limit[32];
    struct judge_words w;
    double limits[2];

    if (!c)
        return;
    limits_for(j, c, limits);
    text_time(when, sizeof when, c->not_after);
    text_duration(span, sizeof span, difftime(c->not_after, j->c->now));
    text_days(limit, sizeof limit, limits[worst == STATE_CRITICAL]);
    text_format(w.headline, sizeof w.headline, "%s expires in %s", cert_role(c), span);
    text_format(w.detail, sizeof w.detail, "%s, valid until %s; expected more than %s",
                cert_title(c), when, limit);
    judge_find_as(j, at, worst,
                  &(struct judge_found){F_CERTIFICATE_EXPIRING, STAGE_CERT, w.headline, w.detail});
}

/* Adds that the certificate has expired and is outside the path. Does nothing where it is on the
 * path or has not expired. */
static void judge_superfluous(struct judge *j, struct judge_place at, const struct cert_facts *c)
{
    char when[40], detail[FINDING_DETAIL];

    if (c->path > 0 || difftime(c->not_after, j->c->now) >= 0)
        return;
    text_time(when, sizeof when, c->not_after);
    text_format(detail, sizeof detail, "%s, valid until %s; it is not part of the path",
                cert_title(c), when);
    judge_find(j, at,
               &(struct judge_found){F_CERTIFICATE_SUPERFLUOUS, STAGE_CERT,
                                     "an expired certificate outside the path is sent", detail});
}

void judge_expiry(struct judge *j, struct judge_place at, const struct trust_facts *f)
{
    for (size_t i = 0; i < f->cert_count; i++)
        judge_superfluous(j, at, &f->certs[i]);
    judge_expiring(j, at, f);
}
