/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_profile.h"

#include <string.h>

#include "base/text.h"
#include "probe/profile_address.h"
#include "tls/tls_code.h"
#include "tls/tls_reason.h"

enum { FOUND_MAX = 2 * PROFILE_CONNECTIONS_MAX, NAME_SIZE = 120 };

/* One profile's judging under way. */
struct comparison {
    struct judge *j;
    struct judge_place at;
    const struct tls_profile *profile;
    const struct profile_facts *facts;
    const struct observation *o;
};

/* Numbers of a kind that the gateway accepts, and that the profile rates alike; none twice. */
struct found {
    unsigned at[FOUND_MAX];
    size_t count;
};

/* Adds a number, unless it is there or there is no room. */
static void add(struct found *f, unsigned number)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->at[i] == number)
            return;
    }
    if (f->count < FOUND_MAX)
        f->at[f->count++] = number;
}

/* Returns how the profile rates a number of the kind at j->c->now. */
static enum tls_profile_rating rate(const struct comparison *c, enum tls_code_kind kind,
                                    unsigned number)
{
    return tls_profile_rate(c->profile, kind, number, c->j->c->now);
}

/* Returns the number of the version, suite or group of the session itself, which must have
 * completed its handshake. 0: the number is not known, the kind is signatures, or the version is
 * forbidden and the kind is another one. */
static unsigned negotiated(const struct comparison *c, enum tls_code_kind kind)
{
    const struct conn_tls *tls = &c->o->tls;
    const struct tls_code *code = NULL;

    if (kind == TLS_CODE_VERSION)
        return (unsigned)tls->version;
    if (rate(c, TLS_CODE_VERSION, (unsigned)tls->version) == TLS_PROFILE_FORBIDDEN)
        return 0;
    if (kind == TLS_CODE_SUITE)
        code = tls_code_named(kind, tls->cipher);
    if (kind == TLS_CODE_GROUP)
        code = tls_code_named(kind, tls->group);
    return code ? code->number : 0;
}

/* Returns what the gateway accepts of a kind, in the session itself or when it was asked, as far as
 * the profile rates it like that; perhaps nothing. Apart from versions, nothing counts that was
 * accepted in a version that is forbidden. */
static struct found collect(const struct comparison *c, enum tls_code_kind kind,
                            enum tls_profile_rating rating)
{
    unsigned own = negotiated(c, kind);
    struct found found = {0};

    if (own && rate(c, kind, own) == rating)
        add(&found, own);
    for (size_t i = 0; i < c->facts->count; i++) {
        const struct profile_answer *a = &c->facts->at[i];
        unsigned number = a->end == HELLO_ASK_ACCEPTED ? profile_facts_number(a, kind) : 0;

        if (kind != TLS_CODE_VERSION &&
            rate(c, TLS_CODE_VERSION, a->version) == TLS_PROFILE_FORBIDDEN)
            continue;
        if (number && rate(c, kind, number) == rating)
            add(&found, number);
    }
    return found;
}

/* --- how far it was asked --- */

/* Returns the kind that a question is about; TLS_CODE_KINDS: none, or several. */
static enum tls_code_kind kind_of(enum profile_question q)
{
    static const enum tls_code_kind kinds[PROFILE_QUESTIONS] = {
        [PROFILE_TLS_1_3] = TLS_CODE_VERSION,  [PROFILE_VERSIONS] = TLS_CODE_VERSION,
        [PROFILE_SUITES_1_3] = TLS_CODE_SUITE, [PROFILE_GROUPS_1_3] = TLS_CODE_GROUP,
        [PROFILE_SUITES_1_2] = TLS_CODE_SUITE, [PROFILE_GROUPS_1_2] = TLS_CODE_GROUP,
        [PROFILE_FIELD_1_2] = TLS_CODE_GROUP,  [PROFILE_SIGNATURES] = TLS_CODE_SIGNATURE,
        [PROFILE_REQUIRED] = TLS_CODE_KINDS,   [PROFILE_HYBRIDS] = TLS_CODE_KINDS,
        [PROFILE_CONTROL] = TLS_CODE_KINDS,
    };

    return kinds[q];
}

/* Whether more of a kind may be accepted than was seen, because a question about it was not asked
 * to its end. */
static bool may_be_more(const struct comparison *c, enum tls_code_kind kind)
{
    for (enum profile_question q = 0; q < PROFILE_REQUIRED; q++) {
        enum profile_outcome outcome = c->facts->outcomes[q];

        if (kind_of(q) == kind && outcome != PROFILE_WHOLE && outcome != PROFILE_NOT_DUE)
            return true;
    }
    return false;
}

/* Whether something forbidden of a kind may be accepted although none was seen. False where some
 * was seen: that is a finding anyway. */
static bool is_open(const struct comparison *c, enum tls_code_kind kind)
{
    for (enum profile_question q = 0; q < PROFILE_REQUIRED; q++) {
        enum profile_outcome outcome = c->facts->outcomes[q];

        if (kind_of(q) == kind && (outcome == PROFILE_NOT_ASKED || outcome == PROFILE_OPEN))
            return collect(c, kind, TLS_PROFILE_FORBIDDEN).count == 0;
    }
    return false;
}

/* --- findings --- */

/* What is found of something that the profile phases out, and of something that it does not allow.
 */
static const struct {
    const char *words;
    enum finding_code code;
} ratings[] = {
    [false] = {"phased out", F_TLS_PROFILE_DEPRECATED},
    [true] = {"not allowed", F_TLS_PROFILE_VIOLATION},
};

/* Counts what is not allowed, or else is phased out, of a subject: a kind, or
 * VERDICT_PROFILE_SIZES. */
static void count(const struct comparison *c, bool forbidden, unsigned subject, size_t n)
{
    struct profile_verdict *v = &c->j->v->hosts[c->at.host].profile;
    uint8_t *counters = forbidden ? v->violations : v->deprecated;

    counters[subject] = (uint8_t)(counters[subject] + n);
}

/* Writes IANA's name of a number, with OpenSSL's where that differs: "TLS_RSA_WITH_AES_128_CBC_SHA
 * (AES128-SHA)". */
static void name(enum tls_code_kind kind, unsigned number, char out[NAME_SIZE])
{
    const struct tls_code *code = tls_code_find(kind, number);
    char buf[8];

    if (kind == TLS_CODE_GROUP && number == TLS_CODE_OTHER_DH)
        text_copy(out, NAME_SIZE, "a finite field without a name");
    else if (code && *code->openssl)
        text_format(out, NAME_SIZE, "%s (%s)", code->name, code->openssl);
    else
        text_copy(out, NAME_SIZE, tls_code_name(kind, number, buf));
}

/* Appends "expected what "DOCUMENT" VERB (edition EDITION, SOURCE)". `verb`: "allows" or
 * "requires". `source`: of the kind in the profile; NULL: not known. */
static void add_document(const struct comparison *c, const char *verb, const char *source,
                         char *out, size_t cap)
{
    text_append(out, cap, "expected what \"%s\" %s (edition %s", c->profile->document, verb,
                c->profile->edition);
    if (source)
        text_append(out, cap, ", %s", source);
    text_append(out, cap, ")");
}

/* Returns the short name: OpenSSL's, which the settings of mail servers take, or else IANA's. It is
 * static, or in `buf`. Never NULL. */
static const char *short_name(enum tls_code_kind kind, unsigned number, char buf[8])
{
    const struct tls_code *code = tls_code_find(kind, number);

    return code && *code->openssl ? code->openssl : tls_code_name(kind, number, buf);
}

/* Writes "2 cipher suites not allowed by ncsc-nl: AES128-SHA, ...". There must be something found.
 * `forbidden` false: it is phased out. */
static void write_headline(const struct comparison *c, enum tls_code_kind kind, bool forbidden,
                           const struct found *found, char *out, size_t cap)
{
    const char *what = ratings[forbidden].words;
    char buf[8];
    const char *first = short_name(kind, found->at[0], buf);

    if (found->count == 1)
        text_format(out, cap, "%s %s by %s: %s", tls_code_noun(kind), what, c->profile->name,
                    first);
    else
        text_format(out, cap, "%zu %ss %s by %s: %s, ...", found->count, tls_code_noun(kind), what,
                    c->profile->name, first);
}

/* Adds the finding that the gateway accepts what was found. Does nothing where that is nothing.
 * `forbidden`: as the profile rates all of it; false: it is phased out. */
static void find_accepted(const struct comparison *c, enum tls_code_kind kind, bool forbidden,
                          const struct found *found)
{
    struct judge_words w = {0};
    char one[NAME_SIZE];

    if (found->count == 0)
        return;
    count(c, forbidden, kind, found->count);
    write_headline(c, kind, forbidden, found, w.headline, sizeof w.headline);
    add_document(c, "allows", c->profile->sets[kind].source, w.detail, sizeof w.detail);
    text_append(w.detail, sizeof w.detail, ", seen ");
    for (size_t i = 0; i < found->count; i++) {
        name(kind, found->at[i], one);
        if (i > 0)
            text_append(w.detail, sizeof w.detail, ", ");
        text_append(w.detail, sizeof w.detail, "%s", one);
    }
    if (may_be_more(c, kind))
        text_append(w.detail, sizeof w.detail, "; not all were asked");
    judge_find_words(c->j, c->at, ratings[forbidden].code, STAGE_COUNT, &w);
}

/* Adds the findings about each kind. */
static void judge_kinds(const struct comparison *c)
{
    for (enum tls_code_kind kind = 0; kind < TLS_CODE_KINDS; kind++) {
        struct found forbidden = collect(c, kind, TLS_PROFILE_FORBIDDEN);
        struct found phase_out = collect(c, kind, TLS_PROFILE_PHASE_OUT);

        find_accepted(c, kind, true, &forbidden);
        find_accepted(c, kind, false, &phase_out);
    }
}

/* Adds that a key or a field of that size is too small, if it is. `what` names it: "RSA key". The
 * size must be known. */
static void judge_size(const struct comparison *c, enum tls_profile_key key, unsigned bits,
                       const char *what)
{
    enum tls_profile_rating rating = tls_profile_rate_size(c->profile, key, bits);
    bool forbidden = rating == TLS_PROFILE_FORBIDDEN;
    struct judge_words w = {0};

    if (rating == TLS_PROFILE_ALLOWED)
        return;
    count(c, forbidden, VERDICT_PROFILE_SIZES, 1);
    text_format(w.headline, sizeof w.headline, "%s of %u bits %s by %s", what, bits,
                ratings[forbidden].words, c->profile->name);
    text_format(w.detail, sizeof w.detail, "expected at least %u bits (%s, edition %s)",
                c->profile->sizes[key].allowed, c->profile->document, c->profile->edition);
    judge_find_words(c->j, c->at, ratings[forbidden].code, STAGE_COUNT, &w);
}

/* Judges the size of the key of a chain's first certificate: RSA, DSA by the size that RSA has to
 * have, whose strength is the same (NIST SP 800-57), or else an elliptic curve. Does nothing where
 * `chain` is NULL or the size is not known. */
static void judge_key(const struct comparison *c, const struct trust_facts *chain)
{
    const struct cert_facts *leaf = chain ? &chain->certs[0] : NULL;

    if (!leaf || leaf->key_bits == 0)
        return;
    if (leaf->kind == CERT_RSA)
        judge_size(c, TLS_PROFILE_RSA, leaf->key_bits, "RSA key");
    else if (strncmp(leaf->key, "DSA ", 4) == 0)
        judge_size(c, TLS_PROFILE_RSA, leaf->key_bits, "DSA key");
    else
        judge_size(c, TLS_PROFILE_EC, leaf->key_bits, "elliptic curve key");
}

/* Judges the finite fields that were met, each size once. */
static void judge_fields(const struct comparison *c)
{
    struct found sizes = {0};

    for (size_t i = 0; i < c->facts->count; i++) {
        const struct profile_answer *a = &c->facts->at[i];

        if (a->end == HELLO_ASK_ACCEPTED && a->dh_bits > 0)
            add(&sizes, a->dh_bits);
    }
    for (size_t i = 0; i < sizes.count; i++)
        judge_size(c, TLS_PROFILE_DH, sizes.at[i], "finite field");
}

/* Judges the sizes of the keys of both chains that the session's address serves, and of the finite
 * fields that were met. */
static void judge_sizes(const struct comparison *c)
{
    if (c->o->has_chain)
        judge_key(c, &c->o->chain);
    judge_key(c, observation_other_chain(c->o));
    judge_fields(c);
}

/* Whether the gateway only refuses, even the control, so that its refusals say nothing. */
static bool refuses_everything(const struct profile_facts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->at[i].end == HELLO_ASK_CLOSED)
            return false;
    }
    return f->in_doubt && f->at[f->count - 1].end == HELLO_ASK_ALERT;
}

/* Whether the answer refuses: by an alert, or as the control has shown. */
static bool is_refused(const struct profile_facts *f, const struct profile_answer *a)
{
    if (refuses_everything(f))
        return false;
    return a->end == HELLO_ASK_ALERT || (a->end == HELLO_ASK_CLOSED && !f->stopped && !f->in_doubt);
}

/* Adds each thing that the profile requires and that was refused, or not chosen though nothing else
 * was offered. What was not asked, or not answered, is passed over. */
static void judge_required(const struct comparison *c)
{
    for (size_t i = 0; i < c->facts->count; i++) {
        const struct profile_answer *a = &c->facts->at[i];
        enum tls_code_kind kind = (enum tls_code_kind)a->asked_kind;
        struct judge_words w = {0};
        char one[NAME_SIZE];

        if (a->question != PROFILE_REQUIRED)
            continue;
        if (a->end == HELLO_ASK_ACCEPTED && profile_facts_number(a, kind) == a->asked)
            continue;
        if (a->end != HELLO_ASK_ACCEPTED && !is_refused(c->facts, a))
            continue;
        count(c, true, (unsigned)kind, 1);
        name(kind, a->asked, one);
        text_format(w.headline, sizeof w.headline, "%s required by %s not accepted: %s",
                    tls_code_noun(kind), c->profile->name, one);
        add_document(c, "requires", c->profile->sets[kind].source, w.detail, sizeof w.detail);
        judge_find_words(c->j, c->at, F_TLS_PROFILE_VIOLATION, STAGE_COUNT, &w);
    }
}

/* --- what was not asked --- */

/* Writes how the gateway or our side ended it. f->stopped must be true. */
static void stop_words(const struct profile_facts *f, char *out, size_t cap)
{
    static const char *const ends[] = {[HELLO_ASK_CLOSED] = "closed without a refusal",
                                       [HELLO_ASK_SILENT] = "no answer in time",
                                       [HELLO_ASK_UNREACHED] = "the handshake was not reached",
                                       [HELLO_ASK_MALFORMED] = "the answer is malformed",
                                       [HELLO_ASK_LOCAL] =
                                           "this machine ran out of memory or files"};
    const struct profile_answer *last = &f->at[f->count - 1];

    text_format(out, cap, "connection %zu: %s", f->count, ends[last->end]);
    if (*f->reason)
        text_append(out, cap, ": %s", f->reason);
}

/* Adds that the gateway or our side ended it early. c->facts->stopped must be true. */
static void find_stopped(const struct comparison *c)
{
    const struct profile_facts *f = c->facts;
    struct judge_words w = {0};

    text_format(w.headline, sizeof w.headline, "TLS profile %s not asked in full",
                c->profile->name);
    stop_words(f, w.detail, sizeof w.detail);
    judge_find_words(c->j, c->at, F_NOT_PROBED, STAGE_COUNT, &w);
}

/* Adds which kinds the connections were not enough for, or that refusals may be none. Does nothing
 * where neither is so. c->facts->stopped must be false. */
static void judge_open(const struct comparison *c)
{
    struct judge_words w = {0};
    char kinds[160] = "", alert[TLS_REASON_ALERT];

    for (enum tls_code_kind kind = 0; kind < TLS_CODE_KINDS; kind++) {
        if (!is_open(c, kind))
            continue;
        text_join(kinds, sizeof kinds, tls_code_noun(kind));
        text_append(kinds, sizeof kinds, "s");
    }
    if (c->facts->outcomes[PROFILE_REQUIRED] == PROFILE_NOT_ASKED)
        text_join(kinds, sizeof kinds, "what is required");
    if (!*kinds && !c->facts->in_doubt)
        return;
    text_format(w.headline, sizeof w.headline, "TLS profile %s not asked in full",
                c->profile->name);
    if (refuses_everything(c->facts)) {
        tls_reason_alert(c->facts->at[c->facts->count - 1].alert, alert);
        text_format(w.detail, sizeof w.detail,
                    "the gateway refused what it was asked, and then a hello that any server "
                    "accepts, too: %s",
                    alert);
    } else if (c->facts->in_doubt)
        text_copy(
            w.detail, sizeof w.detail,
            "the gateway ended connections without a refusal, and then did not answer a hello "
            "that any server accepts");
    else
        text_format(w.detail, sizeof w.detail, "%zu connections were not enough for: %s",
                    c->facts->count, kinds);
    judge_find_words(c->j, c->at, F_NOT_PROBED, STAGE_COUNT, &w);
}

/* Adds that nothing is known, and why. c->facts may be NULL. */
static void find_unasked(const struct comparison *c, const char *why)
{
    struct judge_words w = {0};

    text_format(w.headline, sizeof w.headline, "TLS profile %s not asked", c->profile->name);
    text_copy(w.detail, sizeof w.detail, why);
    judge_find_words(c->j, c->at, F_NOT_PROBED, STAGE_COUNT, &w);
}

/* Whether a finding that counts already says why the gateway's handshakes were not reached, or
 * failed. */
static bool is_explained(const struct judge *j, size_t host)
{
    for (size_t i = 0; i < j->v->findings.count; i++) {
        const struct finding *f = &j->v->findings.at[i];

        if (f->host == host && f->state != STATE_OK && f->stage <= STAGE_TLS && f->code != F_SLOW)
            return true;
    }
    return false;
}

void judge_profile(struct judge *j, struct judge_place at)
{
    const struct facts *f = j->facts;
    const struct resolve_host *h = &f->resolution->hosts[at.host];
    struct comparison c = {.j = j, .profile = h->policy->profile};

    if (!c.profile)
        return;
    c.at = at;
    c.at.address = FINDING_NONE;
    if (!profile_address(f->plan, f->observations, at.host, h->address_count, &at.address)) {
        if (!is_explained(j, at.host))
            find_unasked(&c, "no handshake succeeded");
        return;
    }
    c.at = at;
    c.o = facts_observation(f, at.host, at.address);
    if (f->profiles)
        c.facts = f->profiles[f->plan->of_host[at.host][at.address]];
    if (!c.facts) {
        find_unasked(&c, "the run ended first");
        return;
    }
    j->v->hosts[at.host].profile.asked = true;
    j->v->hosts[at.host].profile.address = at.address;
    judge_kinds(&c);
    judge_required(&c);
    judge_sizes(&c);
    if (c.facts->stopped)
        find_stopped(&c);
    else
        judge_open(&c);
}
