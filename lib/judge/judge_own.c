/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_own.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/text.h"
#include "judge/judge_own_exim.h"
#include "judge/judge_own_level.h"
#include "judge/judge_own_text.h"
#include "partner/print_postfix.h"

enum { SOURCE_MAX = 300, EXPECTED_MAX = 160 };

/* One server's answers under way. */
struct own {
    struct judge *j;
    const struct partners *partners;
    const struct mta_server *server;
    const struct partner_run *run; /* of the route or refusal; NULL: the server itself is judged */
    const struct mta_route *route; /* NULL: the server itself is judged */
    struct judge_place at;         /* the domain */
    struct hash *said;             /* facts that were found already, by their words */
    bool unknown;                  /* a fact of the server says why nothing is known */
};

/* The name of the mail server: "Postfix" or "Exim". */
static const char *name_of(const struct own *o)
{
    return judge_own_text_name(o->server);
}

/* Adds a finding at o->at, to whose headline the route's sender is added where there is one and it
 * fits. o->route must be set. */
static void find(const struct own *o, enum finding_code code, const char *headline,
                 const char *detail)
{
    char from[300];

    text_copy(from, sizeof from, headline);
    if (*o->route->sender && strlen(headline) + strlen(o->route->sender) < 140)
        text_append(from, sizeof from, ", for mail from %s", o->route->sender);
    judge_find(o->j, o->at, &(struct judge_found){code, STAGE_COUNT, from, detail});
}

/* --- what could not be asked --- */

/* Returns whether these words, in this order, were noted before; if not, notes them now if there is
 * memory. `b` may be "". */
static bool was_said(struct hash *said, const char *a, const char *b)
{
    uint64_t code = hash_pair(hash_text(a), hash_text(b));
    struct hash_walk walk;

    if (hash_first(said, code, &walk) != HASH_NONE)
        return true;
    hash_add(said, code, 0); /* without memory it is said twice */
    return false;
}

/* Whether a fact that means "unknown" is a rule about one recipient, not about the server. */
static bool is_about_partner(const struct mta_fact *f)
{
    return f->code == MTA_NOT_FOLLOWED && *f->source.file != '/';
}

/* Adds a fact for which mta_facts_is_unknown is true: at o->at where it is about one recipient,
 * else without a place and once for each headline. o->run may be NULL. */
static void find_unknown(const struct own *o, const struct mta_fact *f)
{
    const struct judge_place nowhere = {FINDING_NONE, FINDING_NONE, FINDING_NONE};
    struct judge_own_text text;
    bool ours = !is_about_partner(f);

    judge_own_text_unknown(o->server, f, &text);
    /* A table that fails is one thing, whatever it was asked for. */
    if (ours && was_said(o->said, text.headline, ""))
        return;
    if (ours)
        o->j->policy = o->partners->policy;
    judge_find(
        o->j, ours ? nowhere : o->at,
        &(struct judge_found){F_OWN_POLICY_UNKNOWN, STAGE_COUNT, text.headline, text.detail});
    if (ours && o->run)
        o->j->policy = &o->run->outbound;
}

/* Adds a finding for each fact that means "unknown". Returns whether there were any, even if all
 * were said before. */
static bool find_all_unknown(const struct own *o, const struct mta_fact_list *l)
{
    bool any = false;

    for (size_t i = 0; i < l->count; i++) {
        if (!mta_facts_is_unknown(l->at[i].code))
            continue;
        any = true;
        find_unknown(o, &l->at[i]);
    }
    return any;
}

/* --- the next hop --- */

/* Whether the hop is the partner's: the recipient's domain by its MX records, or one of the
 * partner's gateways, in any case. o->run and o->route must be set. */
static bool is_partners(const struct own *o, const struct mta_hop *hop)
{
    const char *at = strrchr(o->route->recipient, '@');

    if (hop->by_mx && at && strcasecmp(hop->name, at + 1) == 0)
        return true;
    return !hop->by_mx && judge_own_level_is_gateway(o->j, o->run, hop->name);
}

/* Whether [own] relay names the hop's host, in any case, and its port where one is given. */
static bool is_own_relay(const struct form_own *own, const struct mta_hop *hop)
{
    for (size_t i = 0; i < own->relay.count; i++) {
        const struct form_gateway *g = &own->relay.at[i];

        if (strcasecmp(g->name, hop->name) == 0 && (g->port == 0 || g->port == hop->port))
            return true;
    }
    return false;
}

/* Adds that mail goes to a relay that the form does not know. It checks nothing. */
static void find_relayed(const struct own *o, const struct mta_hop *hop)
{
    char headline[300], detail[440], source[SOURCE_MAX];

    judge_own_text_source(&hop->source, source, sizeof source);
    text_format(headline, sizeof headline, "our %s sends its mail to the relay %.80s", name_of(o),
                hop->next_hop);
    text_format(detail, sizeof detail,
                "expected its own gateways, or a relay that [own] relay names; seen %s", source);
    find(o, F_OWN_RELAYED, headline, detail);
}

/* --- the policy --- */

/* Returns how our server treats gateways by this policy, which is weaker than the form; static. */
static const char *consequence(const struct mta_policy *p)
{
    if (strcmp(p->source.key, "tls_verify_cert_hostnames") == 0)
        return "accepts a certificate for any name";
    switch (p->level) {
    case MTA_LEVEL_NONE:
        return "sends mail to it in plaintext";
    case LEVEL_MAY:
    case LEVEL_DANE:
        return "may send mail to it in plaintext";
    case LEVEL_ENCRYPT:
        return "does not verify its certificate";
    default:
        return "accepts certificates that the form does not";
    }
}

/* Writes to `dst` the line that the hop should have: a policy entry, or options of Exim. */
static void expected_of(const struct own *o, const struct mta_hop *hop, char *dst, size_t cap)
{
    const struct partner *p = o->run->partner;
    const char *domain = o->partners->mta.questions[o->route->question].domain;
    const char *key = hop->next_hop;
    char entry[EXPECTED_MAX];

    if (o->server->kind == MTA_EXIM) {
        judge_own_exim_expected(p->level, hop, dst, cap);
        return;
    }
    if (*domain == '*' && hop->by_mx && !*o->route->below)
        key = domain + 1;
    if (!print_postfix_entry(p, o->partners->own, entry, sizeof entry))
        text_copy(entry, sizeof entry, tls_policy_level_name(p->level));
    text_format(dst, cap, "%.100s %s", key, entry);
}

/* Appends " (gateway NAME)" where the other gateways have a stricter policy; else nothing. */
static void add_host(const struct mta_hop *hop, char *headline, size_t cap)
{
    for (size_t i = 0; i < hop->facts.count; i++) {
        if (hop->facts.at[i].code == MTA_HOSTS_LIMITED)
            text_append(headline, cap, " (gateway %.80s)", hop->facts.at[i].text);
    }
}

/* Where our policy, `p`, has level dane, which falls back to plaintext, appends "; ..." about
 * whether that would happen today. Otherwise appends nothing. */
static void add_tlsa(const struct own *o, const struct mta_policy *p, char *detail, size_t cap)
{
    static const char *const today[] = {[JUDGE_OWN_TLSA_UNKNOWN] = "",
                                        [JUDGE_OWN_TLSA_ALL] = ", which the gateways have today",
                                        [JUDGE_OWN_TLSA_NOT_ALL] =
                                            ", which not all gateways have today"};

    if (p->level == LEVEL_DANE)
        text_append(detail, cap, "; DANE requires TLS only where there are TLSA records%s",
                    today[judge_own_level_tlsa(o->j, o->run)]);
}

/* Adds that the hop's policy is weaker than the form, or that there is none. It checks nothing. */
static void find_weaker(const struct own *o, const struct mta_hop *hop)
{
    const struct mta_policy *p = &hop->policy;
    char headline[300], detail[440], source[SOURCE_MAX], expected[EXPECTED_MAX + 120];

    judge_own_text_source(&p->source, source, sizeof source);
    expected_of(o, hop, expected, sizeof expected);
    text_format(headline, sizeof headline, "our %s %s%s", name_of(o), consequence(p),
                p->found ? "" : ": it has no TLS policy");
    add_host(hop, headline, sizeof headline);
    text_format(detail, sizeof detail, "expected %s; seen %s", expected,
                text_or(source, "no TLS option"));
    add_tlsa(o, p, detail, sizeof detail);
    judge_own_text_warning(hop, detail, sizeof detail);
    find(o, p->found ? F_OWN_POLICY_WEAK : F_OWN_POLICY_MISSING, headline, detail);
}

/* Adds that the hop's policy accepts certificates for `name`, which the form does not allow. It
 * checks nothing. */
static void find_name(const struct own *o, const struct mta_hop *hop, const char *name)
{
    char headline[300], detail[440], source[SOURCE_MAX], expected[EXPECTED_MAX + 120];

    judge_own_text_source(&hop->policy.match_source, source, sizeof source);
    expected_of(o, hop, expected, sizeof expected);
    text_format(headline, sizeof headline, "our %s accepts certificates for %.60s", name_of(o),
                name);
    text_format(detail, sizeof detail, "expected %s; seen %s", expected, source);
    find(o, F_OWN_POLICY_WEAK, headline, detail);
}

/* "TLS 1.0" to "TLS 1.3" for 0x0301 to 0x0304, and "SSL 3" for any other number. */
static const char *version_name(int version)
{
    static const char *const names[] = {"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};

    return version >= 0x0301 && version <= 0x0304 ? names[version - 0x0301] : "SSL 3";
}

/* Adds that the hop allows an older version than the form, if it does. Does nothing at the form's
 * levels may and dane, where TLS may be left out, and where no setting says the version. */
static void check_version(const struct own *o, const struct mta_hop *hop)
{
    const struct partner *p = o->run->partner;
    char headline[300], detail[440], source[SOURCE_MAX];

    if (p->level == LEVEL_MAY || p->level == LEVEL_DANE || !*hop->policy.version_source.file ||
        hop->policy.min_version >= p->min_version)
        return;
    judge_own_text_source(&hop->policy.version_source, source, sizeof source);
    text_format(headline, sizeof headline, "our %s allows %s", name_of(o),
                version_name(hop->policy.min_version));
    text_format(detail, sizeof detail, "expected at least TLS %s, as in the form; seen %s",
                p->min_version_name, source);
    find(o, F_OWN_POLICY_WEAK, headline, detail);
}

/* Adds that our fingerprints are not the partner's, or cannot be compared. Does nothing where they
 * are, or where the hop's policy has another level than fingerprint. */
static void check_digests(const struct own *o, const struct mta_hop *hop)
{
    char headline[300], detail[440], source[SOURCE_MAX];
    enum judge_own_digest state;

    if (hop->policy.level != LEVEL_FINGERPRINT)
        return;
    state = judge_own_level_digests(o->j, o->run, &hop->policy);
    if (state == JUDGE_OWN_DIGEST_GOOD)
        return;
    judge_own_text_source(&hop->policy.match_source, source, sizeof source);
    text_format(headline, sizeof headline, "our %s expects a fingerprint that is not the partner's",
                name_of(o));
    if (state == JUDGE_OWN_DIGEST_UNKNOWN)
        text_format(headline, sizeof headline,
                    "the fingerprint that our %s expects cannot be compared", name_of(o));
    text_format(detail, sizeof detail,
                "expected the SHA-256 of the form, or of a certificate or key that was seen; seen "
                "%s digest in %s",
                hop->policy.digest, source);
    find(o, state == JUDGE_OWN_DIGEST_UNKNOWN ? F_OWN_POLICY_UNKNOWN : F_OWN_POLICY_WEAK, headline,
         detail);
}

/* Whether a fact for which mta_facts_defers is true keeps mail from being sent at the hop's level:
 * some only switch TLS off, which at may and below means plaintext. */
static bool defers(const struct mta_hop *hop, enum mta_fact_code code)
{
    bool always = code == MTA_ENTRY_MALFORMED || code == MTA_PARAMETER_MALFORMED ||
                  code == MTA_TABLE_DUPLICATE;

    return always || (hop->policy.level >= LEVEL_ENCRYPT && hop->policy.level != LEVEL_DANE);
}

/* Adds each fact that defers mail. Returns whether there was any. `hop` NULL: at any level. */
static bool find_deferred(const struct own *o, const struct mta_fact_list *l,
                          const struct mta_hop *hop)
{
    bool any = false;

    for (size_t i = 0; i < l->count; i++) {
        struct judge_own_text text;

        if (!mta_facts_defers(l->at[i].code) || (hop && !defers(hop, l->at[i].code)))
            continue;
        any = true;
        judge_own_text_deferred(o->server, &l->at[i], &text);
        find(o, F_OWN_POLICY_WEAK, text.headline, text.detail);
    }
    return any;
}

/* Adds each fact that weakens the hop's policy although its level is good; often none. */
static void find_weakened(const struct own *o, const struct mta_hop *hop)
{
    for (size_t i = 0; i < hop->facts.count; i++) {
        struct judge_own_text text;

        judge_own_text_weak(o->server, &hop->facts.at[i], &text);
        if (*text.headline)
            find(o, F_OWN_POLICY_WEAK, text.headline, text.detail);
    }
}

/* Adds how the hop's policy differs from the form: nothing where it does not. o->run and o->route
 * must be set. */
static void judge_policy(const struct own *o, const struct mta_hop *hop)
{
    const char *name;

    if (find_all_unknown(o, &hop->facts) || find_deferred(o, &hop->facts, hop))
        return;
    if (!judge_own_level_meets(o->run->partner->level, &hop->policy)) {
        find_weaker(o, hop);
        return;
    }
    name = judge_own_level_name(o->j, o->run, &hop->policy);
    if (name)
        find_name(o, hop, name);
    check_version(o, hop);
    check_digests(o, hop);
    find_weakened(o, hop);
}

/* --- routes --- */

/* Returns whether the same policy of the same next hop was judged for another domain of the
 * partner, or another sender; if not, notes it as judged. */
static bool is_judged(const struct own *o, const struct mta_hop *hop)
{
    char key[400];

    text_format(key, sizeof key, "%zu %p %s %d %s %s", (size_t)(o->run - o->partners->runs),
                (const void *)o->server, hop->service, hop->policy.level, hop->policy.source.key,
                hop->policy.source.value);
    return was_said(o->said, key, hop->next_hop);
}

/* Judges the policy of each hop, once a partner, and adds relays that nobody declares. Passes over
 * relays that [own] relay names. */
static void judge_hops(const struct own *o)
{
    for (size_t i = 0; i < o->route->hop_count; i++) {
        const struct mta_hop *hop = &o->route->hops[i];
        bool partners = is_partners(o, hop);

        if (!partners && is_own_relay(o->partners->own, hop))
            continue;
        if (is_judged(o, hop))
            continue;
        if (!partners)
            find_relayed(o, hop);
        judge_policy(o, hop);
    }
}

/* Adds, as F_OWN_POLICY_WEAK, that our mail server keeps, discards, bounces or defers the mail. The
 * route must be set, and its fate one of these; no run is looked at. */
static void find_fate(const struct own *o)
{
    static const char *const words[] = {[MTA_KEPT] = "keeps mail for it on this machine",
                                        [MTA_DISCARDED] = "discards mail for it",
                                        [MTA_BOUNCED] = "bounces mail for it",
                                        [MTA_DEFERRED] = "defers mail for it"};
    char headline[160], detail[440], source[SOURCE_MAX];

    judge_own_text_source(&o->route->source, source, sizeof source);
    text_format(headline, sizeof headline, "our %s %s", name_of(o), words[o->route->fate]);
    text_format(detail, sizeof detail, "expected mail to its gateways%s%s",
                *source ? "; seen " : "", source);
    find(o, F_OWN_POLICY_WEAK, headline, detail);
}

/* Adds that the server did not say where mail goes. */
static void find_unanswered(const struct own *o)
{
    char headline[160];

    text_format(headline, sizeof headline, "our %s did not say where mail for it goes", name_of(o));
    find(o, F_OWN_POLICY_UNKNOWN, headline, "run the check with --own on the mail server");
}

/* Judges o->route: its hops where mail is sent, else its fate. Does nothing more where something
 * could not be asked or mail is deferred. */
static void judge_route(const struct own *o)
{
    if (find_all_unknown(o, &o->route->facts))
        return;
    if (o->route->fate == MTA_UNKNOWN && !o->unknown)
        find_unanswered(o);
    if (o->route->fate == MTA_UNKNOWN || find_deferred(o, &o->route->facts, NULL))
        return;
    if (o->route->fate == MTA_SENT)
        judge_hops(o);
    else
        find_fate(o);
}

/* Returns the index of the partner's target that is that domain, in lower case; run->first where
 * none is. Hosts do not count. */
static size_t target_of(const struct judge *j, const struct partner_run *run, const char *domain)
{
    for (size_t t = run->first; t < run->first + run->count; t++) {
        const struct target *target = j->facts->resolution->targets[t].target;

        if (target->kind != TARGET_HOST && strcmp(target->name, domain) == 0)
            return t;
    }
    return run->first;
}

/* --- inbound --- */

/* Adds that a client's mail without TLS was accepted, that it is unclear, or that it could not be
 * asked. Does nothing where it was refused in words that name TLS. o->run and o->at must be set. */
static void judge_refusal(struct own *o, const struct mta_refusal *r)
{
    const struct mta_client *client = &o->partners->mta.clients[r->client];
    char headline[300], detail[440];

    if (find_all_unknown(o, &r->facts) || (r->code >= 400 && judge_own_text_names_tls(r->reply)))
        return;
    text_format(detail, sizeof detail, "expected a refusal that names TLS, seen %u %.200s to %s",
                r->code, r->reply, r->command);
    if (r->code < 400) {
        text_format(headline, sizeof headline, "our %s accepts mail without TLS from %.60s",
                    name_of(o), client->address);
        judge_find(o->j, o->at,
                   &(struct judge_found){F_PLAINTEXT_ACCEPTED, STAGE_COUNT, headline, detail});
        return;
    }
    text_format(headline, sizeof headline, "unclear whether our %s refuses mail without TLS",
                name_of(o));
    judge_find(o->j, o->at,
               &(struct judge_found){F_PLAINTEXT_INCONCLUSIVE, STAGE_COUNT, headline, detail});
}

/* --- all of it --- */

/* Judges everything that one server answered. `said` is shared by all servers. Changes
 * j->policy. */
static void judge_server(struct judge *j, const struct partners *partners,
                         const struct mta_server *s, struct hash *said)
{
    const struct partners_mta *mta = &partners->mta;
    struct own o = {.j = j, .partners = partners, .server = s, .said = said};

    o.unknown = find_all_unknown(&o, &s->facts);
    for (size_t i = 0; i < s->route_count; i++) {
        o.route = &s->routes[i];
        o.run = &partners->runs[mta->partner_of[o.route->question]];
        j->policy = &o.run->outbound;
        o.at = (struct judge_place){target_of(j, o.run, mta->questions[o.route->question].domain),
                                    FINDING_NONE, FINDING_NONE};
        judge_route(&o);
    }
    for (size_t i = 0; i < s->refusal_count; i++) {
        const char *sender = mta->clients[s->refusals[i].client].sender;

        o.run = &partners->runs[mta->client_partner_of[s->refusals[i].client]];
        j->policy = &o.run->outbound;
        o.at = (struct judge_place){target_of(j, o.run, strrchr(sender, '@') + 1), FINDING_NONE,
                                    FINDING_NONE};
        judge_refusal(&o, &s->refusals[i]);
    }
}

void judge_own(struct judge *j, const struct partners *partners)
{
    const struct mta_facts *mta = j->facts->mta;
    struct hash said = {0};

    for (size_t i = 0; mta && i < mta->count; i++)
        judge_server(j, partners, &mta->servers[i], &said);
    hash_clear(&said);
}
