#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "trust_bundle.h"

/* A fleet under way. */
struct maker {
    const struct fleet_config *c;
    struct fleet *f;
    size_t room; /* for asks */
    bool memory; /* ran out */
};

static const char *postmaster(struct fleet *f, const char *domain)
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

/* A form that was read, but cannot be followed. Always false, the partner is left out. */
static bool refuse(struct maker *m, const struct partner *p, const char *what)
{
    char text[256];

    text_format(text, sizeof text, "%s:%d: %s", p->file, p->line, what);
    m->memory = !fleet_add_invalid(m->f, text);
    return false;
}

/* One trust for each file of roots. NULL: memory. */
static struct trust *trust_for(struct maker *m, const char *file)
{
    struct fleet *f = m->f;
    struct trust **trusts;
    const char **files;
    struct err e;

    for (size_t i = 0; i < f->trust_count; i++) {
        if (strcmp(f->trust_files[i], file) == 0)
            return f->trusts[i];
    }
    trusts = realloc(f->trusts, (f->trust_count + 1) * sizeof *trusts);
    f->trusts = trusts ? trusts : f->trusts;
    files = realloc(f->trust_files, (f->trust_count + 1) * sizeof *files);
    f->trust_files = files ? files : f->trust_files;
    if (!trusts || !files)
        return NULL;
    files[f->trust_count] = file;
    trusts[f->trust_count] = trust_with(m->c->terms->trust, file, &e);
    return trusts[f->trust_count] ? trusts[f->trust_count++] : NULL;
}

/* Postfix sends a server name only with DANE. */
static const char *own_sni(const struct fleet_config *c, enum tls_level level)
{
    const struct form_own *own = &c->form->own;
    bool postfix = own->postfix_policy.count > 0;

    if (c->terms->sni)
        return c->terms->sni;
    if (own->sni && (strcmp(own->sni, "none") != 0 || !level_is_dane(level)))
        return own->sni;
    return postfix && !own->sni && !level_is_dane(level) ? "none" : NULL;
}

static void set_match(const struct fleet_config *c, const struct partner *p, struct terms *t)
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

static bool set_outbound(struct maker *m, const struct partner *p, struct terms *t)
{
    const struct fleet_config *c = m->c;

    *t = *c->terms;
    t->level = c->level_given ? t->level : p->level;
    if (!c->min_version_given) {
        t->min_version = p->min_version;
        t->min_version_name = p->min_version_name;
    }
    set_match(c, p, t);
    if (p->fingerprints.count > 0 && !c->level_given) {
        t->fingerprints = (const char *const *)p->fingerprints.at;
        t->fingerprint_count = p->fingerprints.count;
    }
    t->sni = own_sni(c, t->level);
    t->tlsa = level_is_dane(t->level);
    for (int i = 0; i < FINDING_COUNT; i++)
        t->on[i] = t->on[i] == STATE_DEFAULT ? p->on[i] : t->on[i];
    if (p->ca_file && !trust_bundle_readable(p->ca_file)) {
        char what[200], path[120];

        text_clean(path, sizeof path, p->ca_file, strlen(p->ca_file));
        text_format(what, sizeof what, "ca-file: \"%s\" cannot be read or holds no certificate",
                    path);
        return refuse(m, p, what);
    }
    t->trust = p->ca_file ? trust_for(m, p->ca_file) : t->trust;
    m->memory = !t->trust;
    return t->trust != NULL;
}

/* Our own gateway's certificate is not the partner's affair: how it looks from outside is for a
 * service of its own, not for one page a partner. */
static bool set_inbound(struct maker *m, const struct fleet_member *member, const char *domain,
                        struct terms *t)
{
    static const char *const match[] = {"hostname"};

    *t = member->outbound;
    t->level = LEVEL_ENCRYPT;
    t->match = match;
    t->match_count = 1;
    t->sni = m->c->terms->sni;
    t->tlsa = false;
    t->trust = m->c->terms->trust;
    t->refuses_plaintext = true;
    t->sender = postmaster(m->f, domain);
    t->recipient = m->c->form->own.recipient;
    return t->sender != NULL;
}

/* --- asks --- */

static bool add_ask(struct maker *m, enum resolve_kind kind, const char *name, unsigned port,
                    const struct terms *terms)
{
    struct fleet *f = m->f;

    if (f->ask_count == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        struct resolve_ask *asks = realloc(f->asks, room * sizeof *asks);
        size_t *member_of;

        f->asks = asks ? asks : f->asks;
        member_of = realloc(f->member_of, room * sizeof *member_of);
        f->member_of = member_of ? member_of : f->member_of;
        if (!asks || !member_of)
            return false;
        m->room = room;
    }
    f->asks[f->ask_count] = (struct resolve_ask){
        .kind = kind, .name = name, .port = port ? port : m->c->port, .terms = terms};
    f->member_of[f->ask_count++] = f->count;
    return true;
}

/* Its domains, then its wildcards. */
static bool ask_domains(struct maker *m, const struct fleet_member *member, enum resolve_kind kind,
                        enum resolve_kind wildcard)
{
    const struct partner *p = member->partner;
    const char *domain;
    bool ok = true;

    for (size_t i = 0; ok && (domain = form_domain(p, i)); i++)
        ok = add_ask(m, kind, domain, 0, &member->outbound);
    for (size_t i = 0; ok && i < p->domains.count; i++)
        ok = p->domains.at[i][0] != '*' ||
             add_ask(m, wildcard, p->domains.at[i], 0, &member->outbound);
    return ok;
}

static bool ask_outbound(struct maker *m, const struct fleet_member *member)
{
    const struct form_gateways *g = &member->partner->gateways;
    bool ok = ask_domains(m, member, RESOLVE_DOMAIN, RESOLVE_WILDCARD);

    for (size_t i = 0; ok && i < g->count; i++)
        ok = add_ask(m, RESOLVE_HOST, g->at[i].name, g->at[i].port, &member->outbound);
    return ok;
}

static bool ask_inbound(struct maker *m, struct fleet_member *member)
{
    const struct form_own *own = &m->c->form->own;
    const char *domain;
    size_t count = 0;

    while (form_domain(member->partner, count))
        count++;
    member->inbound = calloc(count, sizeof *member->inbound);
    if (!member->inbound)
        return false;
    for (size_t i = 0; (domain = form_domain(member->partner, i)); i++) {
        if (!set_inbound(m, member, domain, &member->inbound[i]))
            return false;
        for (size_t g = 0; g < own->gateways.count; g++) {
            if (!add_ask(m, RESOLVE_HOST, own->gateways.at[g].name, own->gateways.at[g].port,
                         &member->inbound[i]))
                return false;
        }
    }
    return true;
}

static bool ask_all(struct maker *m, struct fleet_member *member, bool inbound)
{
    member->first = m->f->ask_count;
    if (member->outbound_asked && !ask_outbound(m, member))
        return false;
    /* What findings about the tables stand under where mail goes to none of its domains. */
    if (!member->outbound_asked && member->access_asked &&
        !ask_domains(m, member, RESOLVE_NAME, RESOLVE_NAME))
        return false;
    if (inbound && !ask_inbound(m, member))
        return false;
    member->count = m->f->ask_count - member->first;
    return true;
}

static const char *nothing_to_do(const struct fleet_config *c, const struct partner *p)
{
    if (c->inbound && p->inbound)
        return "direction: nothing to look at, for [own] names neither gateways nor postfix-access";
    return p->outbound ? "direction: outbound leaves nothing to look at with --inbound"
                       : "direction: inbound leaves nothing to look at with --outbound";
}

/* A direction that the form leaves out, or that [own] has nothing for, is not looked at. */
static void add_member(struct maker *m, const struct partner *p)
{
    struct fleet_member *member = &m->f->members[m->f->count];
    const struct form_own *own = &m->c->form->own;
    bool incoming = m->c->inbound && p->inbound;
    bool inbound = incoming && own->gateways.count > 0;

    *member = (struct fleet_member){.partner = p,
                                    .outbound_asked = m->c->outbound && p->outbound,
                                    .access_asked = incoming && own->postfix_access.count > 0};
    if (!member->outbound_asked && !inbound && !member->access_asked) {
        refuse(m, p, nothing_to_do(m->c, p));
    } else if (set_outbound(m, p, &member->outbound)) {
        m->memory = !ask_all(m, member, inbound);
        m->f->count++;
    }
}

bool fleet_make(const struct fleet_config *c, struct fleet *out)
{
    struct maker m = {.c = c, .f = out};

    out->terms = c->terms;
    out->members = calloc(c->form->count + 1, sizeof *out->members);
    if (!out->members)
        return false;
    for (size_t i = 0; !m.memory && i < c->form->count; i++) {
        if (!c->only || c->only == &c->form->at[i])
            add_member(&m, &c->form->at[i]);
    }
    return !m.memory;
}

void fleet_clear(struct fleet *f)
{
    for (size_t i = 0; f->members && i < f->count; i++) {
        free(f->members[i].inbound);
        own_problems_clear(&f->members[i].problems);
    }
    for (size_t i = 0; i < f->trust_count; i++)
        trust_free(f->trusts[i]);
    for (size_t i = 0; i < f->string_count; i++)
        free(f->strings[i]);
    free(f->members);
    free(f->asks);
    free(f->member_of);
    free(f->invalid);
    free(f->trusts);
    free(f->trust_files);
    free(f->strings);
    *f = (struct fleet){0};
}

bool fleet_add_invalid(struct fleet *f, const char *text)
{
    struct fleet_invalid *list = realloc(f->invalid, (f->invalid_count + 1) * sizeof *list);

    if (!list)
        return false;
    f->invalid = list;
    text_copy(list[f->invalid_count++].text, sizeof list->text, text);
    return true;
}

/* --- what was asked for twice --- */

bool fleet_is_by_tables(const struct fleet_member *m)
{
    return !m->outbound_asked && !m->inbound;
}

enum fleet_role fleet_role_of(const struct resolve_ask *ask)
{
    if (ask->kind == RESOLVE_NAME)
        return FLEET_SENDER;
    if (ask->terms->refuses_plaintext)
        return FLEET_INBOUND;
    return ask->kind == RESOLVE_HOST ? FLEET_DECLARED : FLEET_DOMAIN;
}

static bool is_same_gateway(const struct resolve_host *declared, const struct resolve_host *found)
{
    bool by_address = declared->literal && declared->port == found->port;

    if (declared == found)
        return true;
    for (size_t a = 0; by_address && a < found->address_count; a++) {
        if (strcmp(found->addresses[a].text, declared->name) == 0)
            return true;
    }
    return false;
}

static bool is_found(const struct fleet_member *m, const struct resolution *r,
                     const struct resolve_host *declared)
{
    for (size_t t = m->first; t < m->first + m->count; t++) {
        const struct resolve_target *target = &r->targets[t];

        if (fleet_role_of(target->ask) != FLEET_DOMAIN)
            continue;
        for (size_t i = 0; i < target->mx_count; i++) {
            if (is_same_gateway(declared, &r->hosts[target->mx[i].host]))
                return true;
        }
    }
    return false;
}

/* An address that no look-up would have shown. */
static bool is_left_out(const struct resolution *r, const struct resolve_host *h)
{
    return h->literal && r->family != AF_UNSPEC && h->addresses[0].sockaddr.ss_family != r->family;
}

void fleet_drop_found(const struct fleet *f, struct resolution *r)
{
    for (size_t t = 0; t < r->target_count; t++) {
        struct resolve_target *target = &r->targets[t];
        const struct resolve_host *h = target->mx_count ? &r->hosts[target->mx[0].host] : NULL;

        if (fleet_role_of(target->ask) == FLEET_DECLARED && h &&
            (is_left_out(r, h) || is_found(&f->members[f->member_of[t]], r, h)))
            target->mx_count = 0;
    }
}
