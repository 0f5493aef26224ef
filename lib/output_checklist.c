#include "output_checklist.h"

#include <string.h>

#include "output_matrix.h"
#include "own_policy.h"

enum mark { MARK_DONE, MARK_FAILS, MARK_UNKNOWN, MARK_BY_HAND };

/* One partner's checklist under way. */
struct list {
    const struct report_config *c;
    const struct report_input *in;
    const struct fleet_member *m;
    struct text *out;
};

static void add_step(struct list *l, const char *step, enum mark mark, const char *what)
{
    static const char *const marks[] = {"[ok]  ", "[FAIL]", "[?]   ", "[ ]   "};

    text_addf(l->out, "%s %s %s\n", marks[mark], step, what);
}

/* --- 1, 2: our own certificate --- */

static bool is_in_time(const struct trust_facts *f, time_t now)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (c->path > 0 && (c->not_before > now || c->not_after <= now))
            return false;
    }
    return true;
}

static bool has_name(const struct trust_facts *f)
{
    for (size_t i = 0; i < f->name_count; i++) {
        if (f->names[i].match != CERT_MATCH_NONE)
            return true;
    }
    return false;
}

static void add_own_certificate(struct list *l, const struct resolve_host *h, const char *address,
                                const struct observation *o)
{
    const struct trust_facts *f = &o->chain;
    char what[500], until[40];

    if (!o->has_chain) {
        text_format(what, sizeof what, "%s [%s]: no certificate seen", h->shown, address);
        add_step(l, "1. A certificate of a certificate authority:", MARK_UNKNOWN, what);
        add_step(l, "2. It is in use at our gateway:", MARK_FAILS, what);
        return;
    }
    text_format(what, sizeof what, "%s, by %s", cert_title(&f->certs[0]),
                cert_issuer_title(&f->certs[0]));
    add_step(l, "1. A certificate of a certificate authority:",
             f->pkix.count == 0 ? MARK_DONE : MARK_FAILS, what);
    text_time(until, sizeof until, f->certs[0].not_after);
    text_format(what, sizeof what, "%s [%s], %s, valid until %s", h->shown, address,
                has_name(f) ? "with the gateway's name" : "WITHOUT the gateway's name", until);
    add_step(l, "2. It is in use at our gateway:",
             has_name(f) && is_in_time(f, l->in->judge->now) ? MARK_DONE : MARK_FAILS, what);
}

/* --- 3: both directions --- */

static const char *level_words(const struct partner *p)
{
    switch (p->level) {
    case LEVEL_MAY:
        return "Preferred";
    case LEVEL_ENCRYPT:
        return "Required";
    default:
        return "Required - Verify";
    }
}

/* One entry of a table may be wrong for several domains, and is a problem of the first. */
static void add_unfailed(struct list *l, const char *step, size_t problems, bool known)
{
    if (problems > 0)
        add_step(l, step, MARK_UNKNOWN, "what is wrong with another domain may hold for it");
    else if (known)
        add_step(l, step, MARK_DONE, "our mail server's policy demands it");
    else
        add_step(l, step, MARK_UNKNOWN,
                 l->in->fleet->unread_count > 0
                     ? "not measured, our mail server's policy cannot be read"
                     : "not measured, [own] names no policy");
}

/* Those of a domain among the member's problems; whether there are any. */
static bool add_problems(struct list *l, const char *step, const char *domain, size_t from,
                         size_t end)
{
    bool failed = false;

    for (size_t i = from; i < end; i++) {
        const struct own_problem *x = &l->m->problems.at[i];

        if (strcmp(x->domain, domain) != 0)
            continue;
        failed = true;
        add_step(l, step, MARK_FAILS, x->headline);
    }
    return failed;
}

static void add_outgoing(struct list *l, const char *domain)
{
    char step[340];

    text_format(step, sizeof step, "3. Outgoing, target domain %s, TLS mode %s:", domain,
                level_words(l->m->partner));
    if (!add_problems(l, step, domain, 0, l->m->inbound_problems))
        add_unfailed(l, step, l->m->inbound_problems, l->m->policy_known);
}

/* The finding of one of our gateways about plaintext; NULL where it refused the sender. */
static const struct finding *plaintext_finding(const struct list *l, size_t target)
{
    const struct finding *f;
    size_t i = l->in->verdict->members[l->m - l->in->fleet->members].worst;

    for (; i != FINDING_NONE; i = f->after) {
        f = &l->in->verdict->findings.at[i];
        if (f->target == target && f->state != STATE_OK)
            return f;
    }
    return NULL;
}

static void add_incoming(struct list *l, size_t target)
{
    const struct resolve_target *t = &l->in->resolution->targets[target];
    const struct finding *f = plaintext_finding(l, target);
    char step[340], what[500], sender[300];
    enum mark mark = MARK_DONE;

    text_clean(sender, sizeof sender, t->ask->terms->sender, strlen(t->ask->terms->sender));
    text_format(step, sizeof step,
                "3. Incoming, source domain %s, TLS mode Required:", strchr(sender, '@') + 1);
    text_format(what, sizeof what, "%s refuses it without TLS", t->ask->name);
    if (f) {
        mark = f->state == STATE_CRITICAL ? MARK_FAILS : MARK_UNKNOWN;
        text_format(what, sizeof what, "%s: %s", t->ask->name, f->headline);
    }
    add_step(l, step, mark, what);
}

/* What our mail server's tables say of it, whatever its gateways do; of a wildcard only what is
 * wrong, for mail from its subdomains has a line of each. */
static void add_incoming_policy(struct list *l, const char *domain)
{
    size_t first = l->m->inbound_problems, end = l->m->problems.count;
    char step[340];

    text_format(step, sizeof step, "3. Incoming, source domain %s, TLS mode Required:", domain);
    if (add_problems(l, step, domain, first, end) || *domain == '*' || !fleet_is_by_tables(l->m))
        return;
    if (*l->m->problems.unclear)
        add_step(l, step, MARK_UNKNOWN,
                 "not measured, what our access table asks of it is not known");
    else
        add_unfailed(l, step, end - first, l->m->access_known);
}

/* --- the whole --- */

static void add_certificates(struct list *l, const struct resolve_target *t)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;
        const struct resolve_host *h = &l->in->resolution->hosts[host];

        for (size_t a = 0; a < h->address_count; a++)
            add_own_certificate(l, h, h->addresses[a].text, report_observation(l->in, host, a));
    }
}

static void add_inbound(struct list *l)
{
    const struct resolution *r = l->in->resolution;
    size_t end = l->m->first + l->m->count, first = l->m->first;

    while (first < end && fleet_role_of(r->targets[first].ask) != FLEET_INBOUND)
        first++;
    for (size_t t = first; t < end && r->targets[t].ask->terms == r->targets[first].ask->terms; t++)
        add_certificates(l, &r->targets[t]);
    if (first == end)
        text_addf(
            l->out, "[?]    1. and 2. Our own certificate%s\n",
            fleet_is_by_tables(l->m)
                ? ": not measured, [own] names no gateways"
                : ", 3. Incoming: not measured, [own] names no gateways, or the form not that "
                  "direction");
}

static void add_directions(struct list *l)
{
    const struct resolution *r = l->in->resolution;
    const char *domain;

    for (size_t i = 0; l->m->outbound_asked && (domain = own_domain(l->m->partner, i)); i++)
        add_outgoing(l, domain);
    for (size_t i = 0; (domain = own_domain(l->m->partner, i)); i++)
        add_incoming_policy(l, domain);
    for (size_t t = l->m->first; t < l->m->first + l->m->count; t++) {
        if (fleet_role_of(r->targets[t].ask) == FLEET_INBOUND)
            add_incoming(l, t);
    }
}

static void add_test(struct list *l)
{
    const struct resolution *r = l->in->resolution;

    for (size_t t = l->m->first; t < l->m->first + l->m->count; t++) {
        if (fleet_role_of(r->targets[t].ask) != FLEET_INBOUND && !resolve_is_empty(&r->targets[t]))
            output_matrix_of(l->c, l->in, t, l->out);
    }
}

void output_checklist(const struct report_config *c, const struct report_input *in,
                      struct text *out)
{
    for (size_t i = 0; i < in->fleet->count; i++) {
        struct list l = {c, in, &in->fleet->members[i], out};
        const struct partner *p = l.m->partner;
        char what[400];

        text_addf(out, "%sMandatory TLS with %s%s%s%s\n\n", i ? "\n" : "", p->id,
                  *p->company ? " (" : "", p->company, *p->company ? ")" : "");
        add_inbound(&l);
        add_directions(&l);
        text_format(what, sizeof what, "%s", *p->contact_email ? p->contact_email : "the partner");
        add_step(&l, "4. Send the form (--print form) to", MARK_BY_HAND, what);
        text_add(out, "\n");
        add_test(&l);
    }
    text_add(out, "\n");
    report_findings(in, false, out);
    report_first_line(c, in, out);
    text_add(out, "\n");
}
