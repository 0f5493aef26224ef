/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report_mail.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/network.h"
#include "report/perfdata.h"
#include "report/report_line.h"
#include "report/report_mail_json.h"
#include "report/report_mail_html.h"
#include "report/report_mail_openmetrics.h"

enum { LINE_MAX_BYTES = 119 };

/* Returns the partner of that index in the tally, below its count. */
static const struct partner *partner_of(const struct mail_report *r, size_t i)
{
    return r->facts->tally->partners[i].partner;
}

/* --- the first line --- */

/* Appends what the first line says after "SERVICE OK - ", without newline. The verdict must be OK.
 * Nothing is cut but the id of a single partner. */
static void add_success(const struct mail_report *r, struct text *out)
{
    const struct mail_tally *t = r->facts->tally;
    uint64_t sent = 0, received = 0;
    char period[40];

    for (size_t i = 0; i < t->count; i++) {
        sent += mail_tally_total(&t->partners[i].sent) + t->partners[i].sent.relayed;
        received += mail_tally_total(&t->partners[i].received);
    }
    if (t->count == 1)
        text_addf(out, "%.40s: ", partner_of(r, 0)->id);
    else
        text_addf(out, "%zu partners: ", t->count);
    if (r->facts->log) {
        text_duration(period, sizeof period, difftime(r->judge->now, r->judge->since));
        if (sent + received > 0)
            text_addf(out, "%" PRIu64 " sent and %" PRIu64 " received in the last %s, as agreed",
                      sent, received, period);
        else
            text_addf(out, "no mail in the last %s", period);
    }
    if (r->facts->queue)
        text_addf(out, "%sno mail waits because of TLS", r->facts->log ? "; " : "");
    if (r->facts->probe && !r->facts->probe->answered)
        text_add(out, "; being verified");
    else if (r->facts->probe)
        text_add(out, r->facts->probe->answer.deliverable ? "; deliverable" : "; undeliverable");
}

/* The end of the address in brackets that begins at `open`; NULL: no IP address is in them. */
static char *address_end(char *open)
{
    char *close = strchr(open, ']');
    struct network address;
    struct span inside;

    if (!close)
        return NULL;
    inside = (struct span){open + 1, (size_t)(close - open - 1)};
    return network_parse(inside, &address) ? close + 1 : NULL;
}

/* Takes out of a problem what somebody who is paged can do without: the addresses after the names
 * of hosts, and the word "host" before. */
static void drop_addresses(char *problem)
{
    static const char word[] = " by host ";
    char *host = strstr(problem, word), *open = problem;

    if (host)
        memmove(host + strlen(" by "), host + strlen(word), strlen(host + strlen(word)) + 1);
    while ((open = strchr(open, '['))) {
        char *end = address_end(open);

        if (end)
            memmove(open, end, strlen(end) + 1);
        else
            open++;
    }
}

/* Appends "tuv: 3 of 120 sent messages were in plaintext (2 of 4 partners fail)" of a finding, in
 * at most `room` bytes, which must be more than partner and count take. Where the problem is too
 * long, it loses the addresses of hosts, and is then cut in the middle. The verdict must not be OK.
 */
static void add_problem(const struct mail_report *r, const struct finding *f, size_t room,
                        struct text *out)
{
    char who[48] = "", words[64] = "", count[80] = "", problem[FINDING_HEADLINE];
    struct state_count partners = {0};

    text_copy(problem, sizeof problem, f->headline);
    if (f->target != FINDING_NONE)
        text_format(who, sizeof who, "%.40s: ", partner_of(r, f->target)->id);
    for (size_t i = 0; i < r->facts->tally->count; i++)
        verdict_count(&partners, r->verdict->states[i]);
    if (partners.all > 1 && f->code != F_MAIL_LOG_UNREADABLE) /* which is so for all of them */
        report_line_count(r->verdict->state, &partners, "partners", words, sizeof words);
    if (*words)
        text_format(count, sizeof count, " (%s)", words);
    room -= strlen(who) + strlen(count);
    if (strlen(problem) > room)
        drop_addresses(problem);
    report_line_cut_words(problem, room); /* the gateway is at its end */
    text_addf(out, "%s%s%s", who, problem, count);
}

void report_mail_summary(const struct mail_report *r, struct text *out)
{
    const struct mail_verdict *v = r->verdict;
    size_t before = out->len;

    text_addf(out, "%s %s - ", r->config->service, state_name(v->state));
    if (v->failed)
        text_add(out, "out of memory");
    else if (v->state == STATE_OK)
        add_success(r, out);
    else
        add_problem(r, &v->findings.at[0], LINE_MAX_BYTES - (out->len - before), out);
}

/* --- perfdata --- */

static const double zero = 0;

/* Appends one count. `prefix`: the partner; NULL: it is of the whole run. */
static void add_datum(const struct mail_report *r, const char *prefix, const char *metric,
                      uint64_t value, struct text *list)
{
    struct perfdata p = {
        .prefix = prefix, .metric = metric, .value = (double)value, .unit = "", .min = &zero};

    perfdata_add(list, &p, r->config->plain_thresholds);
}

/* Appends the counts of one partner from the log, as perfdata, each after a blank. The caller
 * checks that there is a log: without a log, every count is 0. */
static void add_log_data(const struct mail_report *r, const struct mail_partner *m,
                         struct text *list)
{
    const char *id = m->partner->id;

    add_datum(r, id, "sent", mail_tally_total(&m->sent) + m->sent.relayed, list);
    add_datum(r, id, "received", mail_tally_total(&m->received), list);
    add_datum(r, id, "verified",
              m->sent.count[MAILLOG_VERIFIED] + m->received.count[MAILLOG_VERIFIED], list);
    add_datum(r, id, "plaintext",
              m->sent.count[MAILLOG_PLAINTEXT] + m->received.count[MAILLOG_PLAINTEXT], list);
    add_datum(r, id, "unknown", mail_tally_unknown(&m->sent) + mail_tally_unknown(&m->received),
              list);
    add_datum(r, id, "other_plaintext", m->other.count[MAILLOG_PLAINTEXT], list);
}

/* Appends of one partner how many messages wait, and for how many seconds the oldest has, as
 * perfdata. The caller checks that the queue was asked for. */
static void add_queue_data(const struct mail_report *r, const struct mail_partner *m,
                           struct text *list)
{
    struct threshold_range crit = {.set = true, .low = 0, .high = r->judge->waiting};
    struct perfdata oldest = {
        .prefix = m->partner->id, .metric = "oldest", .unit = "s", .crit = &crit, .min = &zero};

    if (m->waiting.count > 0)
        oldest.value = difftime(r->judge->now, m->waiting.oldest);
    text_number(crit.text, sizeof crit.text, r->judge->waiting);
    add_datum(r, m->partner->id, "waiting", m->waiting.count, list);
    perfdata_add(list, &oldest, r->config->plain_thresholds);
}

/* Appends all data, without "|" and newline. */
static void add_perfdata(const struct mail_report *r, struct text *out)
{
    const struct mail_tally *t = r->facts->tally;
    struct perfdata time = {.metric = "time",
                            .value = r->config->seconds,
                            .decimals = 3,
                            .unit = "s",
                            .min = &zero,
                            .max = &r->config->timeout};
    struct text list;

    text_init(&list, out->max);
    perfdata_add(&list, &time, r->config->plain_thresholds);
    add_datum(r, NULL, "partners", t->count, &list);
    for (size_t i = 0; r->config->perfdata != PERFDATA_TOTAL && i < t->count; i++) {
        if (r->facts->log)
            add_log_data(r, &t->partners[i], &list);
        if (r->facts->queue)
            add_queue_data(r, &t->partners[i], &list);
    }
    text_add(out, text_str(&list));
    out->failed = out->failed || list.failed;
    text_free(&list);
}

void report_mail_status(const struct mail_report *r, struct text *out)
{
    report_mail_summary(r, out);
    if (!r->verdict->failed && r->config->perfdata != PERFDATA_NONE) {
        text_add(out, " | ");
        add_perfdata(r, out);
    }
    text_add(out, "\n");
}

/* --- findings --- */

/* Appends a line for each finding, those that are OK only from verbosity 1 on. */
static void add_findings(const struct mail_report *r, struct text *out)
{
    bool all = r->config->verbosity > 0;

    for (size_t i = 0; i < r->verdict->findings.count; i++) {
        const struct finding *f = &r->verdict->findings.at[i];

        if (f->state == STATE_OK && !all)
            continue;
        text_addf(out, "\\_ [%s] ", state_name(f->state));
        if (f->target != FINDING_NONE)
            text_addf(out, "%s: ", partner_of(r, f->target)->id);
        text_add(out, f->headline);
        if (*f->detail)
            text_addf(out, "; %s", f->detail);
        if (all)
            text_addf(out, " (%s)", finding_code_info(f->code)->code);
        text_add(out, "\n");
    }
}

/* --- the table --- */

enum {
    PARTNER,
    STATE,
    DIRECTION,
    MAIL,
    VERIFIED,
    ENCRYPTED,
    PLAINTEXT,
    UNKNOWN,
    RELAYED,
    WAITING, /* only with the queue */
    COLUMNS
};

/* The columns of numbers, as text_table has them. */
enum { NUMBERS = (1 << COLUMNS) - (1 << MAIL) };

/* Replaces the cell's text. `wrong`: marks it as bad unless `n` is 0. */
static void add_number(struct text_table_cell *cell, uint64_t n, bool wrong)
{
    text_format(cell->text, sizeof cell->text, "%" PRIu64, n);
    if (wrong && n > 0)
        cell->mark = TEXT_TABLE_FAIL;
}

/* Adds a row of the i-th partner, first for sent mail, then for received mail, which has neither
 * partner nor state. The table has room, and COLUMNS columns, or one fewer if the queue was not
 * asked for. The verdict must not be failed. */
static void add_row(const struct mail_report *r, size_t i, bool sent, struct text_table *g)
{
    const struct mail_partner *m = &r->facts->tally->partners[i];
    const struct mail_direction *d = sent ? &m->sent : &m->received;
    struct text_table_cell *cells = text_table_row(g);
    enum state state = r->verdict->states[i];

    if (sent) {
        text_copy(cells[PARTNER].text, sizeof cells->text, m->partner->id);
        text_table_fill(&cells[STATE], state == STATE_OK, state_name(state));
    }
    text_copy(cells[DIRECTION].text, sizeof cells->text, sent ? "sent" : "received");
    add_number(&cells[MAIL], mail_tally_total(d) + d->relayed, false);
    add_number(&cells[VERIFIED], d->count[MAILLOG_VERIFIED], false);
    add_number(&cells[ENCRYPTED], d->count[MAILLOG_TRUSTED] + d->count[MAILLOG_ENCRYPTED], false);
    add_number(&cells[PLAINTEXT], d->count[MAILLOG_PLAINTEXT], true);
    add_number(&cells[UNKNOWN], mail_tally_unknown(d), false);
    add_number(&cells[RELAYED], d->relayed, false);
    if (sent && r->facts->queue)
        add_number(&cells[WAITING], m->waiting.count, true);
}

bool report_mail_table(const struct mail_report *r, struct text_table *out)
{
    static const char *const heads[COLUMNS] = {"Partner",  "State",     "Direction", "Mail",
                                               "Verified", "Encrypted", "Plaintext", "Unknown",
                                               "Relayed",  "Waiting"};
    size_t rows = 2 * r->facts->tally->count + 1;
    size_t columns = r->facts->queue ? COLUMNS : WAITING;

    if (!text_table_init(out, columns, rows, NUMBERS))
        return false;
    text_table_heads(out, heads);
    for (size_t i = 0; i < r->facts->tally->count; i++) {
        add_row(r, i, true, out);
        add_row(r, i, false, out);
    }
    return true;
}

/* Appends the table with a line of its own for each partner and its state, and indented rows below:
 * for a terminal that is narrower than the rows of `wide`, which report_mail_table has made. */
static void add_narrow_table(const struct mail_report *r, const struct text_table *wide,
                             struct text *out)
{
    struct text_table g;

    if (!text_table_init(&g, wide->columns - DIRECTION, 2 * wide->rows, wide->right >> DIRECTION)) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < wide->rows; i++) {
        const struct text_table_cell *cells = &wide->cells[i * wide->columns];
        struct text_table_cell *row;
        char heading[TEXT_TABLE_CELL];

        text_format(heading, sizeof heading, "%s, %s", cells[PARTNER].text, cells[STATE].text);
        if (i > 0 && *cells[PARTNER].text)
            text_table_heading(&g, heading);
        row = text_table_row(&g);
        memcpy(row, &cells[DIRECTION], g.columns * sizeof *row);
        if (i > 0)
            text_format(row->text, sizeof row->text, "  %s", cells[DIRECTION].text);
    }
    text_table_print(&g, r->config->width, r->config->colour, out);
    text_table_free(&g);
}

/* Appends the table. */
static void add_table(const struct mail_report *r, struct text *out)
{
    size_t width = r->config->width;
    struct text_table g;

    if (!report_mail_table(r, &g)) {
        out->failed = true;
        return;
    }
    if (width > 0 && text_table_width(&g, 0, 0) > width)
        add_narrow_table(r, &g, out);
    else
        text_table_print(&g, width, r->config->colour, out);
    text_table_free(&g);
}

/* --- */

/* Which direction of a service is meant, in parentheses after a blank, where its name is that of
 * two services, as with Exim; "" where it is of one. Static. */
static const char *direction_of(const struct maillog_summary *log, size_t service)
{
    const struct maillog_service *s = &log->services[service];

    for (size_t i = 0; i < log->service_count; i++) {
        if (i != service && strcmp(log->services[i].name, s->name) == 0)
            return s->inbound ? " (received)" : " (sent)";
    }
    return "";
}

void report_mail_log(const struct mail_report *r, struct text *out)
{
    const struct maillog_summary *log = r->facts->log;

    if (!log)
        return;
    text_addf(out, "log: %" PRIu64 " lines, %" PRIu64 " of an unknown form", log->lines,
              log->unknown);
    for (size_t i = 0; i < log->service_count; i++)
        text_addf(out, "; %s%s %s TLS", log->services[i].name, direction_of(log, i),
                  log->services[i].logs_tls ? "logs" : "does not log");
    text_add(out, "\n");
}

void report_mail(const struct mail_report *r, struct text *out)
{
    bool table = r->config->format == REPORT_TABLE && !r->verdict->failed;

    if (r->config->format == REPORT_JSON && !r->verdict->failed) {
        report_mail_json(r, out);
        return;
    }
    if (r->config->format == REPORT_OPENMETRICS && !r->verdict->failed) {
        report_mail_openmetrics(r, out);
        return;
    }
    if (r->config->format == REPORT_HTML && !r->verdict->failed) {
        report_mail_html(r, out);
        return;
    }
    if (table)
        add_table(r, out);
    else
        report_mail_status(r, out);
    if (!r->verdict->failed)
        add_findings(r, out);
    if (r->config->verbosity > 0 && !table && !r->verdict->failed)
        add_table(r, out);
    if (r->config->verbosity > 0)
        report_mail_log(r, out);
    if (table) {
        report_mail_summary(r, out);
        text_add(out, "\n");
        report_unasked(r->config, out);
    }
}
