#include "judge_senders.h"

#include <string.h>

#include "judge_cert.h"
#include "judge_revocation.h"
#include "text.h"

/* --- DANE beside another level --- */

void judge_tlsa_beside(struct judge *j, struct judge_place at)
{
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];
    bool bogus = h->tlsa_status == DNS_BOGUS;
    char detail[440];

    if (!j->c->certificates || level_is_dane(j->terms->level) || !j->in->resolution->trusted ||
        !resolve_tlsa_counts(h))
        return;
    text_format(detail, sizeof detail, "senders with DANE defer their mail; %s", h->tlsa_why);
    if (bogus || h->tlsa_status == DNS_FAILURE)
        judge_find(j, at, bogus ? F_DNSSEC_INVALID : F_DNS_FAILURE,
                   bogus ? STATE_WARNING : STATE_DEFAULT, STAGE_DNS, "TLSA look-up failed", detail);
    else if (h->tlsa_status == DNS_OK && h->tlsa_secure)
        judge_tlsa_usable(j, at);
}

/* --- both kinds of key --- */

/* A verdict on one chain and the staple that came with it. */
typedef void chain_judge(struct judge *j, struct judge_place at, const struct trust_facts *f,
                         const struct staple *staple);

static void judge_chain(struct judge *j, struct judge_place at, const struct trust_facts *f,
                        const struct staple *staple)
{
    judge_certificate(j, at, f);
    if (j->c->certificates && !level_is_dane(j->terms->level) && f->dane_asked && !f->dane_matched)
        judge_tlsa_mismatch(j, at, f, STATE_WARNING);
    judge_revocation(j, at, f);
    if (j->c->certificates)
        judge_staple(j, at, f, staple);
}

static void judge_name(struct judge *j, struct judge_place at, const struct trust_facts *f,
                       const struct staple *staple)
{
    (void)staple;
    judge_names(j, at, f);
}

static void judge_dane_name(struct judge *j, struct judge_place at, const struct trust_facts *f,
                            const struct staple *staple)
{
    (void)staple;
    judge_dane_names(j, at, f);
}

static void for_each_chain(struct judge *j, struct judge_place at, const struct observation *o,
                           chain_judge *judge)
{
    const struct trust_facts *other = observation_other_chain(o);

    j->face = other ? cert_kind_name(o->chain.certs[0].kind) : NULL;
    judge(j, at, &o->chain, &o->staple);
    if (other) {
        j->face = cert_kind_name(other->certs[0].kind);
        judge(j, at, other, &o->other_kind.staple);
    }
    j->face = NULL;
}

/* --- without SNI --- */

/* What the level would say to a chain, without saying it: a failure's headline, or NULL. */
static const char *failure_of(struct judge *j, struct judge_place at, const struct trust_facts *f,
                              char *headline, size_t cap)
{
    struct address_verdict *v = &j->v->hosts[at.host].addresses[at.address], kept_verdict = *v;
    struct finding_list kept = j->v->findings, *l = &j->v->findings;
    const char *failure = NULL;

    *l = (struct finding_list){0};
    judge_certificate(j, at, f);
    judge_names(j, at, f);
    for (size_t i = 0; i < l->count && !failure; i++) {
        if (l->at[i].level_state == STATE_CRITICAL && l->at[i].code != F_CERTIFICATE_EXPIRING) {
            text_copy(headline, cap, l->at[i].headline);
            failure = headline;
        }
    }
    kept.failed = kept.failed || l->failed;
    finding_list_clear(l);
    *l = kept;
    *v = kept_verdict;
    return failure;
}

/* What a handshake with SNI brought of that same certificate, or NULL. */
static const struct trust_facts *twin_of(const struct observation *o, const struct cert_facts *leaf)
{
    const struct trust_facts *other = observation_other_chain(o);

    if (strcmp(o->chain.certs[0].sha256, leaf->sha256) == 0)
        return &o->chain;
    return other && strcmp(other->certs[0].sha256, leaf->sha256) == 0 ? other : NULL;
}

static void judge_without_sni(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct second_look *look = &o->without_sni;
    const struct trust_facts *twin;
    const struct cert_facts *with = &o->chain.certs[0], *without;
    const char *failure;
    char headline[160], failed[160], detail[440];

    if (!look->look.reached)
        return;
    if (!look->has_chain) {
        text_format(detail, sizeof detail, "expected the certificate of %s, seen: %s",
                    cert_title(with), look->look.silent ? "no answer" : look->look.reason);
        judge_find(j, at, F_SNI_DEPENDENT, STATE_DEFAULT, STAGE_CERT,
                   "without SNI: the handshake fails", detail);
        return;
    }
    without = &look->chain.certs[0];
    twin = twin_of(o, without);
    failure = failure_of(j, at, &look->chain, failed, sizeof failed);
    /* The same certificate may lack its intermediate here; what fails with SNI too is known. */
    if (twin && (!failure || failure_of(j, at, twin, headline, sizeof headline)))
        return;
    text_format(headline, sizeof headline, "without SNI: %s",
                failure ? failure : "another certificate, which passes too");
    text_format(detail, sizeof detail,
                "most senders send no SNI; with it %s by %s, without %s by %s", cert_title(with),
                cert_issuer_title(with), cert_title(without), cert_issuer_title(without));
    judge_find(j, at, F_SNI_DEPENDENT, failure ? STATE_WARNING : STATE_OK, STAGE_CERT, headline,
               detail);
}

/* A further session that did not come to its handshake: of whoever is silent or busy nothing is
 * known. */
static void judge_unreached(struct judge *j, struct judge_place at, const struct observation *o)
{
    const struct look *looks[] = {&o->without_sni.look, &o->other_kind.look};
    char detail[440];

    for (size_t i = 0; i < 2; i++) {
        if (!looks[i]->tried || looks[i]->reached || looks[i]->local)
            continue;
        text_copy(detail, sizeof detail, "expected a further session, seen ");
        if (looks[i]->code)
            text_append(detail, sizeof detail, "a reply of %d", looks[i]->code);
        else
            text_append(detail, sizeof detail, "no reply");
        judge_find(j, at, looks[i]->code == 421 ? F_THROTTLED : F_CONNECTION_FAILED, STATE_WARNING,
                   STAGE_CERT, "what other senders see is not known", detail);
        return;
    }
}

/* Our side ran short of memory or descriptors. */
static void find_short(struct judge *j, struct judge_place at, const struct look *look)
{
    char headline[160];

    text_format(headline, sizeof headline, "what other senders see is not known: %s", look->reason);
    judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_CERT, headline, NULL);
}

/* --- all of it --- */

void judge_chains(struct judge *j, struct judge_place at, const struct observation *o)
{
    if (!o->has_chain)
        return;
    for_each_chain(j, at, o, judge_chain);
    if (!j->c->certificates)
        return;
    if (!atomic_load(&o->looked))
        judge_find(j, at, F_NOT_PROBED, STATE_DEFAULT, STAGE_CERT,
                   "what other senders see is not known: the run ended before", NULL);
    else if (o->without_sni.look.local || o->other_kind.look.local)
        find_short(j, at, o->without_sni.look.local ? &o->without_sni.look : &o->other_kind.look);
    else
        judge_without_sni(j, at, o);
    judge_unreached(j, at, o);
}

void judge_chain_names(struct judge *j, struct judge_place at, const struct observation *o,
                       bool dane_alone)
{
    if (o->has_chain)
        for_each_chain(j, at, o, dane_alone ? judge_dane_name : judge_name);
}
