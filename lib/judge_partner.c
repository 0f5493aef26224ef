#include "judge_partner.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* --- the MX set --- */

static bool names(const struct partner *p, const char *name, unsigned at, unsigned port)
{
    for (size_t i = 0; i < p->gateways.count; i++) {
        const struct form_gateway *g = &p->gateways.at[i];

        if ((g->port ? g->port : port) == at && strcmp(g->name, name) == 0)
            return true;
    }
    return false;
}

/* By its name, or by each of its addresses. */
static bool is_declared(const struct partner *p, const struct resolve_host *h, unsigned port)
{
    if (names(p, h->name, h->port, port))
        return true;
    for (size_t a = 0; a < h->address_count; a++) {
        if (!names(p, h->addresses[a].text, h->port, port))
            return false;
    }
    return h->address_count > 0;
}

/* As declared, with the port where it is another than mail goes to. */
static void list_gateways(const struct partner *p, unsigned port, char *out, size_t cap)
{
    text_copy(out, cap, p->gateways.count == 0 ? "no gateway" : "");
    for (size_t i = 0; i < p->gateways.count && i < 6; i++) {
        const struct form_gateway *g = &p->gateways.at[i];

        text_append(out, cap, "%s%s", i ? ", " : "", g->name);
        if (g->port && g->port != port)
            text_append(out, cap, " port %u", g->port);
    }
    if (p->gateways.count > 6)
        text_append(out, cap, " and %zu more", p->gateways.count - 6);
}

/* "mx.example.com [192.0.2.1, 192.0.2.2]", for the form may have declared addresses. */
static void list_addresses(const struct resolve_host *h, char *out, size_t cap)
{
    text_copy(out, cap, h->shown);
    for (size_t a = 0; a < h->address_count && a < 4; a++)
        text_append(out, cap, "%s%s", a ? ", " : " [", h->addresses[a].text);
    if (h->address_count > 0)
        text_append(out, cap, h->address_count > 4 ? ", ...]" : "]");
}

static void judge_declared(struct judge *j, const struct partner *p, size_t target)
{
    const struct resolution *r = j->in->resolution;
    const struct resolve_target *t = &r->targets[target];
    char headline[160], detail[440], declared[300], seen[500];

    for (size_t m = 0; m < t->mx_count; m++) {
        const struct resolve_host *h = &r->hosts[t->mx[m].host];

        if (is_declared(p, h, t->ask->port) || (t->implicit && h->address_count == 0))
            continue; /* a domain without MX record and address is a finding of its own */
        list_gateways(p, h->port, declared, sizeof declared);
        list_addresses(h, seen, sizeof seen);
        text_format(headline, sizeof headline, "undeclared MX host of %s", t->ask->name);
        text_format(detail, sizeof detail, "expected %s, seen %s, preference %u", declared, seen,
                    t->mx[m].preference);
        if (t->implicit) {
            text_copy(headline, sizeof headline, "no MX record, and not declared as a gateway");
            text_format(detail, sizeof detail,
                        "expected %s, seen no MX record: mail goes to %s itself", declared,
                        h->shown);
        }
        judge_find(j, (struct judge_place){target, t->mx[m].host, FINDING_NONE}, F_MX_UNDECLARED,
                   STATE_DEFAULT, STAGE_DNS, headline, detail);
    }
}

/* Where a look-up failed, the gateway may stand in the answer that did not come; where no domain
 * has an MX host at all, that is what is wrong. */
static bool knows_all_mx(const struct judge *j, const struct fleet_member *m)
{
    size_t count = 0;

    for (size_t t = m->first; t < m->first + m->count; t++) {
        const struct resolve_target *target = &j->in->resolution->targets[t];

        if (target->status == DNS_FAILURE || target->status == DNS_BOGUS)
            return false;
        count += fleet_role_of(target->ask) == FLEET_DOMAIN ? target->mx_count : 0;
    }
    return count > 0;
}

bool judge_name_is_open(const struct judge *j, struct judge_place at)
{
    const struct resolution *r = j->in->resolution;
    const struct terms *t = j->terms;

    if (!j->in->fleet || fleet_role_of(r->targets[at.target].ask) != FLEET_DECLARED)
        return false;
    for (size_t i = 0; i < t->match_count; i++) {
        if (strcmp(t->match[i], "nexthop") == 0 || strcmp(t->match[i], "dot-nexthop") == 0 ||
            (strcmp(t->match[i], "hostname") == 0 && r->hosts[at.host].literal))
            return true;
    }
    return false;
}

bool judge_is_spare(const struct judge *j, size_t target)
{
    const struct fleet *f = j->in->fleet;

    return f && fleet_role_of(j->in->resolution->targets[target].ask) == FLEET_DECLARED &&
           knows_all_mx(j, &f->members[f->member_of[target]]);
}

/* The MX hosts of a partner's domains, each once. */
static void list_found(const struct judge *j, const struct fleet_member *m, char *out, size_t cap)
{
    const struct resolution *r = j->in->resolution;
    size_t listed[7], most = 6, count = 0;
    char list[300] = "";

    for (size_t t = m->first; t < m->first + m->count && count <= most; t++) {
        const struct resolve_target *target = &r->targets[t];
        size_t mx_count = fleet_role_of(target->ask) == FLEET_DOMAIN ? target->mx_count : 0;

        for (size_t i = 0; i < mx_count && count <= most; i++) {
            size_t host = target->mx[i].host, n = 0;

            while (n < count && listed[n] != host)
                n++;
            if (n < count)
                continue;
            listed[count++] = host;
            if (count <= most)
                text_append(list, sizeof list, "%s%s", n ? ", " : "", r->hosts[host].shown);
        }
    }
    text_format(out, cap, "%s%s", list, count > most ? " and more" : "");
}

static void judge_missing(struct judge *j, const struct fleet_member *m, size_t target,
                          const char *found)
{
    char detail[440];

    text_format(detail, sizeof detail, "expected it in the MX records of %s%s, seen %s",
                form_domain(m->partner, 0),
                form_domain(m->partner, 1) ? " or of another domain" : "", found);
    judge_find(
        j,
        (struct judge_place){target, j->in->resolution->targets[target].mx[0].host, FINDING_NONE},
        F_MX_MISSING, STATE_DEFAULT, STAGE_DNS, "declared, but no MX host any more", detail);
}

/* --- certificates --- */

/* The next character of a name, with case folded and a run of blanks as one; 0 at the end. */
static int next_folded(const char **s)
{
    bool blank = isspace((unsigned char)**s);

    while (isspace((unsigned char)**s))
        ++*s;
    if (blank && **s)
        return ' ';
    return **s ? tolower((unsigned char)*(*s)++) : 0;
}

static bool is_same_name(const char *a, const char *b)
{
    int x, y;

    a += strspn(a, " \t");
    b += strspn(b, " \t");
    do {
        x = next_folded(&a);
        y = next_folded(&b);
    } while (x == y && x != 0);
    return x == y;
}

static bool is_listed(const struct form_list *l, const char *name)
{
    for (size_t i = 0; *name && i < l->count; i++) {
        if (is_same_name(l->at[i], name))
            return true;
    }
    return false;
}

static bool has_declared_cn(const struct partner *p, const struct trust_facts *f)
{
    const struct cert_facts *leaf = &f->certs[0];

    if (is_listed(&p->cns, leaf->cn))
        return true;
    for (size_t i = 0; i < leaf->name_count; i++) {
        if (is_listed(&p->cns, leaf->names[i]))
            return true;
    }
    return false;
}

/* A certificate that is its own issuer stands for its CA, too. Where the path could not be built to
 * its end, which is a finding of its own, the issuer is known by name alone. */
static bool has_declared_issuer(const struct partner *p, const struct trust_facts *f)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if ((c->path > 1 || (c->path == 1 && c->self_issued)) &&
            (is_listed(&p->issuers, c->cn) || is_listed(&p->issuers, c->organization) ||
             is_listed(&p->issuers, c->unit)))
            return true;
        if (c->path > 0 && f->pkix.count > 0 && is_listed(&p->issuers, c->issuer_cn))
            return true;
    }
    return false;
}

/* One rule of the form about certificates. */
struct rule {
    enum finding_code code;
    const struct form_list *declared;
    bool (*holds)(const struct partner *p, const struct trust_facts *f);
    const char *noun; /* "name", "issuer" */
};

/* How many addresses showed a certificate, and at how many the rule does not hold. */
struct rule_count {
    size_t seen, changed;
};

static void list_names(const struct form_list *l, char *out, size_t cap)
{
    text_copy(out, cap, "");
    for (size_t i = 0; i < l->count && i < 4; i++)
        text_append(out, cap, "%s%s", i ? " or " : "", l->at[i]);
    if (l->count > 4)
        text_append(out, cap, " or %zu more", l->count - 4);
}

/* "mx.example.com by Some CA by Some Root", as far as the path goes. */
static void list_path(const struct trust_facts *f, char *out, size_t cap)
{
    const struct cert_facts *last = &f->certs[0], *next;

    text_copy(out, cap, cert_title(last));
    while ((next = trust_issuer_of(f, last)) && next->path == last->path + 1) {
        last = next;
        text_append(out, cap, " by %s", cert_title(last));
    }
    if (!last->self_issued || last == &f->certs[0])
        text_append(out, cap, " by %s", cert_issuer_title(last));
}

static void find_changed(struct judge *j, const struct partner *p, struct judge_place at,
                         const struct rule *rule, const struct rule_count *count)
{
    const struct trust_facts *f = &judge_observation(j, at.host, at.address)->chain;
    const struct cert_facts *leaf = &f->certs[0];
    bool cn = rule->code == F_CERTIFICATE_CN_CHANGED;
    const char *seen = cn ? cert_title(leaf) : cert_issuer_title(leaf);
    char expected[200], path[300], headline[160], detail[440];

    list_path(f, path, sizeof path);
    list_names(rule->declared, expected, sizeof expected);
    text_format(headline, sizeof headline, "certificate %s changed to %s", rule->noun, seen);
    if (count->changed < count->seen) /* the others are about to follow */
        text_format(headline, sizeof headline, "renewal at %zu of %zu addresses, to another %s: %s",
                    count->changed, count->seen, rule->noun, seen);
    text_format(detail, sizeof detail, "expected %s, seen %s", expected, path);
    judge_find(j, at, rule->code, p->pinned ? STATE_CRITICAL : STATE_DEFAULT, STAGE_CERT, headline,
               detail);
}

static void judge_rule(struct judge *j, const struct partner *p, struct judge_place at,
                       const struct rule *rule)
{
    const struct resolve_host *h = &j->in->resolution->hosts[at.host];
    struct rule_count count = {0};

    if (rule->declared->count == 0)
        return;
    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = judge_observation(j, at.host, a);

        count.seen += o->has_chain;
        count.changed += o->has_chain && !rule->holds(p, &o->chain);
    }
    j->v->hosts[at.host].renewal |=
        count.changed > 0 && count.changed < count.seen && j->terms->on[rule->code] != STATE_OK;
    for (at.address = 0; count.changed > 0 && at.address < h->address_count; at.address++) {
        const struct observation *o = judge_observation(j, at.host, at.address);

        if (o->has_chain && !rule->holds(p, &o->chain))
            find_changed(j, p, at, rule, &count);
    }
}

static void judge_against_form(struct judge *j, const struct partner *p, size_t target)
{
    const struct rule rules[] = {
        {F_CERTIFICATE_CN_CHANGED, &p->cns, has_declared_cn, "name"},
        {F_ISSUER_CHANGED, &p->issuers, has_declared_issuer, "issuer"},
    };
    const struct resolve_target *t = &j->in->resolution->targets[target];

    for (size_t m = 0; m < t->mx_count; m++) {
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            judge_rule(j, p, (struct judge_place){target, t->mx[m].host, FINDING_NONE}, &rules[i]);
    }
}

/* --- all of it --- */

static size_t target_of_domain(const struct judge *j, const struct fleet_member *m,
                               const char *domain)
{
    for (size_t t = m->first; t < m->first + m->count; t++) {
        const struct resolve_ask *ask = j->in->resolution->targets[t].ask;

        if (ask->kind != RESOLVE_HOST && strcmp(ask->name, domain) == 0)
            return t;
    }
    return m->first;
}

static void judge_own_policy(struct judge *j, const struct fleet_member *m)
{
    for (size_t i = 0; i < m->problems.count; i++) {
        const struct own_problem *p = &m->problems.at[i];
        struct judge_place at = {target_of_domain(j, m, p->domain), FINDING_NONE, FINDING_NONE};

        judge_find(j, at, p->missing ? F_OWN_POLICY_MISSING : F_OWN_POLICY_WEAK, STATE_DEFAULT,
                   STAGE_COUNT, p->headline, p->detail);
    }
}

/* Where our tables are all that there is to look at, and do not say it. */
static void judge_unknown(struct judge *j, const struct fleet_member *m)
{
    const char *what = "nothing could be looked at",
               *detail = "expected the tables of postfix-access; seen that they cannot be read";
    char unclear[400];

    if (*m->problems.unclear) {
        text_format(unclear, sizeof unclear,
                    "expected reject_plaintext_session, or a class in the main.cf beside the table "
                    "that has it; seen %s",
                    m->problems.unclear);
        what = "what our access table asks of it is not known";
        detail = unclear;
    }
    judge_find(j, (struct judge_place){m->first, FINDING_NONE, FINDING_NONE}, F_FORM_INVALID,
               STATE_DEFAULT, STAGE_COUNT, what, detail);
}

static void judge_partner(struct judge *j, const struct fleet_member *m)
{
    bool all_mx = knows_all_mx(j, m);
    char found[320];

    list_found(j, m, found, sizeof found);
    j->terms = &m->outbound;
    judge_own_policy(j, m);
    if (fleet_is_by_tables(m) && !m->access_known)
        judge_unknown(j, m);
    for (size_t t = m->first; t < m->first + m->count; t++) {
        const struct resolve_target *target = &j->in->resolution->targets[t];
        enum fleet_role role = fleet_role_of(target->ask);

        if (role == FLEET_INBOUND || target->mx_count == 0)
            continue;
        if (role == FLEET_DOMAIN)
            judge_declared(j, m->partner, t);
        else if (all_mx)
            judge_missing(j, m, t, found);
        judge_against_form(j, m->partner, t);
    }
}

static void judge_invalid(struct judge *j, const struct fleet *f)
{
    const struct judge_place nowhere = {FINDING_NONE, FINDING_NONE, FINDING_NONE};

    j->terms = f->terms;
    for (size_t i = 0; i < f->invalid_count; i++) {
        const char *text = f->invalid[i].text;
        bool fits = strlen(text) < sizeof((struct finding){0}.headline); /* not if paths are long */

        judge_find(j, nowhere, F_FORM_INVALID, STATE_DEFAULT, STAGE_COUNT, text,
                   fits ? NULL : text);
    }
}

void judge_partners(struct judge *j)
{
    const struct fleet *f = j->in->fleet;

    for (size_t i = 0; f && i < f->count; i++)
        judge_partner(j, &f->members[i]);
    if (f)
        judge_invalid(j, f);
}

/* --- each partner's verdict --- */

/* A gateway of the partner that is being summed up, by its first twin: under how many terms it
 * stands there, it is one. */
struct gateway_sum {
    bool open;
    enum state state;
};

static void sum_up(const struct resolution *r, const struct verdict *v,
                   const struct fleet_member *m, struct gateway_sum *sums,
                   struct member_verdict *out)
{
    *out = (struct member_verdict){.worst = FINDING_NONE};
    for (size_t t = m->first; t < m->first + m->count; t++) {
        for (size_t i = 0; i < r->targets[t].mx_count; i++) {
            size_t host = r->targets[t].mx[i].host;
            const struct host_verdict *h = &v->hosts[host];
            const struct address_verdict *end =
                h->soonest == FINDING_NONE ? NULL : &h->addresses[h->soonest];
            struct gateway_sum *sum = &sums[r->hosts[host].first];

            if (end && fleet_role_of(r->targets[t].ask) != FLEET_INBOUND &&
                (!out->soonest || end->end.days < out->soonest->end.days))
                out->soonest = end;
            *sum = (struct gateway_sum){true, state_worse(sum->state, h->state)};
        }
    }
    for (size_t t = m->first; t < m->first + m->count; t++) {
        for (size_t i = 0; i < r->targets[t].mx_count; i++) {
            struct gateway_sum *sum = &sums[r->hosts[r->targets[t].mx[i].host].first];

            if (sum->open)
                state_count_add(&out->gateways, sum->state);
            *sum = (struct gateway_sum){0};
        }
    }
}

bool judge_members(const struct judge_input *in, struct verdict *v)
{
    const struct fleet *f = in->fleet;
    struct gateway_sum *sums;

    if (!f)
        return true;
    v->members = calloc(f->count + 1, sizeof *v->members);
    sums = calloc(v->host_count + 1, sizeof *sums);
    if (!v->members || !sums) {
        free(sums);
        return false;
    }
    v->member_count = f->count;
    for (size_t i = 0; i < f->count; i++)
        sum_up(in->resolution, v, &f->members[i], sums, &v->members[i]);
    free(sums);
    for (size_t i = v->findings.count; i-- > 0;) {
        struct finding *x = &v->findings.at[i];
        struct member_verdict *m;

        if (x->target == FINDING_NONE)
            continue;
        m = &v->members[f->member_of[x->target]];
        m->state = state_worse(m->state, x->state);
        x->after = m->worst;
        m->worst = i;
    }
    return true;
}
