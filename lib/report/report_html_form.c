/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_html_form.h"

#include <string.h>

#include "report/html_page.h"
#include "report/html_values.h"

#define COUNT(codes) (sizeof(codes) / sizeof *(codes))

/* The findings that say that a field and the measurement differ. The first of each says which of
 * the measured values. */
static const enum finding_code domain_codes[] = {F_DOMAIN_NOT_FOUND, F_NULL_MX, F_DNS_FAILURE,
                                                 F_DNSSEC_INVALID},
                               gateway_codes[] = {F_MX_UNDECLARED, F_MX_MISSING},
                               version_codes[] = {F_TLS_VERSION},
                               name_codes[] = {F_CERTIFICATE_CN_CHANGED},
                               issuer_codes[] = {F_ISSUER_CHANGED},
                               digest_codes[] = {F_FINGERPRINT_MISMATCH},
                               own_codes[] = {F_OWN_POLICY_MISSING, F_OWN_POLICY_WEAK,
                                              F_OWN_RELAYED, F_OWN_POLICY_UNKNOWN},
                               date_codes[] = {F_FORM_EXPIRED};

/* One partner's table under way. */
struct comparison {
    const struct report_input *in;
    const struct partner_run *run;
    const struct partner *p;
    size_t i; /* its row in the verdict */
    struct html_writer *w;
};

/* Findings of one kind: those of some codes about the partner's side, those about it that the TLS
 * level lets count, or all about our own gateways. */
enum about { ABOUT_CODES, ABOUT_LEVEL, ABOUT_US };

struct kind {
    enum about about;
    const enum finding_code *codes; /* ABOUT_CODES: of these */
    size_t count;
};

#define KIND_OF(codes)                                                                             \
    {                                                                                              \
        ABOUT_CODES, codes, COUNT(codes)                                                           \
    }

/* --- findings --- */

/* Whether a finding is about one of our own gateways. One about the form is at the first of its
 * targets, which may be one. */
static bool is_about_us(const struct comparison *f, const struct finding *found)
{
    if (found->target == FINDING_NONE || found->code == F_FORM_EXPIRED)
        return false;
    return f->in->facts->resolution->targets[found->target].target->role == TARGET_OWN_GATEWAY;
}

/* Whether the TLS level lets a finding count, by its code. CN and issuer are rows of their own. */
static bool is_about_level(const struct finding *found)
{
    switch (found->code) {
    case F_FINGERPRINT_MISMATCH:
    case F_TLSA_INVALID:
    case F_DANE_ABSENT:
    case F_DANE_REQUIRED:
        return true;
    case F_CERTIFICATE_CN_CHANGED:
    case F_ISSUER_CHANGED:
        return false;
    default:
        return finding_code_info(found->code)->group != GROUP_ALWAYS;
    }
}

/* Whether a finding that is not OK is of the kind. */
static bool is_of(const struct comparison *f, const struct finding *found, const struct kind *kind)
{
    if (found->state == STATE_OK)
        return false;
    if (kind->about == ABOUT_US || is_about_us(f, found))
        return kind->about == ABOUT_US && is_about_us(f, found);
    if (kind->about == ABOUT_LEVEL)
        return is_about_level(found);
    for (size_t i = 0; i < kind->count; i++) {
        if (found->code == kind->codes[i])
            return true;
    }
    return false;
}

/* Returns the partner's worst finding of the kind at a host and address, or at the host as a whole;
 * NULL: none but OK. FINDING_NONE: at any address, or anywhere. */
static const struct finding *worst(const struct comparison *f, const struct kind *kind, size_t host,
                                   size_t address)
{
    for (size_t n = 0; n < f->in->verdict->partners[f->i].finding_count; n++) {
        const struct finding *found = verdict_partner_finding(f->in->verdict, f->i, n);

        if (host != FINDING_NONE && found->host != host)
            continue;
        if (address != FINDING_NONE && found->address != FINDING_NONE && found->address != address)
            continue;
        if (is_of(f, found, kind))
            return found;
    }
    return NULL;
}

/* --- values --- */

/* Adds the entries of a list of the form. */
static void add_list(struct html_values *v, const struct form_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        html_values_add(v, list->at[i], false);
}

/* Adds the headlines of all findings of the kind, each after its gateway. */
static void add_headlines(const struct comparison *f, struct html_values *v,
                          const struct kind *kind)
{
    for (size_t n = 0; n < f->in->verdict->partners[f->i].finding_count; n++) {
        const struct finding *found = verdict_partner_finding(f->in->verdict, f->i, n);
        char text[HTML_VALUES_BYTES] = "";

        if (!is_of(f, found, kind) || v->more)
            continue;
        if (found->host != FINDING_NONE) {
            report_label(&f->in->facts->resolution->hosts[found->host], text, sizeof text);
            text_append(text, sizeof text, ": ");
        }
        text_append(text, sizeof text, "%s", found->headline);
        html_values_add(v, text, true);
    }
}

/* Writes one row: the field, its values in the form, those that were measured, and the worst state
 * of the findings of the kind. */
static void add_row(const struct comparison *f, const char *field,
                    const struct html_values *in_form, const struct html_values *measured,
                    const struct kind *kind)
{
    const struct finding *found = worst(f, kind, FINDING_NONE, FINDING_NONE);

    html_writer_open(f->w, "tr");
    html_writer_open(f->w, "th");
    html_writer_attribute(f->w, "scope", "row");
    html_writer_text(f->w, field);
    html_writer_close(f->w);
    html_values_write(in_form, "not in the form", f->w);
    html_values_write(measured, "not measured", f->w);
    html_writer_open(f->w, "td");
    if (found)
        html_page_state(f->w, found->state);
    else if (measured->count > 0 && in_form->count > 0)
        html_page_state(f->w, STATE_OK);
    else
        html_writer_text(f->w, "-");
    html_writer_close(f->w);
    html_writer_close(f->w);
}

/* --- what was measured --- */

/* Whether a target is a domain or a declared gateway of a partner, whichever partner that is: our
 * mail goes there. False for our own gateways and for senders. */
static bool is_partners(const struct resolve_target *t)
{
    return t->target->role == TARGET_PARTNER_DOMAIN || t->target->role == TARGET_DECLARED;
}

/* Writes what is measured of one session into `text`, which is "" before; it stays "" where that is
 * nothing. */
typedef void read_fn(const struct observation *o, char *text, size_t cap);

/* The read_fn of TLS versions. */
static void read_version(const struct observation *o, char *text, size_t cap)
{
    if (o->has_tls)
        text_copy(text, cap, o->tls.version_name);
}

/* The read_fn of the names of the leaf certificates, as cert_title has them. `text` is "" before,
 * and stays so where there is no chain. */
static void read_name(const struct observation *o, char *text, size_t cap)
{
    if (o->has_chain)
        text_copy(text, cap, cert_title(&o->chain.certs[0]));
}

/* The read_fn of the issuers of the leaf certificates, as cert_issuer_title has them. */
static void read_issuer(const struct observation *o, char *text, size_t cap)
{
    if (o->has_chain)
        text_copy(text, cap, cert_issuer_title(&o->chain.certs[0]));
}

/* The read_fn of the SHA-256 of the leaf certificates, in lower case and without colons. */
static void read_digest(const struct observation *o, char *text, size_t cap)
{
    if (o->has_chain)
        text_copy(text, cap, o->chain.certs[0].sha256);
}

/* Adds what is measured of a host's sessions; it differs where a finding of the kind's first code
 * says so. */
static void measure_host(const struct comparison *f, struct html_values *v, size_t host,
                         read_fn *read, const struct kind *kind)
{
    const struct kind first = {kind->about, kind->codes, kind->count > 0};

    for (size_t a = 0; a < f->in->facts->resolution->hosts[host].address_count; a++) {
        char text[HTML_VALUES_BYTES] = "";

        read(facts_observation(f->in->facts, host, a), text, sizeof text);
        if (*text && !v->more)
            html_values_add(v, text, worst(f, &first, host, a) != NULL);
    }
}

/* Adds what is measured of all sessions to the partner's gateways. */
static void measure(const struct comparison *f, struct html_values *v, read_fn *read,
                    const struct kind *kind)
{
    for (size_t t = f->run->first; t < f->run->first + f->run->count; t++) {
        const struct plan_target *target = &f->in->facts->plan->targets[t];

        for (size_t m = 0; is_partners(target->resolved) && m < target->mx_count; m++)
            measure_host(f, v, target->mx[m].host, read, kind);
    }
}

/* --- rows --- */

/* Adds a row of what `read` finds in each session to the partner's gateways. A value differs where
 * a finding of the kind's first code says so; the kind's worst finding gives the row its state. */
static void session_row(const struct comparison *f, const char *field,
                        const struct html_values *in_form, read_fn *read, const struct kind *kind)
{
    struct html_values measured = {.count = 0};

    measure(f, &measured, read, kind);
    add_row(f, field, in_form, &measured, kind);
}

/* Whether a finding says that mail to a domain, which is a target, goes nowhere. */
static bool is_faulty(const struct comparison *f, size_t target)
{
    const struct kind kind = KIND_OF(domain_codes);

    for (size_t n = 0; n < f->in->verdict->partners[f->i].finding_count; n++) {
        const struct finding *found = verdict_partner_finding(f->in->verdict, f->i, n);

        if (found->target == target && is_of(f, found, &kind))
            return true;
    }
    return false;
}

/* Adds the row of the domains: those of the form, and how many MX hosts they have, which nobody
 * asks where the route is fixed. */
static void domain_row(const struct comparison *f)
{
    const struct kind kind = KIND_OF(domain_codes);
    const struct resolution *r = f->in->facts->resolution;
    struct html_values in_form = {.count = 0}, measured = {.count = 0};

    add_list(&in_form, &f->p->domains);
    add_list(&in_form, &f->p->subdomains);
    for (size_t t = f->run->first; t < f->run->first + f->run->count; t++) {
        const struct resolve_target *target = &r->targets[t];
        char text[HTML_VALUES_BYTES];

        if (target->target->role != TARGET_PARTNER_DOMAIN || target->target->kind == TARGET_HOST ||
            measured.more)
            continue;
        text_format(text, sizeof text, "%s: %zu MX host%s", target->target->name, target->mx_count,
                    text_plural(target->mx_count));
        html_values_add(&measured, text, is_faulty(f, t));
    }
    add_row(f, "E-mail domains", &in_form, &measured, &kind);
}

/* Whether a finding says that the declared gateway is no longer an MX host, by its name alone. */
static bool is_missing(const struct comparison *f, const struct form_gateway *g)
{
    const struct resolution *r = f->in->facts->resolution;

    for (size_t n = 0; n < f->in->verdict->partners[f->i].finding_count; n++) {
        const struct finding *found = verdict_partner_finding(f->in->verdict, f->i, n);

        if (found->code == F_MX_MISSING && found->state != STATE_OK &&
            found->target != FINDING_NONE &&
            strcmp(r->targets[found->target].target->name, g->name) == 0)
            return true;
    }
    return false;
}

/* Adds where mail to the partner goes: the MX hosts of its domains, or the gateways of a fixed
 * route, whose targets have the same role. */
static void measure_gateways(const struct comparison *f, struct html_values *v)
{
    const struct kind undeclared = {ABOUT_CODES, gateway_codes, 1};
    const struct resolution *r = f->in->facts->resolution;

    for (size_t t = f->run->first; t < f->run->first + f->run->count; t++) {
        const struct resolve_target *target = &r->targets[t];

        for (size_t m = 0; target->target->role == TARGET_PARTNER_DOMAIN && m < target->mx_count;
             m++) {
            const struct resolve_host *h = &r->hosts[target->mx[m].host];
            char label[HTML_VALUES_BYTES];

            if (resolve_is_placeholder(h) || v->more)
                continue;
            report_label(h, label, sizeof label);
            html_values_add(v, label,
                            worst(f, &undeclared, target->mx[m].host, FINDING_NONE) != NULL);
        }
    }
}

/* Adds the row of the gateways. */
static void gateway_row(const struct comparison *f)
{
    const struct kind kind = KIND_OF(gateway_codes);
    struct html_values in_form = {.count = 0}, measured = {.count = 0};

    for (size_t i = 0; i < f->p->gateways.count && !in_form.more; i++) {
        const struct form_gateway *g = &f->p->gateways.at[i];
        char text[HTML_VALUES_BYTES];

        text_copy(text, sizeof text, g->name);
        if (g->port)
            text_append(text, sizeof text, " port %u", g->port);
        html_values_add(&in_form, text, is_missing(f, g));
    }
    measure_gateways(f, &measured);
    add_row(f, "Gateways (MX records)", &in_form, &measured, &kind);
}

/* Whether one of the partner's gateways has completed a handshake. */
static bool has_tls(const struct comparison *f)
{
    const struct kind none = {.about = ABOUT_CODES};
    struct html_values versions = {.count = 0};

    measure(f, &versions, read_version, &none);
    return versions.count > 0;
}

/* Adds the row of the TLS level. */
static void level_row(const struct comparison *f)
{
    const struct kind kind = {.about = ABOUT_LEVEL};
    struct html_values in_form = {.count = 0}, measured = {.count = 0};

    html_values_add(&in_form, tls_policy_level_name(f->p->level), false);
    add_headlines(f, &measured, &kind);
    if (measured.count == 0 && has_tls(f))
        html_values_add(&measured, "no fault found", false);
    add_row(f, "TLS level", &in_form, &measured, &kind);
}

/* Adds the row about our mail server's policy for mail to the partner. */
static void policy_row(const struct comparison *f)
{
    const struct kind kind = KIND_OF(own_codes);
    struct html_values in_form = {.count = 0}, measured = {.count = 0};

    html_values_add(&in_form, tls_policy_level_name(f->p->level), false);
    add_headlines(f, &measured, &kind);
    if (measured.count == 0 && f->run->policy_asked)
        html_values_add(&measured, "no fault found", false);
    add_row(f, "Our mail server's policy", &in_form, &measured, &kind);
}

/* Adds the row about mail from the partner. */
static void inbound_row(const struct comparison *f)
{
    const struct kind kind = {.about = ABOUT_US};
    struct html_values in_form = {.count = 0}, measured = {.count = 0};
    bool asked = false;

    html_values_add(&in_form, f->p->inbound ? tls_policy_level_name(f->p->inbound_level) : "may",
                    false);
    for (size_t t = f->run->first; t < f->run->first + f->run->count; t++)
        asked |= f->in->facts->resolution->targets[t].target->role == TARGET_OWN_GATEWAY;
    add_headlines(f, &measured, &kind);
    if (measured.count == 0 && asked) /* what --on lets count as OK is no refusal, either */
        html_values_add(&measured,
                        f->in->verdict->partners[f->i].claim.plaintext_refused
                            ? "our gateways refuse it without TLS"
                            : "not refused without TLS",
                        false);
    add_row(f, "Mail from the partner", &in_form, &measured, &kind);
}

/* Adds "NAME 2026-11-30" to the values; nothing where there is no date. */
static void add_date(struct html_values *v, const char *name, time_t t)
{
    char text[HTML_VALUES_BYTES], day[40];

    if (t == 0)
        return;
    text_date(day, sizeof day, t);
    text_format(text, sizeof text, "%s %s", name, day);
    html_values_add(v, text, false);
}

/* Adds the row about the form's dates, if it has some. */
static void date_row(const struct comparison *f)
{
    const struct kind kind = KIND_OF(date_codes);
    struct html_values in_form = {.count = 0}, measured = {.count = 0};

    add_date(&in_form, "signed", f->p->signed_on);
    add_date(&in_form, "valid until", f->p->valid_until);
    add_date(&in_form, "next review", f->p->review_on);
    if (in_form.count == 0)
        return;
    add_date(&measured, "today", f->in->judge->now);
    add_row(f, "Dates of the form", &in_form, &measured, &kind);
}

/* Adds a row about what each session shows, beside a list of the form. */
static void list_row(const struct comparison *f, const char *field, const struct form_list *list,
                     read_fn *read, const struct kind *kind)
{
    struct html_values in_form = {.count = 0};

    add_list(&in_form, list);
    session_row(f, field, &in_form, read, kind);
}

/* Adds the row of the TLS version. */
static void version_row(const struct comparison *f)
{
    const struct kind kind = KIND_OF(version_codes);
    struct html_values in_form = {.count = 0};

    html_values_add(&in_form, f->p->min_version_name, false);
    session_row(f, "Minimum TLS version", &in_form, read_version, &kind);
}

/* Adds the rows about mail to the partner. */
static void outbound_rows(const struct comparison *f)
{
    const struct kind names = KIND_OF(name_codes), issuers = KIND_OF(issuer_codes),
                      digests = KIND_OF(digest_codes);

    level_row(f);
    version_row(f);
    list_row(f, "CN of the certificates", &f->p->cns, read_name, &names);
    list_row(f, "Issuing CA", &f->p->issuers, read_issuer, &issuers);
    if (f->p->fingerprints.count > 0)
        list_row(f, "SHA-256 of the certificates", &f->p->fingerprints, read_digest, &digests);
    policy_row(f);
}

/* --- all of it --- */

/* Writes the head of the table. */
static void add_head(const struct comparison *f)
{
    static const char *const heads[] = {"Field", "In the form", "Measured", "Agrees"};

    html_writer_open(f->w, "thead");
    html_writer_open(f->w, "tr");
    for (size_t i = 0; i < COUNT(heads); i++) {
        html_writer_open(f->w, "th");
        html_writer_attribute(f->w, "scope", "col");
        html_writer_text(f->w, heads[i]);
        html_writer_close(f->w);
    }
    html_writer_close(f->w);
    html_writer_close(f->w);
}

void report_html_form(const struct report_input *in, const struct partner_run *run, size_t i,
                      struct html_writer *w)
{
    const struct comparison f = {in, run, run->partner, i, w};

    html_writer_element(w, "h3", NULL, "The form and what was measured");
    html_writer_open(w, "table");
    html_writer_attribute(w, "class", "facts");
    add_head(&f);
    html_writer_open(w, "tbody");
    domain_row(&f);
    gateway_row(&f);
    if (f.p->outbound)
        outbound_rows(&f);
    inbound_row(&f);
    date_row(&f);
    html_writer_close(w);
    html_writer_close(w);
}
