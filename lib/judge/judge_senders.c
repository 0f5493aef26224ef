/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_senders.h"

#include <string.h>

#include "base/text.h"
#include "judge/judge_cert.h"
#include "judge/judge_differ.h"
#include "judge/judge_revocation.h"

/* --- both kinds of key --- */

/* One of the chains that an address serves to senders with SNI, with the staple that came with it.
 */
struct served {
    const struct trust_facts *chain;
    const struct staple *staple;
    const char *label; /* which of several it is, else NULL */
};

enum { SERVED_MAX = 3 };

/* Adds what is wrong with one of the chains that an address serves, apart from its names. The
 * caller sets j->label to served.label before, and to NULL after the last chain. */
static void judge_chain(struct judge *j, struct judge_place at, struct served served)
{
    const struct trust_facts *f = served.chain;
    bool dane = tls_policy_is_dane(j->policy->level);

    judge_cert_chain(j, at, f);
    if (j->c->certificates && !dane && f->dane_asked && !f->dane_matched)
        judge_cert_tlsa_mismatch(j, at, f);
    judge_revocation(j, at, f);
    if (j->c->certificates)
        judge_revocation_staple(j, at, f, served.staple);
}

/* Writes the chains that the address serves with SNI to `out`: the first one; that of the other
 * kind of key where both are served; that of another machine at the address where one was met.
 * Returns how many, 1 to 3. They point into `o`. o->has_chain must be true. */
static size_t list_served(const struct observation *o, struct served out[SERVED_MAX])
{
    const struct trust_facts *other = observation_other_chain(o);
    const struct trust_facts *second = observation_second_chain(o);
    size_t count = 0;

    out[count++] = (struct served){&o->chain, o->staple, NULL};
    if (other) {
        out[0].label = cert_kind_name(o->chain.certs[0].kind);
        out[count++] =
            (struct served){other, &o->other_kind->staple, cert_kind_name(other->certs[0].kind)};
    }
    if (second)
        out[count++] = (struct served){second, &o->again->staple, "its other certificate"};
    return count;
}

/* Judges every chain that the address serves, apart from names. o->has_chain must be true. j->label
 * is NULL afterwards. */
static void judge_served(struct judge *j, struct judge_place at, const struct observation *o)
{
    struct served served[SERVED_MAX];
    size_t count = list_served(o, served);

    for (size_t i = 0; i < count; i++) {
        j->label = served[i].label;
        judge_chain(j, at, served[i]);
    }
    j->label = NULL;
}

void judge_senders_names(struct judge *j, struct judge_place at, const struct observation *o,
                         bool dane_only)
{
    struct served served[SERVED_MAX];
    size_t count = o->has_chain ? list_served(o, served) : 0;

    for (size_t i = 0; i < count; i++) {
        j->label = served[i].label;
        judge_cert_names(j, at, served[i].chain, dane_only);
    }
    j->label = NULL;
}

/* --- without SNI --- */

/* Returns that chain among those served with SNI whose leaf has the same SHA-256 as `leaf`, which
 * came without SNI; it is a part of `o`. NULL: there is none. o->has_chain must be true. */
static const struct trust_facts *duplicate_of(const struct observation *o,
                                              const struct cert_facts *leaf)
{
    struct served served[SERVED_MAX];
    size_t count = list_served(o, served);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(served[i].chain->certs[0].sha256, leaf->sha256) == 0)
            return served[i].chain;
    }
    return NULL;
}

/* Adds that the handshake without SNI failed, which the caller has checked. o->has_chain must be
 * true. */
static void find_no_handshake(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct handshake *without = &o->without_sni->handshake;
    char detail[FINDING_DETAIL];

    text_format(detail, sizeof detail, "expected the certificate of %s, seen: %s",
                cert_title(&o->chain.certs[0]), without->silent ? "no answer" : without->reason);
    judge_find(j, at,
               &(struct judge_found){F_SNI_DEPENDENT, STAGE_CERT,
                                     "without SNI: the handshake fails", detail});
}

/* Adds that there is another certificate without SNI: as OK where `failure` is NULL, because it
 * passes; else as WARNING, with `failure` as the headline of what the level refuses it for. The
 * session and that without SNI must both have a chain. */
static void find_other(struct judge *j, struct judge_place at, const struct observation *o,
                       const char *failure)
{
    const struct cert_facts *with = &o->chain.certs[0], *without = &o->without_sni->chain.certs[0];
    struct judge_words w;

    text_format(w.headline, sizeof w.headline, "without SNI: %s",
                failure ? failure : "another certificate, which passes too");
    text_format(w.detail, sizeof w.detail,
                "most senders send no SNI; with SNI %s by %s, without %s by %s", cert_title(with),
                cert_issuer_title(with), cert_title(without), cert_issuer_title(without));
    judge_find_as(j, at, failure ? STATE_WARNING : STATE_OK,
                  &(struct judge_found){F_SNI_DEPENDENT, STAGE_CERT, w.headline, w.detail});
}

/* Adds that one address serves two certificates with SNI: one of several machines was forgotten.
 * WARNING where the second is refused or differs in substance, else OK. `second` is the chain of
 * that machine; o->has_chain must be true. */
static void judge_second(struct judge *j, struct judge_place at, const struct observation *o,
                         const struct trust_facts *second)
{
    const struct cert_facts *a = &o->chain.certs[0], *b = &second->certs[0];
    char until_a[40], until_b[40], detail[FINDING_DETAIL];
    struct judge_words failure;
    bool matters = judge_cert_refuses(j, at, second, &failure) ||
                   strcmp(a->issuer, b->issuer) != 0 || judge_differ_in_names(&o->chain, second);

    text_time(until_a, sizeof until_a, a->not_after);
    text_time(until_b, sizeof until_b, b->not_after);
    text_format(detail, sizeof detail,
                "several machines answer there; seen %s by %s until %s, then %s by %s until %s",
                cert_title(a), cert_issuer_title(a), until_a, cert_title(b), cert_issuer_title(b),
                until_b);
    judge_find_as(j, at, matters ? STATE_WARNING : STATE_OK,
                  &(struct judge_found){F_CERTIFICATES_DIFFER, STAGE_CERT,
                                        "one address serves two certificates", detail});
}

/* Adds that without SNI the handshake fails, or that there is another certificate. Does nothing
 * where the session without SNI did not reach its handshake, or the same certificate is refused no
 * more than with SNI. o->has_chain must be true. */
static void judge_without_sni(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct extra_handshake *other = o->without_sni;
    const struct trust_facts *duplicate;
    struct judge_words failure, known;
    bool refused;

    if (!other->handshake.reached)
        return;
    if (!other->has_chain) {
        find_no_handshake(j, at, o);
        return;
    }
    duplicate = duplicate_of(o, &other->chain.certs[0]);
    refused = judge_cert_refuses(j, at, &other->chain, &failure);
    if (duplicate && !refused)
        return;
    /* The same certificate may lack its intermediate here; what fails with SNI too is known. */
    if (duplicate && judge_cert_refuses(j, at, duplicate, &known))
        return;
    find_other(j, at, o, refused ? failure.headline : NULL);
}

/* --- sessions that failed --- */

/* Adds that an extra session, that without SNI or that of the other kind of key, did not reach its
 * handshake, because the gateway was silent or busy. Returns whether that was so. False, and
 * nothing is added: it reached its handshake, was not tried, or failed on our side. */
static bool judge_unreached(struct judge *j, struct judge_place at, const struct handshake *h)
{
    char detail[FINDING_DETAIL];

    if (!h->tried || h->reached || h->local)
        return false;
    text_copy(detail, sizeof detail, "expected a further session, seen no reply");
    if (h->code)
        text_format(detail, sizeof detail, "expected a further session, seen a reply of %d",
                    h->code);
    judge_find_as(j, at, STATE_WARNING,
                  &(struct judge_found){h->code == 421 ? F_THROTTLED : F_CONNECTION_FAILED,
                                        STAGE_CERT, "other senders' view could not be checked",
                                        detail});
    return true;
}

/* Adds that an extra session failed because this machine ran out of memory or files.
 * other->local must be true. */
static void find_short(struct judge *j, struct judge_place at, const struct handshake *other)
{
    char headline[FINDING_HEADLINE];

    text_format(headline, sizeof headline, "other senders' view could not be checked: %s",
                other->reason);
    judge_find(j, at, &(struct judge_found){F_NOT_PROBED, STAGE_CERT, headline, NULL});
}

/* --- all of it --- */

void judge_senders_chains(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct handshake *without_sni = &o->without_sni->handshake;
    const struct handshake *other_kind = &o->other_kind->handshake;

    if (!o->has_chain)
        return;
    judge_served(j, at, o);
    if (!j->c->certificates)
        return;
    if (!atomic_load(&o->looked))
        judge_find(j, at,
                   &(struct judge_found){
                       F_NOT_PROBED, STAGE_CERT,
                       "other senders' view could not be checked: the run ended before", NULL});
    else if (without_sni->local)
        find_short(j, at, without_sni);
    else if (other_kind->local)
        find_short(j, at, other_kind);
    else if (observation_second_chain(o))
        judge_second(j, at, o, observation_second_chain(o));
    else
        judge_without_sni(j, at, o);
    if (!judge_unreached(j, at, without_sni))
        judge_unreached(j, at, other_kind);
}
