/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_probe.h"

#include "base/text.h"
#include "policy/tls_profile.h"
#include "probe/extra_handshake.h"
#include "probe/profile_ask.h"
#include "probe/profile_control.h"
#include "probe/profile_hello.h"
#include "tls/tls_code.h"
#include "tls/tls_reason.h"

/* What each question offers: `kind` only as far as it is not allowed, of the other kinds all. */
static const struct {
    enum tls_code_kind kind;
    uint16_t version;
    unsigned suites; /* those with all of these uses are offered */
    unsigned groups;
} offers[PROFILE_QUESTIONS] = {
    [PROFILE_TLS_1_3] = {TLS_CODE_KINDS, 0, TLS_CODE_1_3, TLS_CODE_1_3},
    [PROFILE_VERSIONS] = {TLS_CODE_VERSION, 0, TLS_CODE_1_2, TLS_CODE_1_2},
    [PROFILE_SUITES_1_3] = {TLS_CODE_SUITE, TLS_CODE_TLS_1_3, TLS_CODE_1_3, TLS_CODE_1_3},
    [PROFILE_GROUPS_1_3] = {TLS_CODE_GROUP, TLS_CODE_TLS_1_3, TLS_CODE_1_3, TLS_CODE_1_3},
    [PROFILE_SUITES_1_2] = {TLS_CODE_SUITE, TLS_CODE_TLS_1_2, TLS_CODE_1_2, TLS_CODE_1_2},
    [PROFILE_GROUPS_1_2] = {TLS_CODE_GROUP, TLS_CODE_TLS_1_2, TLS_CODE_ECDHE, TLS_CODE_1_2},
    [PROFILE_FIELD_1_2] = {TLS_CODE_KINDS, TLS_CODE_TLS_1_2, TLS_CODE_DHE, TLS_CODE_1_2},
    [PROFILE_SIGNATURES] = {TLS_CODE_SIGNATURE, TLS_CODE_TLS_1_2, TLS_CODE_ECDHE, TLS_CODE_1_2},
    [PROFILE_HYBRIDS] = {TLS_CODE_KINDS, TLS_CODE_TLS_1_3, TLS_CODE_1_3, TLS_CODE_HYBRID},
};

/* One gateway under way. */
struct asking {
    const struct probe_config *c;
    const struct plan_request *r;
    const struct tls_profile *profile;
    struct profile_facts *out;
    struct handshake_config config;
    const struct observation *o; /* of the session before, which is over */
    bool speaks_1_3;             /* that session did, or an answer */
    bool lacks_1_3, lacks_1_2;   /* the gateway said so */
    struct profile_control control;
    unsigned rounds[PROFILE_QUESTIONS]; /* how often each was sent */
    uint16_t required;                  /* what PROFILE_REQUIRED is about to ask */
    int required_kind;                  /* enum tls_code_kind of it */
    struct profile_hello offer;
};

/* What the profile says of a number now. */
static enum tls_profile_rating rate(const struct asking *s, enum tls_code_kind kind,
                                    unsigned number)
{
    return tls_profile_rate(s->profile, kind, number, s->c->now);
}

/* Whether an answer to any question has accepted the number; answers in a version that the profile
 * forbids count for versions alone. The session's own handshake is not looked at: see is_proven. */
static bool was_accepted(const struct asking *s, enum tls_code_kind kind, unsigned number)
{
    for (size_t i = 0; i < s->out->count; i++) {
        const struct profile_answer *a = &s->out->at[i];

        if (kind != TLS_CODE_VERSION &&
            rate(s, TLS_CODE_VERSION, a->version) == TLS_PROFILE_FORBIDDEN)
            continue;
        if (a->end == HELLO_ASK_ACCEPTED && profile_facts_number(a, kind) == number)
            return true;
    }
    return false;
}

/* Whether an answer to the question, which is about a kind, has accepted something of that kind
 * that is forbidden. */
static bool has_violation(const struct asking *s, enum profile_question q)
{
    enum tls_code_kind kind = offers[q].kind;

    for (size_t i = 0; i < s->out->count; i++) {
        const struct profile_answer *a = &s->out->at[i];

        if (a->question == q && a->end == HELLO_ASK_ACCEPTED &&
            rate(s, kind, profile_facts_number(a, kind)) == TLS_PROFILE_FORBIDDEN)
            return true;
    }
    return false;
}

/* Whether the question, about a kind, offers the number: it is not allowed, and was not accepted
 * yet. After only what is being phased out was accepted, the next hello offers what is forbidden,
 * so that the worse is not missed, and the one after it the rest. */
static bool is_due(const struct asking *s, enum profile_question q, unsigned number)
{
    enum tls_code_kind kind = offers[q].kind;
    enum tls_profile_rating rating = rate(s, kind, number);

    if (rating == TLS_PROFILE_ALLOWED || was_accepted(s, kind, number))
        return false;
    if (s->out->outcomes[q] == PROFILE_HARMLESS)
        return rating == TLS_PROFILE_PHASE_OUT;
    return rating == TLS_PROFILE_FORBIDDEN || s->rounds[q] == 0 || has_violation(s, q);
}

/* --- hellos --- */

/* Fills a list with all numbers of a kind that have all of `use`; of the question's own kind with
 * those that are due. */
static void fill(const struct asking *s, enum profile_question q, enum tls_code_kind kind,
                 unsigned use, struct profile_hello_numbers *out)
{
    size_t count;
    const struct tls_code *all = tls_code_all(kind, &count);

    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        bool own = kind == offers[q].kind;

        if (profile_hello_has_use(all[i].use, use) && (!own || is_due(s, q, all[i].number)))
            profile_hello_add(out, all[i].number);
    }
}

/* The highest version below TLS 1.3 that is due; 0: none. */
static uint16_t version_due(const struct asking *s)
{
    for (unsigned v = TLS_CODE_TLS_1_2; v >= TLS_CODE_SSL_3; v--) {
        if (is_due(s, PROFILE_VERSIONS, v))
            return (uint16_t)v;
    }
    return 0;
}

/* Adds the curve of the key that the session's own handshake showed, as the last choice: with TLS
 * 1.2, OpenSSL's servers do without the certificate where the client's list has not its curve (RFC
 * 8422 5.1.1). */
static void add_curve(const struct asking *s, struct profile_hello_numbers *groups)
{
    const struct tls_code *curve =
        s->o->has_chain ? tls_code_named(TLS_CODE_GROUP, s->o->chain.certs[0].curve) : NULL;

    if (curve)
        profile_hello_add(groups, curve->number);
}

/* Makes the hello of a question before PROFILE_REQUIRED, or of PROFILE_HYBRIDS, in s->offer. False:
 * nothing is left to offer, and the hello is of no use. */
static bool make_offer(struct asking *s, enum profile_question q)
{
    struct profile_hello *o = &s->offer;
    const struct profile_hello_numbers *of[TLS_CODE_KINDS] = {[TLS_CODE_SUITE] = &o->suites,
                                                              [TLS_CODE_GROUP] = &o->groups,
                                                              [TLS_CODE_SIGNATURE] =
                                                                  &o->signatures};
    enum tls_code_kind kind = offers[q].kind;

    fill(s, q, TLS_CODE_SUITE, offers[q].suites, &o->suites);
    fill(s, q, TLS_CODE_GROUP, offers[q].groups, &o->groups);
    fill(s, q, TLS_CODE_SIGNATURE, 0, &o->signatures);
    o->hello.version = offers[q].version;
    if (q == PROFILE_TLS_1_3)
        o->hello.version = TLS_CODE_TLS_1_3;
    if (q == PROFILE_VERSIONS)
        o->hello.version = version_due(s);
    if (kind == TLS_CODE_VERSION && o->hello.version == 0)
        return false;
    if (kind != TLS_CODE_KINDS && kind != TLS_CODE_VERSION && of[kind]->count == 0)
        return false;
    if (q == PROFILE_SIGNATURES) /* a server may have no elliptic curves; DHE is signed, too */
        profile_hello_add_all(&o->suites, TLS_CODE_SUITE, TLS_CODE_DHE);
    if (q == PROFILE_GROUPS_1_2)
        add_curve(s, &o->groups);
    profile_hello_complete(o, s->r->sni);
    return true;
}

/* Makes a hello in s->offer that offers one number of a kind and everything else, in the newest
 * version that has it and that the gateway may speak. */
static void make_single(struct asking *s, enum tls_code_kind kind, unsigned number)
{
    profile_hello_single(&s->offer, kind, number, s->speaks_1_3, s->r->sni);
}

/* --- what comes next --- */

/* Whether the version of a question is one that the gateway does not speak; or should not, which
 * PROFILE_VERSIONS finds out. */
static bool is_moot(const struct asking *s, enum profile_question q)
{
    if (offers[q].version == 0)
        return false;
    if (rate(s, TLS_CODE_VERSION, offers[q].version) == TLS_PROFILE_FORBIDDEN)
        return true;
    return offers[q].version == TLS_CODE_TLS_1_3 ? s->lacks_1_3 : s->lacks_1_2;
}

/* Whether the question has anything to find out at all. TLS 1.3 is asked for only where the session
 * spoke less, which may be by the limits of our own OpenSSL. The field is asked for only where a
 * suite with DHE is allowed: else the suites show it. */
static bool is_wanted(const struct asking *s, enum profile_question q)
{
    size_t count;
    const struct tls_code *all = tls_code_all(TLS_CODE_SUITE, &count);

    if (q == PROFILE_TLS_1_3)
        return s->o->tls.version != TLS_CODE_TLS_1_3 && s->rounds[q] == 0;
    if (q != PROFILE_FIELD_1_2)
        return true;
    if (!s->profile->sets[TLS_CODE_GROUP].given && !s->profile->sizes[TLS_PROFILE_DH].allowed)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (profile_hello_has_use(all[i].use, TLS_CODE_DHE) &&
            rate(s, TLS_CODE_SUITE, all[i].number) != TLS_PROFILE_FORBIDDEN)
            return true;
    }
    return false;
}

/* Whether the question, not PROFILE_REQUIRED, can be asked now; its hello is then in s->offer. If
 * not, its outcome may have become PROFILE_NOT_DUE or PROFILE_WHOLE. Connections are not
 * counted. */
static bool can_ask(struct asking *s, enum profile_question q)
{
    enum profile_outcome *outcome = &s->out->outcomes[q];

    if (*outcome == PROFILE_WHOLE || *outcome == PROFILE_NOT_DUE)
        return false;
    if (is_moot(s, q) || !is_wanted(s, q)) {
        if (*outcome == PROFILE_NOT_ASKED)
            *outcome = PROFILE_NOT_DUE;
        return false;
    }
    if (make_offer(s, q))
        return true;
    *outcome = s->rounds[q] == 0 ? PROFILE_NOT_DUE : PROFILE_WHOLE;
    return false;
}

/* Whether the session's own handshake or an answer has shown that the gateway accepts a number. */
static bool is_proven(const struct asking *s, enum tls_code_kind kind, unsigned number)
{
    const struct conn_tls *session = &s->o->tls;
    const struct tls_code *code = tls_code_find(kind, number);

    if (kind == TLS_CODE_VERSION && session->version == (int)number)
        return true;
    if (kind == TLS_CODE_SUITE && code && code == tls_code_named(kind, session->cipher))
        return true;
    if (kind == TLS_CODE_GROUP && code && code == tls_code_named(kind, session->group))
        return true;
    return was_accepted(s, kind, number);
}

/* Whether something that is required was neither seen nor asked for; s->required and its hello in
 * s->offer are then ready, and the outcome is PROFILE_NOT_ASKED. Else that is PROFILE_WHOLE. */
static bool can_require(struct asking *s)
{
    for (int kind = 0; kind < TLS_CODE_KINDS; kind++) {
        const struct tls_profile_set *set = &s->profile->sets[kind];

        for (size_t i = 0; i < set->count; i++) {
            unsigned number = set->at[i].number;

            if (!set->at[i].required || is_proven(s, (enum tls_code_kind)kind, number) ||
                profile_facts_required(s->out, (enum tls_code_kind)kind, number))
                continue;
            s->required = (uint16_t)number;
            s->required_kind = kind;
            make_single(s, (enum tls_code_kind)kind, number);
            s->out->outcomes[PROFILE_REQUIRED] = PROFILE_NOT_ASKED;
            return true;
        }
    }
    s->out->outcomes[PROFILE_REQUIRED] = PROFILE_WHOLE;
    return false;
}

/* The question to ask again, its hello ready: where only what is being phased out was accepted yet
 * (`harmless`), or else where more may be, the one that was asked least. PROFILE_QUESTIONS:
 * none. */
static enum profile_question again(struct asking *s, bool harmless)
{
    enum profile_question best = PROFILE_QUESTIONS;

    for (enum profile_question q = 0; q < PROFILE_REQUIRED; q++) {
        if (s->rounds[q] == 0 || q == PROFILE_FIELD_1_2 || q == PROFILE_TLS_1_3)
            continue;
        if (harmless != (!has_violation(s, q) && s->rounds[q] == 1))
            continue;
        if ((best == PROFILE_QUESTIONS || s->rounds[q] < s->rounds[best]) && can_ask(s, q))
            best = q;
    }
    return best != PROFILE_QUESTIONS && can_ask(s, best) ? best : PROFILE_QUESTIONS;
}

/* The next question, whose hello is ready; PROFILE_QUESTIONS: there is none. */
static enum profile_question next(struct asking *s)
{
    enum profile_question q;

    for (q = 0; q < PROFILE_REQUIRED; q++) {
        if (s->rounds[q] == 0 && can_ask(s, q))
            return q;
    }
    q = again(s, true);
    if (q != PROFILE_QUESTIONS)
        return q;
    if (can_require(s))
        return PROFILE_REQUIRED;
    if (s->rounds[PROFILE_HYBRIDS] == 0 && can_ask(s, PROFILE_HYBRIDS))
        return PROFILE_HYBRIDS;
    return again(s, false);
}

/* --- answers --- */

/* Whether the answer, which accepted, shows something of the question's kind that was asked for.
 * Servers below TLS 1.3 choose freely what they do not find in the hello. */
static bool is_to_the_point(const struct asking *s, enum profile_question q,
                            const struct profile_answer *a)
{
    enum tls_code_kind kind = offers[q].kind;

    return profile_facts_number(a, kind) &&
           rate(s, kind, profile_facts_number(a, kind)) != TLS_PROFILE_ALLOWED;
}

/* Whether the gateway has shown that it speaks what a hello of that version offers: that version,
 * or up to TLS 1.2 one below. */
static bool has_spoken(const struct asking *s, unsigned version)
{
    unsigned v = version;

    for (; v >= TLS_CODE_SSL_3; v--) {
        if (is_proven(s, TLS_CODE_VERSION, v))
            return true;
        if (version == TLS_CODE_TLS_1_3)
            return false;
    }
    return false;
}

/* Whether the alert in an answer to the hello in s->offer refuses what was offered. Another one may
 * come from a server that does not understand the hello, or has had enough of us, and so may one
 * that denies a version that the server has spoken. */
static bool is_refusal(const struct asking *s, int alert)
{
    if (alert == PROFILE_PROTOCOL_VERSION)
        return !has_spoken(s, s->offer.hello.version);
    return alert == PROFILE_HANDSHAKE_FAILURE || alert == PROFILE_INSUFFICIENT_SECURITY;
}

/* The family of the hello in s->offer: of a hello for TLS 1.3, only if the gateway speaks that, for
 * who does not may end it like any other. */
static enum profile_family family_of_offer(const struct asking *s)
{
    bool is_1_3 = s->speaks_1_3 && s->offer.hello.version == TLS_CODE_TLS_1_3;

    return is_1_3 ? PROFILE_FAMILY_1_3 : PROFILE_FAMILY_BELOW;
}

/* Sets how the question stands after an answer to the handshake, whose end is HELLO_ASK_ACCEPTED,
 * HELLO_ASK_ALERT or HELLO_ASK_CLOSED and which is in s->out->at already. */
static void settle(struct asking *s, enum profile_question q, const struct profile_answer *a)
{
    enum profile_outcome *outcome = &s->out->outcomes[q];

    if (a->end == HELLO_ASK_ALERT && a->alert == PROFILE_PROTOCOL_VERSION &&
        offers[q].version == TLS_CODE_TLS_1_2)
        s->lacks_1_2 = true;
    if (q == PROFILE_TLS_1_3) {
        s->speaks_1_3 = a->end == HELLO_ASK_ACCEPTED;
        s->lacks_1_3 = !s->speaks_1_3;
    }
    if (offers[q].kind == TLS_CODE_KINDS || q >= PROFILE_REQUIRED)
        *outcome = PROFILE_WHOLE;
    else if (a->end == HELLO_ASK_ACCEPTED && is_to_the_point(s, q, a))
        *outcome = *outcome == PROFILE_HARMLESS ? PROFILE_HARMLESS : PROFILE_OPEN;
    else if (*outcome == PROFILE_OPEN && !has_violation(s, q))
        *outcome = PROFILE_HARMLESS;
    else
        *outcome = PROFILE_WHOLE;
}

/* Sends the hello in s->offer, which is that of the question, and appends the answer to s->out->at,
 * which must have room. An alert that is no refusal becomes HELLO_ASK_CLOSED. An answer that is
 * none sets s->out->stopped. */
static void ask(struct asking *s, enum profile_question q)
{
    struct profile_answer *a = &s->out->at[s->out->count];

    pool_checkpoint(s->c->watch);
    profile_ask(&s->config, s->r->address, &s->offer.hello, a, s->out->reason);
    a->question = q;
    if (a->end == HELLO_ASK_ALERT && !is_refusal(s, a->alert)) {
        a->end = HELLO_ASK_CLOSED;
        tls_reason_alert(a->alert, s->out->reason);
    }
    if (q == PROFILE_TLS_1_3 &&
        tls_profile_requires(s->profile, TLS_CODE_VERSION, TLS_CODE_TLS_1_3)) {
        s->required = TLS_CODE_TLS_1_3;
        s->required_kind = TLS_CODE_VERSION;
        a->question = PROFILE_REQUIRED; /* which would send the same */
    }
    a->asked = a->question == PROFILE_REQUIRED ? s->required : 0;
    a->asked_kind = s->required_kind;
    s->out->count++;
    s->rounds[q]++;
    if (a->end <= HELLO_ASK_CLOSED)
        settle(s, q, a);
    else
        s->out->stopped = true;
    profile_control_take(&s->control, family_of_offer(s), a);
}

/* How many connections may still be made. */
static size_t left(const struct asking *s)
{
    return PROFILE_CONNECTIONS_MAX - s->out->count;
}

/* Whether a connection is left for the question, whose hello is in s->offer, beside those that are
 * kept for controls. Post-quantum groups are left to the control of TLS 1.3 where it is due, if
 * there is one connection: it offers them first. */
static bool has_connection(const struct asking *s, enum profile_question q)
{
    if (q == PROFILE_HYBRIDS && left(s) == 1 &&
        profile_control_is_due(&s->control, PROFILE_FAMILY_1_3, 1))
        return false;
    return left(s) > profile_control_kept(&s->control, family_of_offer(s));
}

/* Asks in each family where that is due what any server accepts: a server whose refusals are meant
 * answers this, one that has had enough of us, or that does not understand our hellos, does not.
 * That it does not speak TLS 1.2 and below is an answer, too. Sets in_doubt or stopped of
 * s->out. */
static void control(struct asking *s)
{
    static const unsigned versions[PROFILE_FAMILIES] = {TLS_CODE_TLS_1_3, TLS_CODE_TLS_1_2};

    if (s->out->stopped)
        return;
    if (profile_control_kept(&s->control, PROFILE_FAMILIES) > left(s)) { /* the last was closed */
        s->out->stopped = true;
        return;
    }
    for (enum profile_family f = 0; f < PROFILE_FAMILIES && !s->out->stopped && !s->out->in_doubt;
         f++) {
        const struct profile_answer *a = &s->out->at[s->out->count];

        if (!profile_control_is_due(&s->control, f, left(s)))
            continue;
        make_single(s, TLS_CODE_VERSION, versions[f]);
        ask(s, PROFILE_CONTROL);
        s->out->in_doubt = a->end != HELLO_ASK_ACCEPTED &&
                           !(a->end == HELLO_ASK_ALERT && a->alert == PROFILE_PROTOCOL_VERSION);
    }
}

/* Notes which questions have nothing left to offer, and sets how the others stand. */
static void finish(struct asking *s)
{
    for (enum profile_question q = 0; q < PROFILE_REQUIRED; q++)
        can_ask(s, q);
    can_require(s);
}

void profile_probe(const struct probe_config *c, const struct plan_request *r,
                   const struct observation *o, struct profile_facts *out)
{
    struct asking s = {
        .c = c,
        .r = r,
        .profile = r->policy->profile,
        .out = out,
        .o = o,
        .speaks_1_3 = o->tls.version == TLS_CODE_TLS_1_3,
        .config = extra_handshake_config(c, r->policy),
    };

    *out = (struct profile_facts){0};
    while (!out->stopped && deadline_left_ms(c->deadline) > 0) {
        enum profile_question q = next(&s);

        if (q == PROFILE_QUESTIONS || !has_connection(&s, q))
            break;
        ask(&s, q);
    }
    control(&s);
    finish(&s);
}
