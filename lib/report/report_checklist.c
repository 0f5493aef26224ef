/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_checklist.h"

#include <string.h>

#include "report/report_findings.h"
#include "report/report_matrix.h"
#include "report/report_render.h"
#include "report/report_summary.h"

enum mark { MARK_DONE, MARK_FAILS, MARK_UNKNOWN, MARK_BY_HAND };

/* One partner's checklist under way. */
struct list {
    const struct report_config *c;
    const struct report_input *in;
    const struct partners *partners;
    const struct partner_run *m;
    struct text *out;
};

/* Appends "MARK STEP WHAT" as one line. `step` has its number and a colon: "2. It is in use at our
 * gateway:"; `what` is what is known about the step. */
static void add_step(struct list *l, const char *step, enum mark mark, const char *what)
{
    static const char *const marks[] = {"[ok]  ", "[FAIL]", "[?]   ", "[ ]   "};

    text_addf(l->out, "%s %s %s\n", marks[mark], step, what);
}

/* --- 1, 2: our own certificate --- */

/* Whether all certificates of the path are valid at `now`. True where there is no path;
 * certificates outside the path do not count. */
static bool is_in_time(const struct trust_facts *f, time_t now)
{
    for (size_t i = 0; i < f->cert_count; i++) {
        const struct cert_facts *c = &f->certs[i];

        if (c->path > 0 && (c->not_before > now || c->not_after <= now))
            return false;
    }
    return true;
}

/* Whether the certificate is for one of the names that it was compared with, by SAN or CN; false
 * where there were none. */
static bool has_name(const struct trust_facts *f)
{
    for (size_t i = 0; i < f->name_count; i++) {
        if (f->names[i].match != CERT_MATCH_NONE)
            return true;
    }
    return false;
}

/* Appends steps 1 and 2 for one address of our gateway, whether or not a certificate was seen. `o`
 * is the session to that address. */
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

/* Returns the TLS mode of the form's level for mail from us to the partner, in words; static. */
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

/* Whether a finding of the code is about the TLS policy of our own mail servers, or that it is
 * unknown. */
static bool is_own(enum finding_code code)
{
    return code == F_OWN_POLICY_MISSING || code == F_OWN_POLICY_WEAK || code == F_OWN_RELAYED ||
           code == F_OWN_POLICY_UNKNOWN;
}

/* Whether some finding without a target says that our mail servers could not be asked, so that it
 * may concern any partner. */
static bool is_unknown(const struct list *l)
{
    const struct finding_list *findings = &l->in->verdict->findings;

    for (size_t i = 0; i < findings->count; i++) {
        if (findings->at[i].code == F_OWN_POLICY_UNKNOWN && findings->at[i].target == FINDING_NONE)
            return true;
    }
    return false;
}

/* Appends a line of step 3 for each finding about our mail servers' policy for the target, OK
 * excluded. Returns whether there was one. Always sets *other: whether the partner has such a
 * finding about another target. `step` begins each line. */
static bool add_findings(struct list *l, const char *step, size_t target, bool *other)
{
    const struct verdict *v = l->in->verdict;
    size_t partner = (size_t)(l->m - l->partners->runs);
    bool any = false;

    *other = false;
    for (size_t i = 0; i < v->partners[partner].finding_count; i++) {
        const struct finding *f = verdict_partner_finding(v, partner, i);

        if (!is_own(f->code) || f->state == STATE_OK)
            continue;
        *other |= f->target != target;
        if (f->target != target)
            continue;
        any = true;
        add_step(l, step, f->state == STATE_CRITICAL ? MARK_FAILS : MARK_UNKNOWN, f->headline);
    }
    return any;
}

/* Appends step 3 for mail to the target, a domain of the partner, in one line or more. The finding
 * about a next hop that several domains share is at the first of them. */
static void add_outgoing(struct list *l, size_t target)
{
    const char *domain = l->in->facts->resolution->targets[target].target->name;
    char step[340];
    bool other;

    text_format(step, sizeof step, "3. Outgoing, target domain %s, TLS mode %s:", domain,
                level_words(l->m->partner));
    if (add_findings(l, step, target, &other))
        return;
    if (!l->m->policy_asked)
        add_step(l, step, MARK_UNKNOWN, "not measured: [own] names no mail server, or --no-own");
    else if (is_unknown(l))
        add_step(l, step, MARK_UNKNOWN,
                 "not measured: our mail server's policy could not be determined");
    else if (other)
        add_step(l, step, MARK_UNKNOWN, "the fault of another domain may apply here too");
    else
        add_step(l, step, MARK_DONE, "our mail server's policy requires it");
}

/* Returns the partner's worst finding about one of our gateways, which the target is, OK excluded,
 * whatever its code; it belongs to the verdict. NULL: there is none, because the gateway refused
 * the partner's mail without TLS. */
static const struct finding *plaintext_finding(const struct list *l, size_t target)
{
    size_t partner = (size_t)(l->m - l->partners->runs);

    for (size_t i = 0; i < l->in->verdict->partners[partner].finding_count; i++) {
        const struct finding *f = verdict_partner_finding(l->in->verdict, partner, i);

        if (f->target == target && f->state != STATE_OK)
            return f;
    }
    return NULL;
}

/* Appends step 3, one line, for mail from the partner to one of our gateways, which the target
 * is. */
static void add_incoming(struct list *l, size_t target)
{
    const struct resolve_target *t = &l->in->facts->resolution->targets[target];
    const struct finding *f = plaintext_finding(l, target);
    char step[340], what[500];
    enum mark mark = MARK_DONE;

    text_format(step, sizeof step,
                "3. Incoming, source domain %s, TLS mode Required:", t->target->domain);
    text_format(what, sizeof what, "%s refuses it without TLS", t->target->name);
    if (f) {
        mark = f->state == STATE_CRITICAL ? MARK_FAILS : MARK_UNKNOWN;
        text_format(what, sizeof what, "%s: %s", t->target->name, f->headline);
    }
    add_step(l, step, mark, what);
}

/* --- the whole --- */

/* Appends steps 1 and 2 for each address of one of our gateways, which `t` is; nothing where it has
 * no address. */
static void add_certificates(struct list *l, const struct plan_target *t)
{
    for (size_t m = 0; m < t->mx_count; m++) {
        size_t host = t->mx[m].host;
        const struct resolve_host *h = &l->in->facts->resolution->hosts[host];

        for (size_t a = 0; a < h->address_count; a++)
            add_own_certificate(l, h, h->addresses[a].text,
                                facts_observation(l->in->facts, host, a));
    }
}

/* Appends steps 1 and 2 for our gateways, each once, or one line that nothing was measured. */
static void add_inbound(struct list *l)
{
    const struct resolution *r = l->in->facts->resolution;
    size_t end = l->m->first + l->m->count, first = l->m->first;

    while (first < end && r->targets[first].target->role != TARGET_OWN_GATEWAY)
        first++;
    for (size_t t = first;
         t < end && r->targets[t].target->policy == r->targets[first].target->policy; t++)
        add_certificates(l, &l->in->facts->plan->targets[t]);
    if (first == end)
        text_add(l->out, "[?]    1. and 2. Our own certificate, 3. Incoming: not measured: [own] "
                         "names no gateways, or the form excludes this direction\n");
}

/* Whether step 3 has a line for mail to the target, one of the partner's: it is a domain. One of
 * TARGET_SENDER counts only where our mail servers were asked or the form has a fixed route.
 * Whether the form is for outbound mail is not looked at. */
static bool is_destination(const struct partner_run *m, const struct target *t)
{
    if (t->role == TARGET_SENDER)
        return m->policy_asked || m->partner->fixed_route;
    return t->role == TARGET_PARTNER_DOMAIN && t->kind != TARGET_HOST;
}

/* Appends step 3: outgoing for each domain of the partner if the form is for outbound mail, then
 * incoming for each of our gateways. */
static void add_directions(struct list *l)
{
    const struct resolution *r = l->in->facts->resolution;

    for (size_t t = l->m->first; t < l->m->first + l->m->count; t++) {
        if (l->m->partner->outbound && is_destination(l->m, r->targets[t].target))
            add_outgoing(l, t);
    }
    for (size_t t = l->m->first; t < l->m->first + l->m->count; t++) {
        if (r->targets[t].target->role == TARGET_OWN_GATEWAY)
            add_incoming(l, t);
    }
}

/* Appends the matrix of each target of the partner, apart from our gateways and from those that are
 * empty. */
static void add_test(struct list *l)
{
    const struct resolution *r = l->in->facts->resolution;

    for (size_t t = l->m->first; t < l->m->first + l->m->count; t++) {
        if (r->targets[t].target->role != TARGET_OWN_GATEWAY &&
            !plan_target_is_empty(&l->in->facts->plan->targets[t]))
            report_matrix_of(l->c, l->in, t, l->out);
    }
}

void report_checklist(const struct report_config *c, const struct report_input *in,
                      const struct partners *partners, struct text *out)
{
    if (in->verdict->failed) {
        report_render(c, in, out);
        return;
    }
    for (size_t i = 0; i < partners->count; i++) {
        struct list l = {c, in, partners, &partners->runs[i], out};
        const struct partner *p = l.m->partner;
        char what[400];

        text_addf(out, "%sMandatory TLS with %s", i ? "\n" : "", p->id);
        if (*p->company)
            text_addf(out, " (%s)", p->company);
        text_add(out, "\n\n");
        add_inbound(&l);
        add_directions(&l);
        text_format(what, sizeof what, "%s", text_or(p->contact_email, "the partner"));
        add_step(&l, "4. Send the form (--print form) to", MARK_BY_HAND, what);
        text_add(out, "\n");
        add_test(&l);
    }
    text_add(out, "\n");
    report_findings(c, in, false, out);
    report_summary(c, in, out);
    text_add(out, "\n");
}
