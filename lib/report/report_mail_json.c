/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_mail_json.h"

#include "report/json_value.h"
#include "report/json_writer.h"

/* Returns a new integer. NULL: memory. */
static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* Writes the member findings, an array of all of them, OK included. */
static void add_findings(const struct mail_report *r, struct json_writer *w)
{
    json_writer_open(w, "findings");
    for (size_t i = 0; i < r->verdict->findings.count; i++) {
        const struct finding *f = &r->verdict->findings.at[i];
        json_t *partner = json_null();

        if (f->target != FINDING_NONE)
            partner = json_string(r->facts->tally->partners[f->target].partner->id);
        json_writer_add(w, NULL,
                        json_pack("{s:s, s:s, s:o, s:s, s:o}", "code",
                                  finding_code_info(f->code)->code, "state", state_name(f->state),
                                  "partner", partner, "headline", f->headline, "detail",
                                  json_value_text(f->detail)));
    }
    json_writer_close(w);
}

/* Returns a new object with the counts of one direction. NULL: memory. */
static json_t *direction_value(const struct mail_direction *d)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "total", number(mail_tally_total(d) + d->relayed),
        "verified", number(d->count[MAILLOG_VERIFIED]), "trusted",
        number(d->count[MAILLOG_TRUSTED]), "encrypted", number(d->count[MAILLOG_ENCRYPTED]),
        "plaintext", number(d->count[MAILLOG_PLAINTEXT]), "unknown", number(mail_tally_unknown(d)),
        "relayed", number(d->relayed));
}

/* Returns a new object about mail that waits, perhaps none; JSON's null where the queue was not
 * asked for. NULL: memory. */
static json_t *waiting_value(const struct mail_report *r, const struct mail_waiting *w)
{
    json_t *since = json_null(), *reason = json_null();

    if (!r->facts->queue)
        return json_null();
    if (w->count > 0) {
        since = json_value_time(w->oldest);
        reason = json_string(w->reason);
    }
    return json_pack("{s:o, s:o, s:o}", "messages", number(w->count), "since", since, "reason",
                     reason);
}

/* Writes the member partners, an array with an object for each. */
static void add_partners(const struct mail_report *r, struct json_writer *w)
{
    json_writer_open(w, "partners");
    for (size_t i = 0; i < r->facts->tally->count; i++) {
        const struct mail_partner *m = &r->facts->tally->partners[i];

        json_writer_add(
            w, NULL,
            json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", m->partner->id, "company",
                      m->partner->company, "state", state_name(r->verdict->states[i]), "sent",
                      direction_value(&m->sent), "received", direction_value(&m->received),
                      "other_plaintext", number(m->other.count[MAILLOG_PLAINTEXT]), "waiting",
                      waiting_value(r, &m->waiting)));
    }
    json_writer_close(w);
}

/* Returns a new object about the log and our services; JSON's null where no log was asked for.
 * NULL: memory. */
static json_t *log_value(const struct mail_report *r)
{
    const struct maillog_summary *log = r->facts->log;
    json_t *services = json_array();

    if (!log) {
        json_decref(services);
        return json_null();
    }
    for (size_t i = 0; i < log->service_count; i++)
        services =
            json_value_append(services, json_pack("{s:s, s:b}", "name", log->services[i].name,
                                                  "logs_tls", log->services[i].logs_tls));
    return json_pack("{s:o, s:o, s:o, s:o}", "since", json_value_time(r->judge->since), "lines",
                     number(log->lines), "unknown_lines", number(log->unknown), "services",
                     services);
}

void report_mail_json(const struct mail_report *r, struct text *out)
{
    struct text summary;
    struct json_writer w;

    text_init(&summary, 512);
    report_mail_summary(r, &summary);
    json_writer_begin(&w, out);
    json_writer_add(&w, "version", json_integer(1));
    json_writer_add(&w, "service", json_string(r->config->service));
    json_writer_add(&w, "state", json_string(state_name(r->verdict->state)));
    json_writer_add(&w, "exit_status", json_integer((int)r->verdict->state));
    json_writer_add(&w, "summary", json_string(text_str(&summary)));
    json_writer_add(&w, "seconds", json_value_rounded(r->config->seconds));
    json_writer_add(&w, "log", log_value(r));
    add_findings(r, &w);
    add_partners(r, &w);
    json_writer_end(&w);
    out->failed = out->failed || summary.failed;
    text_free(&summary);
}
