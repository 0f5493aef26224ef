/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_partners.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge_find.h"
#include "judge/judge_lookup.h"
#include "judge/judge_mx.h"
#include "judge/judge_own.h"

/* --- certificates --- */

/* Returns the next character of a name and moves *s past it, with case folded and a run of blanks
 * as one; 0 at the end. Blanks at the end are passed over. */
static int next_folded(const char **s)
{
    bool blank = isspace((unsigned char)**s);

    while (isspace((unsigned char)**s))
        ++*s;
    if (blank && **s)
        return ' ';
    if (!**s)
        return 0;
    return tolower((unsigned char)*(*s)++);
}

/* Whether two names are the same, whatever their case and the blanks in and around them. */
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

/* Whether the list has the name. Case does not count, nor do blanks around the names or the number
 * of blanks in them. False for "". */
static bool is_listed(const struct form_list *l, const char *name)
{
    for (size_t i = 0; *name && i < l->count; i++) {
        if (is_same_name(l->at[i], name))
            return true;
    }
    return false;
}

/* Whether the list has the name as in is_listed, or an entry "*.example.com" of which "*" stands
 * for the leftmost label of the name (RFC 9525 6.3). False for "". */
static bool is_covered(const struct form_list *l, const char *name)
{
    const char *rest = strchr(name, '.');

    if (is_listed(l, name))
        return true;
    for (size_t i = 0; rest && rest > name && i < l->count; i++) {
        if (strncmp(l->at[i], "*.", 2) == 0 && is_same_name(l->at[i] + 1, rest))
            return true;
    }
    return false;
}

/* Whether the form's certificate-cn has the leaf's CN or one of its other names. There must be a
 * leaf. False where the form has no certificate-cn. */
static bool has_declared_cn(const struct partner *p, const struct trust_facts *f)
{
    const struct cert_facts *leaf = &f->certs[0];

    if (is_covered(&p->cns, leaf->cn))
        return true;
    for (size_t i = 0; i < leaf->name_count; i++) {
        if (is_covered(&p->cns, leaf->names[i]))
            return true;
    }
    return false;
}

/* Whether the form's `issuer` has CN, organization or unit of an issuer in the path; false where it
 * is empty. A leaf that is its own issuer counts as its CA. Where the path does not verify, the
 * issuer's CN in a certificate of the path is enough. */
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

/* One rule of the form about certificates. `holds` is asked about chains with a leaf. */
struct rule {
    enum finding_code code;
    const struct form_list *declared; /* empty: the form does not say, and there is no rule */
    bool (*holds)(const struct partner *p, const struct trust_facts *f);
    const char *noun; /* "name", "issuer" */
};

/* How many addresses showed a certificate, and at how many the rule does not hold. */
struct rule_count {
    size_t seen, changed;
};

/* Replaces `out` by the first four entries: "a or b or 3 more"; "" where there are none. */
static void list_names(const struct form_list *l, char *out, size_t cap)
{
    text_copy(out, cap, "");
    for (size_t i = 0; i < l->count && i < 4; i++)
        text_append(out, cap, "%s%s", i ? " or " : "", l->at[i]);
    if (l->count > 4)
        text_append(out, cap, " or %zu more", l->count - 4);
}

/* Replaces `out` by "mx.example.com by Some CA by Some Root", as far as the path goes. There must
 * be a leaf. */
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

/* Adds that the certificate of one address breaks the rule, which is the caller's to check:
 * CRITICAL where the form pins it, else with the code's own state. The address must have a chain.
 * `count` is of all addresses of the gateway. */
static void find_changed(struct judge *j, const struct partner *p, struct judge_place at,
                         const struct rule *rule, const struct rule_count *count)
{
    const struct trust_facts *f = &facts_observation(j->facts, at.host, at.address)->chain;
    const struct cert_facts *leaf = &f->certs[0];
    bool cn = rule->code == F_CERTIFICATE_CN_CHANGED;
    const char *seen = cn ? cert_title(leaf) : cert_issuer_title(leaf);
    char expected[200], path[300], headline[FINDING_HEADLINE], detail[FINDING_DETAIL];

    list_path(f, path, sizeof path);
    list_names(rule->declared, expected, sizeof expected);
    text_format(headline, sizeof headline, "certificate %s changed to %s", rule->noun, seen);
    if (count->changed < count->seen) /* the others are about to follow */
        text_format(headline, sizeof headline, "renewal at %zu of %zu addresses, to another %s: %s",
                    count->changed, count->seen, rule->noun, seen);
    text_format(detail, sizeof detail, "expected %s, seen %s", expected, path);
    judge_find_as(j, at, p->pinned ? STATE_CRITICAL : finding_code_info(rule->code)->state,
                  &(struct judge_found){rule->code, STAGE_CERT, headline, detail});
}

/* Adds each address of the gateway whose certificate breaks the rule; sets `renewal` of the gateway
 * where only some do. Does nothing where the form declares nothing. j->policy must be set;
 * at.address is ignored. */
static void judge_rule(struct judge *j, const struct partner *p, struct judge_place at,
                       const struct rule *rule)
{
    const struct resolve_host *h = &j->facts->resolution->hosts[at.host];
    struct rule_count count = {0};

    if (rule->declared->count == 0)
        return;
    for (size_t a = 0; a < h->address_count; a++) {
        const struct observation *o = facts_observation(j->facts, at.host, a);

        count.seen += o->has_chain;
        count.changed += o->has_chain && !rule->holds(p, &o->chain);
    }
    j->v->hosts[at.host].renewal |=
        count.changed > 0 && count.changed < count.seen && j->policy->on[rule->code] != STATE_OK;
    for (at.address = 0; count.changed > 0 && at.address < h->address_count; at.address++) {
        const struct observation *o = facts_observation(j->facts, at.host, at.address);

        if (o->has_chain && !rule->holds(p, &o->chain))
            find_changed(j, p, at, rule, &count);
    }
}

/* Compares the certificates of all gateways of one target with the form. j->policy must be set.
 * j->pinned is false afterwards. */
static void judge_against_form(struct judge *j, const struct partner *p, size_t target)
{
    const struct rule rules[] = {
        {F_CERTIFICATE_CN_CHANGED, &p->cns, has_declared_cn, "name"},
        {F_ISSUER_CHANGED, &p->issuers, has_declared_issuer, "issuer"},
    };
    const struct plan_target *t = &j->facts->plan->targets[target];

    j->pinned = p->pinned;
    for (size_t m = 0; m < t->mx_count; m++) {
        for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
            judge_rule(j, p, (struct judge_place){target, t->mx[m].host, FINDING_NONE}, &rules[i]);
    }
    j->pinned = false;
}

/* --- all of it --- */

/* Adds how one target differs from the form: undeclared or missing MX hosts, and certificates. Does
 * nothing for our own gateways, and where there is no MX host. `target` is one of the partner's,
 * `found` is judge_mx_list's text. j->policy must be set. */
static void judge_target(struct judge *j, const struct partner_run *m, size_t target,
                         const char *found)
{
    const struct plan_target *t = &j->facts->plan->targets[target];
    enum target_role role = t->resolved->target->role;

    if (role == TARGET_OWN_GATEWAY || t->mx_count == 0)
        return;
    if (role == TARGET_PARTNER_DOMAIN)
        judge_mx_undeclared(j, m->partner, target);
    else if (j->v->targets[target].unused)
        judge_mx_missing(j, m, target, found);
    judge_against_form(j, m->partner, target);
}

/* Adds that a day of the form is over, so that the form has expired or is due for review; does
 * nothing before. `day` is the day's beginning in UTC, 0 where the form does not say. `field` is
 * its name in the form. j->policy must be set. */
static void judge_day(struct judge *j, const struct partner_run *m, time_t now, time_t day,
                      const char *field)
{
    const struct judge_place at = {m->first, FINDING_NONE, FINDING_NONE};
    char headline[FINDING_HEADLINE], detail[FINDING_DETAIL], date[16];

    if (day == 0 || now < day + 24 * 3600)
        return;
    text_date(date, sizeof date, day);
    if (day == m->partner->valid_until)
        text_format(headline, sizeof headline, "form has expired on %s", date);
    else
        text_format(headline, sizeof headline, "form was due for review on %s", date);
    text_format(detail, sizeof detail, "expected a later date, seen %s = %s in %s", field, date,
                m->partner->file);
    judge_find(j, at, &(struct judge_found){F_FORM_EXPIRED, STAGE_COUNT, headline, detail});
}

/* Adds which days of the form are over; none where the form is not judged. Sets j->policy in any
 * case. */
static void judge_dates(struct judge *j, const struct partner_run *m, time_t now)
{
    j->policy = &m->outbound;
    if (!m->form_judged)
        return;
    judge_day(j, m, now, m->partner->valid_until, "valid-until");
    if (m->partner->review_on != m->partner->valid_until)
        judge_day(j, m, now, m->partner->review_on, "review");
}

/* Judges all targets of one partner, and its declared wildcards where every lookup succeeded. Sets
 * j->policy. */
static void judge_one(struct judge *j, const struct partner_run *m)
{
    char found[320];

    judge_mx_list(j, m, found, sizeof found);
    j->policy = &m->outbound;
    for (size_t t = m->first; t < m->first + m->count; t++)
        judge_target(j, m, t, found);
    if (judge_lookup_is_whole(j->facts->resolution, m->first, m->first + m->count))
        judge_mx_missing_wildcards(j, m, found);
}

/* Adds a finding without a place for each form that cannot be read. Sets j->policy. */
static void judge_invalid(struct judge *j, const struct partners *f)
{
    const struct judge_place nowhere = {FINDING_NONE, FINDING_NONE, FINDING_NONE};

    j->policy = f->policy;
    for (size_t i = 0; i < f->invalid_count; i++) {
        const char *text = f->invalid[i].text;
        struct judge_found found = {F_FORM_INVALID, STAGE_COUNT, text, NULL};

        if (strlen(text) >= FINDING_HEADLINE) /* if paths are long */
            found.detail = text;
        judge_find(j, nowhere, &found);
    }
}

/* --- rows --- */

/* Returns the claim about the partner's gateways if nothing is found. Where our own mail server
 * does not answer for them, outbound_asked must be true or m->inbound set. */
static struct verdict_claim claim_of(const struct partner_run *m)
{
    struct verdict_claim c = {.level = LEVEL_VERIFY, .by_own_mta = partners_is_by_own_mta(m)};

    if (c.by_own_mta)
        return c;
    c.level = m->outbound_asked ? m->outbound.level : m->inbound->level;
    c.plaintext_refused = m->inbound != NULL;
    return c;
}

/* Allocates a row for each partner, with its claim, and sets invalid_forms; verdict_clear frees
 * them. False: memory. */
static bool add_rows(const struct partners *f, struct verdict *v)
{
    v->partners = calloc(f->count + 1, sizeof *v->partners);
    if (!v->partners)
        return false;
    v->partner_count = f->count;
    for (size_t i = 0; i < f->count; i++)
        v->partners[i] = (struct partner_verdict){.id = f->runs[i].partner->id,
                                                  .company = f->runs[i].partner->company,
                                                  .claim = claim_of(&f->runs[i])};
    v->invalid_forms = f->invalid_forms;
    return true;
}

void judge_partners(const struct facts *facts, const struct partners *partners, struct verdict *v)
{
    struct judge j = {.facts = facts, .v = v};

    if (v->failed)
        return;
    if (!add_rows(partners, v)) {
        v->findings.failed = true;
        return;
    }
    for (size_t i = 0; i < partners->count; i++) {
        judge_dates(&j, &partners->runs[i], partners->now);
        judge_one(&j, &partners->runs[i]);
    }
    judge_own(&j, partners);
    judge_invalid(&j, partners);
}
