/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/partners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/text.h"

/* The partners of a run while they are added. */
struct maker {
    const struct partners_config *c;
    struct partners *f;
    struct hash trusts; /* of trust_files */
    bool memory;        /* ran out */
};

/* "postmaster@DOMAIN", which *f owns. NULL: memory. */
static const char *postmaster(struct partners *f, const char *domain)
{
    char **list = realloc(f->strings, (f->string_count + 1) * sizeof *list);

    if (!list)
        return NULL;
    f->strings = list;
    if (asprintf(&list[f->string_count], "postmaster@%s", domain) < 0)
        return NULL;
    return list[f->string_count++];
}

/* --- terms --- */

/* Adds the error of a form that was read, but cannot be followed; `what` is clean text. The caller
 * leaves the partner out. Sets m->memory to whether memory ran out. Always false. */
static bool refuse(struct maker *m, const struct partner *p, const char *what)
{
    char text[256];

    text_format(text, sizeof text, "%s:%d: %s", p->file, p->line, what);
    m->memory = !partners_add_invalid(m->f, text);
    return false;
}

/* Whether both name the same files, or no file at the same places. */
static bool is_same(const struct trust_files *a, const struct trust_files *b)
{
    return text_equal(a->ca_file, b->ca_file) && text_equal(a->client_cert, b->client_cert) &&
           text_equal(a->client_key, b->client_key);
}

/* The trust for those files, one for all partners who name them, which m->f owns. There is a
 * ca_file or a client_cert; the paths are borrowed. NULL with `e` filled. */
static struct trust *trust_for(struct maker *m, const struct trust_files *files, struct error *e)
{
    struct partners *f = m->f;
    uint64_t code = hash_text(files->ca_file ? files->ca_file : files->client_cert);
    struct partners_trust *trusts;
    struct hash_walk walk;
    struct trust *new;

    for (size_t i = hash_first(&m->trusts, code, &walk); i != HASH_NONE; i = hash_next(&walk)) {
        if (is_same(&f->trusts[i].files, files))
            return f->trusts[i].trust;
    }
    trusts = array_grow(f->trusts, f->trust_count, sizeof *trusts);
    if (!trusts) {
        error_memory(e);
        return NULL;
    }
    f->trusts = trusts;
    new = trust_with(m->c->policy->trust, files, e);
    if (new && !hash_add(&m->trusts, code, f->trust_count)) {
        trust_free(new);
        error_memory(e);
        return NULL;
    }
    if (new)
        trusts[f->trust_count++] = (struct partners_trust){new, *files};
    return new;
}

/* Sets the roots and our certificate: those that the form names, or else those of the command
 * line. False: the partner is refused, or m->memory is set. */
static bool set_trust(struct maker *m, const struct partner *p, struct tls_policy *t)
{
    const struct trust_files files = {p->ca_file, p->client_cert, p->client_key};
    struct error e = {0};
    char what[200];

    t->ca_file = p->ca_file;
    t->own_certificate = p->client_cert != NULL;
    if (p->client_cert)
        t->client_cert = p->client_cert;
    t->trust = m->c->policy->trust;
    if (p->ca_file || p->client_cert)
        t->trust = trust_for(m, &files, &e);
    if (t->trust)
        return true;
    if (e.cause != ERROR_FILE) {
        m->memory = true;
        return false;
    }
    text_clean(what, sizeof what, e.text, strlen(e.text));
    return refuse(m, p, what);
}

/* Sets the profile that the form names; without one t->profile stays, which is that of the command
 * line. False: the partner is left out, or m->memory is set. */
static bool set_profile(struct maker *m, const struct partner *p, struct tls_policy *t)
{
    struct error e = {0};
    char what[200];

    if (!p->tls_profile)
        return true;
    t->profile = partners_profiles_get(&m->f->profiles, p->tls_profile, &e);
    if (t->profile)
        return true;
    if (e.cause != ERROR_FILE) {
        m->memory = true;
        return false;
    }
    text_format(what, sizeof what, "tls-profile: ");
    text_clean(what + strlen(what), sizeof what - strlen(what), e.text, strlen(e.text));
    return refuse(m, p, what);
}

/* The sni of a policy for mail to a partner: a name, "none", or NULL for the host's own; borrowed.
 * The command line's comes before that of [own], whose "none" does not count at the dane levels. At
 * the others it is "none" where neither gives one and [own] has Postfix, which sends no SNI. */
static const char *own_sni(const struct partners_config *c, enum tls_level level)
{
    const struct form_own *own = &c->form->own;
    bool postfix = own->postfix.count > 0;

    if (c->policy->sni)
        return c->policy->sni;
    if (own->sni && (strcmp(own->sni, "none") != 0 || !tls_policy_is_dane(level)))
        return own->sni;
    return postfix && !own->sni && !tls_policy_is_dane(level) ? "none" : NULL;
}

/* Sets the names that a certificate may have: the form's, or those of t->level, which is set
 * before. Names of the command line, which *t has already, stay. */
static void set_match(const struct partners_config *c, const struct partner *p,
                      struct tls_policy *t)
{
    static const char *const of_verify[] = {"hostname"};
    static const char *const of_secure[] = {"nexthop", "dot-nexthop"};

    if (c->match_given)
        return;
    t->match = t->level == LEVEL_SECURE ? of_secure : of_verify;
    t->match_count = t->level == LEVEL_SECURE ? 2 : 1;
    if (p->match.count > 0) {
        t->match = (const char *const *)p->match.at;
        t->match_count = p->match.count;
    }
}

/* Sets the level, with its fingerprints, and the minimum version of the form. What the command line
 * gives, which *t has already, stays. */
static void set_level(const struct partners_config *c, const struct partner *p,
                      struct tls_policy *t)
{
    if (!c->min_version_given) {
        t->min_version = p->min_version;
        t->min_version_name = p->min_version_name;
    }
    if (c->level_given)
        return;
    t->level = p->level;
    if (p->fingerprints.count > 0) {
        t->fingerprints = (const char *const *)p->fingerprints.at;
        t->fingerprint_count = p->fingerprints.count;
    }
}

/* Sets the states of findings as the form has them, unless the command line gives them. */
static void set_states(const struct partner *p, struct tls_policy *t)
{
    for (int i = 0; i < FINDING_COUNT; i++) {
        if (t->on[i] == STATE_DEFAULT)
            t->on[i] = p->on[i];
    }
}

/* Fills *t for mail to the partner. False: m->memory is set, or the form cannot be followed and
 * the partner is refused. */
static bool set_outbound(struct maker *m, const struct partner *p, struct tls_policy *t)
{
    const struct partners_config *c = m->c;

    *t = *c->policy;
    set_level(c, p, t);
    set_match(c, p, t);
    t->sni = own_sni(c, t->level);
    t->tlsa = tls_policy_is_dane(t->level);
    t->wrapper = p->wrapper;
    t->requiretls = p->requiretls;
    set_states(p, t);
    return set_trust(m, p, t) && set_profile(m, p, t);
}

/* Fills *t for mail from `domain`, one of form_domain; run->outbound and run->partner are set
 * before. Our own gateway's certificate is not the partner's affair: how it looks from outside is
 * for a service of its own, not for one page a partner. False: memory. */
static bool set_inbound(struct maker *m, const struct partner_run *run, const char *domain,
                        struct tls_policy *t)
{
    static const char *const match[] = {"hostname"};

    *t = run->outbound;
    t->level = LEVEL_ENCRYPT;
    t->match = match;
    t->match_count = 1;
    t->sni = m->c->policy->sni;
    t->wrapper = t->requiretls = t->own_certificate = false;
    t->tlsa = false;
    t->trust = m->c->policy->trust;
    t->client_cert = m->c->policy->client_cert;
    t->ca_file = NULL;
    t->profile = NULL;
    t->refuses_plaintext = true;
    t->refuses_unverified = run->partner->inbound_level == LEVEL_VERIFY;
    t->xclient_address = run->partner->xclient_address;
    t->xclient_name = run->partner->xclient_name;
    t->sender = postmaster(m->f, domain);
    t->recipient = m->c->form->own.recipient;
    return t->sender != NULL;
}

/* --- targets --- */

/* Adds a copy of a target, whose policy is set, with the index of the partner that is being added;
 * port 0 becomes the usual one. False: memory. */
static bool add_target(struct maker *m, struct target target)
{
    struct partners *f = m->f;
    struct target *targets = array_grow(f->targets, f->target_count, sizeof *targets);

    if (!targets)
        return false;
    f->targets = targets;
    target.partner = f->count;
    if (target.port == 0)
        target.port = m->c->port;
    if (target.port == 0)
        target.port = target.policy->wrapper ? 465 : 25;
    targets[f->target_count++] = target;
    return true;
}

/* Adds a target for each of the partner's domains, then one for each wildcard: a copy of `domain`,
 * or of `wildcard`, with the name and the policy run->outbound. False: memory. */
static bool add_domains(struct maker *m, const struct partner_run *run, struct target domain,
                        struct target wildcard)
{
    const struct partner *p = run->partner;

    domain.policy = wildcard.policy = &run->outbound;
    for (size_t i = 0; (domain.name = form_domain(p, i)); i++) {
        if (!add_target(m, domain))
            return false;
    }
    for (size_t i = 0; i < p->domains.count; i++) {
        wildcard.name = p->domains.at[i];
        if (*wildcard.name == '*' && !add_target(m, wildcard))
            return false;
    }
    return true;
}

/* Adds the partner's domains, with run->outbound, which are not looked up, as the subject of
 * findings about our mail servers. False: memory. */
static bool add_senders(struct maker *m, const struct partner_run *run)
{
    struct target sender = {.kind = TARGET_NAME, .role = TARGET_SENDER};

    return add_domains(m, run, sender, sender);
}

/* Adds the partner's domains and the gateways, but no wildcards, that its form declares, all with
 * run->outbound. The domains of a fixed route are not looked up. False: memory. */
static bool add_outbound(struct maker *m, const struct partner_run *run)
{
    const struct form_gateways *g = &run->partner->gateways;
    struct target domain = {.kind = TARGET_DOMAIN, .role = TARGET_PARTNER_DOMAIN};
    struct target wildcard = {.kind = TARGET_WILDCARD, .role = TARGET_PARTNER_DOMAIN};
    bool fixed = run->partner->fixed_route;

    if (fixed && !add_senders(m, run))
        return false;
    if (!fixed && !add_domains(m, run, domain, wildcard))
        return false;
    for (size_t i = 0; i < g->count; i++) {
        if (g->at[i].name[0] == '*')
            continue; /* names MX hosts, and none by itself */
        if (!add_target(m, (struct target){.kind = TARGET_HOST,
                                           .role = fixed ? TARGET_PARTNER_DOMAIN : TARGET_DECLARED,
                                           .name = g->at[i].name,
                                           .port = g->at[i].port,
                                           .policy = &run->outbound}))
            return false;
    }
    return true;
}

/* Adds our gateways as targets of the partner that is being added, to be asked by a sender of
 * `domain` with `policy`, which is filled in before. Both are borrowed, and must outlive the
 * targets. False: memory; m->memory is not set. */
static bool add_own_gateways(struct maker *m, const struct tls_policy *policy, const char *domain)
{
    const struct form_gateways *g = &m->c->form->own.gateways;

    for (size_t i = 0; i < g->count; i++) {
        if (!add_target(m, (struct target){.kind = TARGET_HOST,
                                           .role = TARGET_OWN_GATEWAY,
                                           .name = g->at[i].name,
                                           .domain = domain,
                                           .port = g->at[i].port,
                                           .policy = policy}))
            return false;
    }
    return true;
}

/* Makes run->inbound, which partners_clear frees, with a policy for each of the partner's domains,
 * of which there must be one, and adds the gateways of [own] for each. False: memory. */
static bool add_inbound(struct maker *m, struct partner_run *run)
{
    const char *domain;
    size_t count = 0;

    while (form_domain(run->partner, count))
        count++;
    run->inbound = calloc(count, sizeof *run->inbound);
    if (!run->inbound)
        return false;
    for (size_t i = 0; (domain = form_domain(run->partner, i)); i++) {
        if (!set_inbound(m, run, domain, &run->inbound[i]) ||
            !add_own_gateways(m, &run->inbound[i], domain))
            return false;
    }
    return true;
}

/* Adds the targets of *run, the run at m->f->count, with `outbound` and the fields of run_for set.
 * `inbound`: also run->inbound and our own gateways, of which there must be some. Sets run->first
 * and count. False: memory; the caller counts the run nevertheless, so that it is freed. */
static bool add_targets(struct maker *m, struct partner_run *run, bool inbound)
{
    run->first = m->f->target_count;
    if (run->outbound_asked && !add_outbound(m, run))
        return false;
    if (!run->outbound_asked && (run->policy_asked || run->clients_asked) && !add_senders(m, run))
        return false;
    if (inbound && !add_inbound(m, run))
        return false;
    run->count = m->f->target_count - run->first;
    return true;
}

/* Why nothing is asked for a partner, for whom run_for and our gateways come to nothing, as the
 * static text of an error. */
static const char *nothing_to_do(const struct partners_config *c, const struct partner *p)
{
    if (c->half == PARTNERS_OWN)
        return "nothing to check with --own: [own] names no gateways, postfix or exim for "
               "this "
               "direction";
    if (c->half == PARTNERS_NO_OWN)
        return "direction: nothing to check with --no-own: no mail goes to the partner";
    if (c->inbound && p->inbound)
        return "direction: nothing to check: [own] names no gateways";
    return p->outbound ? "direction: outbound: nothing to check with --inbound"
                       : "direction: inbound: nothing to check with --outbound";
}

/* The work to do for a partner, without policies, targets and our own gateways, which the caller
 * adds. A direction that the form leaves out, or that [own] has nothing for, is not looked at. */
static struct partner_run run_for(const struct partners_config *c, const struct partner *p)
{
    const struct form_own *own = &c->form->own;
    bool outbound = c->outbound && p->outbound, inbound = c->inbound && p->inbound;
    bool ours = c->half != PARTNERS_NO_OWN && partners_mta_named(own);

    return (struct partner_run){.partner = p,
                                .outbound_asked = outbound && c->half != PARTNERS_OWN,
                                .policy_asked = outbound && ours,
                                .form_judged = c->half != PARTNERS_OWN,
                                .clients_asked =
                                    inbound && ours && own->exim && p->sending_hosts.count > 0};
}

/* Adds a run for a partner to m->f->runs, which has room, with its targets and questions; or the
 * error for which the partner is left out. m->memory is false before, and tells afterwards whether
 * memory ran out. The caller clears m->trusts after the last partner. */
static void add_member(struct maker *m, const struct partner *p)
{
    const struct partners_config *c = m->c;
    struct partners *f = m->f;
    struct partner_run *run = &f->runs[f->count];
    bool inbound =
        c->inbound && p->inbound && c->half != PARTNERS_NO_OWN && c->form->own.gateways.count > 0;

    *run = run_for(c, p);
    if (!run->outbound_asked && !inbound && !run->policy_asked && !run->clients_asked) {
        refuse(m, p, nothing_to_do(c, p));
        return;
    }
    if (!set_outbound(m, p, &run->outbound))
        return;
    m->memory =
        !add_targets(m, run, inbound) || !partners_mta_add(&f->mta, &c->form->own, p, f->count,
                                                           run->policy_asked, run->clients_asked);
    f->count++;
}

bool partners_make(const struct partners_config *c, struct partners *out)
{
    struct maker m = {.c = c, .f = out};

    out->policy = c->policy;
    out->own = &c->form->own;
    out->now = c->now;
    out->profiles.directories = c->profile_directories;
    out->profiles.directory_count = c->profile_directory_count;
    out->runs = calloc(c->form->count + 1, sizeof *out->runs);
    if (!out->runs)
        return false;
    for (size_t i = 0; !m.memory && i < c->form->count; i++) {
        if (!c->only || c->only == &c->form->at[i])
            add_member(&m, &c->form->at[i]);
    }
    hash_clear(&m.trusts);
    return !m.memory;
}

/* Whether a route falls back to plaintext without TLSA records: a hop has the level dane, not
 * dane-only. */
static bool has_dane(const struct mta_route *route)
{
    for (size_t i = 0; i < route->hop_count; i++) {
        if (route->hops[i].policy.level == LEVEL_DANE)
            return true;
    }
    return false;
}

bool partners_ask(struct partners *f, instant deadline, struct error *e)
{
    const struct partners_mta *mta = &f->mta;

    if (!partners_mta_ask(&f->mta, f->own, deadline, e))
        return false;
    for (size_t i = 0; i < mta->facts.count; i++) {
        const struct mta_server *server = &mta->facts.servers[i];

        for (size_t k = 0; k < server->route_count; k++) {
            if (has_dane(&server->routes[k]))
                f->runs[mta->partner_of[server->routes[k].question]].outbound.tlsa = true;
        }
    }
    return true;
}

void partners_clear(struct partners *f)
{
    for (size_t i = 0; f->runs && i < f->count; i++)
        free(f->runs[i].inbound);
    partners_mta_clear(&f->mta);
    for (size_t i = 0; i < f->trust_count; i++)
        trust_free(f->trusts[i].trust);
    for (size_t i = 0; i < f->string_count; i++)
        free(f->strings[i]);
    free(f->runs);
    free(f->targets);
    partners_clear_invalid(f);
    partners_profiles_clear(&f->profiles);
    free(f->trusts);
    free(f->strings);
    *f = (struct partners){0};
}

bool partners_is_by_own_mta(const struct partner_run *m)
{
    return !m->outbound_asked && !m->inbound;
}
