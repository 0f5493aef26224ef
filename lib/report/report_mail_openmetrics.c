/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_mail_openmetrics.h"

#include "report/openmetrics.h"

enum { EXTRAS = 2 };

/* One report under way. */
struct writer {
    const struct mail_report *r;
    struct openmetrics m;
};

/* Adds a sample of the family that was begun last, about the partner of that index, or about the
 * whole run where it is FINDING_NONE. `extra` are labels besides service and partner, no_extra for
 * none. */
static void add(struct writer *w, size_t partner, const struct openmetrics_label extra[EXTRAS],
                double value)
{
    const char *id = "";

    if (partner != FINDING_NONE)
        id = w->r->facts->tally->partners[partner].partner->id;
    openmetrics_sample(
        &w->m,
        (const struct openmetrics_label[]){
            {"service", w->r->config->service}, {"partner", id}, extra[0], extra[1], {NULL, NULL}},
        value);
}

static const struct openmetrics_label no_extra[EXTRAS] = {{"", NULL}, {"", NULL}};

/* Writes the family mailtls_state: a sample of the whole run and one of each partner. */
static void add_states(struct writer *w)
{
    openmetrics_state_family(&w->m);
    add(w, FINDING_NONE, no_extra, w->r->verdict->state);
    for (size_t i = 0; i < w->r->facts->tally->count; i++)
        add(w, i, no_extra, w->r->verdict->states[i]);
}

/* Writes the family mailtls_finding: a sample of each finding that is not OK. */
static void add_findings(struct writer *w)
{
    const struct finding_list *l = &w->r->verdict->findings;

    openmetrics_finding_family(&w->m);
    for (size_t i = 0; i < l->count; i++) {
        const struct openmetrics_label labels[EXTRAS] = {
            {"code", finding_code_info(l->at[i].code)->code},
            {"state", state_name(l->at[i].state)}};

        if (l->at[i].state != STATE_OK)
            add(w, l->at[i].target, labels, 1);
    }
}

/* Adds a sample of mailtls_mail_messages, which must be the family that was begun last. `direction`
 * and `tls` are values of labels: "sent" or "received", and "verified", ..., "relayed". */
static void add_count(struct writer *w, size_t partner, const char *direction, const char *tls,
                      uint64_t count)
{
    const struct openmetrics_label labels[EXTRAS] = {{"direction", direction}, {"tls", tls}};

    add(w, partner, labels, (double)count);
}

/* Adds the samples of one partner and direction, "sent" or "received", to mailtls_mail_messages,
 * which must be the family that was begun last. */
static void add_direction(struct writer *w, size_t partner, const char *name,
                          const struct mail_direction *d)
{
    add_count(w, partner, name, "verified", d->count[MAILLOG_VERIFIED]);
    add_count(w, partner, name, "trusted", d->count[MAILLOG_TRUSTED]);
    add_count(w, partner, name, "encrypted", d->count[MAILLOG_ENCRYPTED]);
    add_count(w, partner, name, "plaintext", d->count[MAILLOG_PLAINTEXT]);
    add_count(w, partner, name, "unknown", mail_tally_unknown(d));
    add_count(w, partner, name, "relayed", d->relayed);
}

/* Writes the family mailtls_mail_messages: samples of each partner. For a run that was asked for a
 * log. */
static void add_messages(struct writer *w)
{
    const struct mail_tally *t = w->r->facts->tally;

    openmetrics_family(&w->m, "mailtls_mail_messages", NULL,
                       "Messages of the period, by direction and by how they were protected.");
    for (size_t i = 0; i < t->count; i++) {
        add_direction(w, i, "sent", &t->partners[i].sent);
        add_direction(w, i, "received", &t->partners[i].received);
    }
}

/* Writes mailtls_mail_waiting and mailtls_mail_waiting_since_timestamp_seconds, two families:
 * samples of each partner. For a run that was asked for the queue. */
static void add_waiting(struct writer *w)
{
    const struct mail_tally *t = w->r->facts->tally;

    openmetrics_family(&w->m, "mailtls_mail_waiting", NULL,
                       "Recipients for whom mail waits in our queue because of TLS.");
    for (size_t i = 0; i < t->count; i++)
        add(w, i, no_extra, (double)t->partners[i].waiting.count);
    openmetrics_family(&w->m, "mailtls_mail_waiting_since_timestamp_seconds", "seconds",
                       "When the message that waits longest because of TLS arrived.");
    for (size_t i = 0; i < t->count; i++) {
        if (t->partners[i].waiting.count > 0)
            add(w, i, no_extra, (double)t->partners[i].waiting.oldest);
    }
}

void report_mail_openmetrics(const struct mail_report *r, struct text *out)
{
    struct writer w = {.r = r, .m = {.out = out}};

    add_states(&w);
    add_findings(&w);
    if (r->facts->log)
        add_messages(&w);
    if (r->facts->queue)
        add_waiting(&w);
    openmetrics_last_run_family(&w.m);
    add(&w, FINDING_NONE, no_extra, (double)r->judge->now);
    openmetrics_end(&w.m);
}
