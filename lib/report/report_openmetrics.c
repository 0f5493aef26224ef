/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_openmetrics.h"

#include <stdio.h>

#include "policy/tls_profile.h"
#include "report/openmetrics.h"
#include "report/report_profile.h"

enum { NAME_MAX_BYTES = 320, EXTRAS = 2 };

/* One report under way. */
struct writer {
    const struct report_config *c;
    const struct report_input *in;
    struct openmetrics m;
};

/* The subject of a sample: indices, FINDING_NONE where it is about more than one. */
struct place {
    size_t target, host, address;
};

/* Adds a sample of the family that was begun last, with the labels of its place, the target's
 * partner included, and those in `extra`, no_extra for none. */
static void add(struct writer *w, struct place at, const struct openmetrics_label extra[EXTRAS],
                double value)
{
    const struct resolution *r = w->in->facts->resolution;
    char domain[NAME_MAX_BYTES] = "", port[8] = "";
    const char *partner = "", *host = "", *address = "";

    if (at.target != FINDING_NONE) {
        const struct resolve_target *t = &r->targets[at.target];

        report_clean_target(t, domain, sizeof domain);
        if (w->in->verdict->partner_count > 0)
            partner = w->in->verdict->partners[t->target->partner].id;
    }
    if (at.host != FINDING_NONE) {
        host = r->hosts[at.host].shown;
        snprintf(port, sizeof port, "%u", r->hosts[at.host].port);
    }
    if (at.address != FINDING_NONE)
        address = r->hosts[at.host].addresses[at.address].text;
    openmetrics_sample(&w->m,
                       (const struct openmetrics_label[]){{"service", w->c->service},
                                                          {"partner", partner},
                                                          {"domain", domain},
                                                          {"host", host},
                                                          {"address", address},
                                                          {"port", port},
                                                          extra[0],
                                                          extra[1],
                                                          {NULL, NULL}},
                       value);
}

static const struct openmetrics_label no_extra[EXTRAS] = {{"", NULL}, {"", NULL}};
static const struct place everywhere = {FINDING_NONE, FINDING_NONE, FINDING_NONE};

/* Writes the family mailtls_state: a sample of the whole run, one of each partner and one of each
 * target. */
static void add_states(struct writer *w)
{
    const struct verdict *v = w->in->verdict;

    openmetrics_state_family(&w->m);
    add(w, everywhere, no_extra, v->state);
    for (size_t i = 0; i < v->partner_count; i++) {
        const struct openmetrics_label partner[EXTRAS] = {{"partner", v->partners[i].id},
                                                          {"", NULL}};

        add(w, everywhere, partner, v->partners[i].state);
    }
    for (size_t t = 0; t < v->target_count; t++)
        add(w, (struct place){t, FINDING_NONE, FINDING_NONE}, no_extra, v->targets[t].state);
}

/* Writes the family mailtls_finding: a sample of each finding that is not OK, with its place.
 * Samples with the same labels become one. */
static void add_findings(struct writer *w)
{
    const struct finding_list *l = &w->in->verdict->findings;

    openmetrics_finding_family(&w->m);
    for (size_t i = 0; i < l->count; i++) {
        const struct finding *f = &l->at[i];
        const struct openmetrics_label labels[EXTRAS] = {{"code", finding_code_info(f->code)->code},
                                                         {"state", state_name(f->state)}};

        if (f->state != STATE_OK)
            add(w, (struct place){f->target, f->host, f->address}, labels, 1);
    }
}

/* Calls `each`, which adds samples to the family that was begun last, for each address of each
 * gateway of each target; more than once for a gateway of several targets. */
static void each_address(struct writer *w, void (*each)(struct writer *w, struct place at))
{
    const struct facts *f = w->in->facts;

    for (size_t t = 0; t < f->resolution->target_count; t++) {
        const struct plan_target *plan = &f->plan->targets[t];

        for (size_t m = 0; m < plan->mx_count; m++) {
            size_t host = plan->mx[m].host;

            for (size_t a = 0; a < f->resolution->hosts[host].address_count; a++)
                each(w, (struct place){t, host, a});
        }
    }
}

/* Adds a sample in seconds for each stage that the session to an address entered and whose time is
 * known. mailtls_stage_seconds must be the family that was begun last. */
static void add_stages(struct writer *w, struct place at)
{
    const struct observation *o = facts_observation(w->in->facts, at.host, at.address);

    for (int s = STAGE_CONNECT; s < STAGE_COUNT; s++) {
        const struct openmetrics_label labels[EXTRAS] = {{"stage", stage_info((enum stage)s)->name},
                                                         {"", NULL}};

        if (o->stages[s].entered && o->stages[s].us >= 0)
            add(w, at, labels, (double)o->stages[s].us / 1e6);
    }
}

/* Adds when the path of an address expires; nothing where no path is known.
 * mailtls_certificate_not_after_timestamp_seconds must be the family that was begun last. */
static void add_expiry(struct writer *w, struct place at)
{
    const struct cert_facts *first =
        w->in->verdict->hosts[at.host].addresses[at.address].expiry.first;

    if (first)
        add(w, at, no_extra, (double)first->not_after);
}

/* Adds whether the gateway asked for a client certificate; nothing where the handshake did not come
 * so far. mailtls_client_certificate_requested must be the family that was begun last. */
static void add_requested(struct writer *w, struct place at)
{
    const struct observation *o = facts_observation(w->in->facts, at.host, at.address);
    bool requested = o->client != CONN_CLIENT_NOT_ASKED;

    if (o->has_tls || requested)
        add(w, at, no_extra, requested);
}

/* Adds whether REQUIRETLS is offered inside TLS; nothing where the reply to EHLO is not known.
 * mailtls_requiretls_offered must be the family that was begun last. */
static void add_requiretls(struct writer *w, struct place at)
{
    const struct observation *o = facts_observation(w->in->facts, at.host, at.address);

    if (o->has_offer)
        add(w, at, no_extra, o->requiretls);
}

/* Whether the target has a confidence of its own. A declared gateway that was probed for a domain
 * of the partner, which leads to it, has none, nor has a domain whose MX records nobody asks for.
 */
static bool has_confidence(const struct writer *w, size_t target)
{
    const struct facts *f = w->in->facts;
    enum target_role role = f->resolution->targets[target].target->role;

    if (role == TARGET_DECLARED)
        return f->plan->targets[target].mx_count > 0;
    return role != TARGET_SENDER;
}

/* Adds a sample from 0 to 1 for each target that has a confidence of its own.
 * mailtls_confidence_ratio must be the family that was begun last. */
static void add_confidence(struct writer *w)
{
    const struct verdict *v = w->in->verdict;

    for (size_t t = 0; t < v->target_count; t++) {
        if (has_confidence(w, t))
            add(w, (struct place){t, FINDING_NONE, FINDING_NONE}, no_extra,
                v->targets[t].confidence / 100.0);
    }
}

/* --- TLS profiles --- */

/* The subjects of VERDICT_PROFILE_SUBJECTS, as the values of a label. */
static const char *const subjects[VERDICT_PROFILE_SUBJECTS] = {
    [TLS_CODE_VERSION] = "protocol_version",
    [TLS_CODE_SUITE] = "cipher_suite",
    [TLS_CODE_GROUP] = "group",
    [TLS_CODE_SIGNATURE] = "signature_algorithm",
    [VERDICT_PROFILE_SIZES] = "key_size",
};

/* The profile that a gateway is compared with; NULL: none. */
static const struct tls_profile *profile_of(const struct writer *w, size_t host)
{
    return w->in->facts->resolution->hosts[host].policy->profile;
}

/* Whether a profile says something about a subject. */
static bool has_subject(const struct tls_profile *p, unsigned subject)
{
    if (subject != VERDICT_PROFILE_SIZES)
        return p->sets[subject].given;
    for (int key = 0; key < TLS_PROFILE_KEYS; key++) {
        if (p->sizes[key].allowed > 0)
            return true;
    }
    return false;
}

/* Calls `each` for each gateway of each target that is compared with a profile, with the address
 * where it was asked, FINDING_NONE for none; more than once for a gateway of several targets. */
static void each_profile(struct writer *w, void (*each)(struct writer *w, struct place at))
{
    const struct facts *f = w->in->facts;

    for (size_t t = 0; t < f->resolution->target_count; t++) {
        const struct plan_target *plan = &f->plan->targets[t];

        for (size_t m = 0; m < plan->mx_count; m++) {
            size_t host = plan->mx[m].host;
            const struct profile_verdict *v = &w->in->verdict->hosts[host].profile;

            if (profile_of(w, host))
                each(w, (struct place){t, host, v->asked ? v->address : FINDING_NONE});
        }
    }
}

/* Adds a sample for each subject that the gateway's profile is about: counts[subject]. Does nothing
 * where the gateway was not asked. */
static void add_profile_counts(struct writer *w, struct place at,
                               const uint8_t counts[VERDICT_PROFILE_SUBJECTS])
{
    const struct tls_profile *p = profile_of(w, at.host);

    for (unsigned s = 0; at.address != FINDING_NONE && s < VERDICT_PROFILE_SUBJECTS; s++) {
        const struct openmetrics_label labels[EXTRAS] = {{"profile", p->name},
                                                         {"subject", subjects[s]}};

        if (has_subject(p, s))
            add(w, at, labels, counts[s]);
    }
}

/* mailtls_profile_violations must be the family that was begun last. */
static void add_violations(struct writer *w, struct place at)
{
    add_profile_counts(w, at, w->in->verdict->hosts[at.host].profile.violations);
}

/* mailtls_profile_deprecated must be the family that was begun last. */
static void add_deprecated(struct writer *w, struct place at)
{
    add_profile_counts(w, at, w->in->verdict->hosts[at.host].profile.deprecated);
}

/* Adds 1 where the gateway was asked for everything, else 0. mailtls_profile_complete must be the
 * family that was begun last. */
static void add_complete(struct writer *w, struct place at)
{
    const struct facts *f = w->in->facts;
    const struct openmetrics_label labels[EXTRAS] = {{"profile", profile_of(w, at.host)->name},
                                                     {"", NULL}};
    bool complete = at.address != FINDING_NONE &&
                    report_profile_complete(w->in, f->plan->of_host[at.host][at.address]);

    add(w, at, labels, complete);
}

/* Whether any gateway of the run is to be compared with a profile, also one that was not asked. */
static bool has_profiles(const struct writer *w)
{
    for (size_t h = 0; h < w->in->facts->resolution->host_count; h++) {
        if (w->in->verdict->hosts[h].used && profile_of(w, h))
            return true;
    }
    return false;
}

/* Writes the families about TLS profiles; nothing where the run has no profile. */
static void add_profiles(struct writer *w)
{
    if (!has_profiles(w))
        return;
    openmetrics_family(&w->m, "mailtls_profile_violations", NULL,
                       "What the gateway accepts and its TLS profile does not allow, and what the "
                       "profile requires and the gateway refuses.");
    each_profile(w, add_violations);
    openmetrics_family(&w->m, "mailtls_profile_deprecated", NULL,
                       "What the gateway accepts and its TLS profile phases out.");
    each_profile(w, add_deprecated);
    openmetrics_family(&w->m, "mailtls_profile_complete", NULL,
                       "1: the gateway was asked for everything in its TLS profile; 0: there may "
                       "be more violations.");
    each_profile(w, add_complete);
}

void report_openmetrics(const struct report_config *c, const struct report_input *in,
                        struct text *out)
{
    struct writer w = {.c = c, .in = in, .m = {.out = out}};

    add_states(&w);
    add_findings(&w);
    openmetrics_family(&w.m, "mailtls_stage_seconds", "seconds",
                       "How long a stage of the SMTP session took.");
    each_address(&w, add_stages);
    openmetrics_family(&w.m, "mailtls_certificate_not_after_timestamp_seconds", "seconds",
                       "When the first certificate of the verified path expires.");
    each_address(&w, add_expiry);
    openmetrics_family(&w.m, "mailtls_confidence_ratio", "ratio",
                       "The confidence factor of a domain or host, from 0 to 1.");
    add_confidence(&w);
    openmetrics_family(&w.m, "mailtls_client_certificate_requested", NULL,
                       "1: the gateway asks for a client certificate; 0: it does not.");
    each_address(&w, add_requested);
    openmetrics_family(&w.m, "mailtls_requiretls_offered", NULL,
                       "1: the gateway offers REQUIRETLS inside TLS (RFC 8689); 0: it does not.");
    each_address(&w, add_requiretls);
    add_profiles(&w);
    openmetrics_last_run_family(&w.m);
    add(&w, everywhere, no_extra, (double)in->judge->now);
    openmetrics_end(&w.m);
}
