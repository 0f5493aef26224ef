/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_mail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge_verification.h"
#include "judge/mail_found.h"

/* One judgement under way. */
struct judgement {
    const struct mail_judge *c;
    const struct mail_facts *facts;
    struct mail_verdict *v;
};

/* The state of a finding about us: that of --on, else its own. */
static enum state state_of_us(const struct judgement *j, const struct mail_found *found)
{
    if (j->c->on[found->code] == STATE_DEFAULT)
        return found->state;
    return (enum state)j->c->on[found->code];
}

/* The rank of a finding among those of its state, 0 to 4: mail that anybody could read on its way
 * comes before mail to a server that was not verified, whichever partner it was for. */
static size_t rank_of(enum finding_code code)
{
    static const enum finding_code ranks[] = {F_SENT_IN_PLAINTEXT, F_RECEIVED_IN_PLAINTEXT,
                                              F_MAIL_WAITING, F_SENT_UNVERIFIED};
    size_t i = 0;

    while (i < sizeof ranks / sizeof *ranks && ranks[i] != code)
        i++;
    return i;
}

/* Adds a copy of the finding about the partner of that index, or FINDING_NONE: about us. Its state
 * is that of --on, else that of the form's `on`, else its own; the partner's state worsens to
 * it. */
static void add(struct judgement *j, size_t partner, const struct mail_found *found)
{
    int on = j->c->on[found->code];
    struct finding f = {.code = found->code,
                        .state = found->state,
                        .level_state = found->state,
                        .stage = STAGE_COUNT,
                        .target = partner,
                        .host = FINDING_NONE,
                        .address = FINDING_NONE,
                        .order = FINDING_NONE,
                        .headline = found->headline,
                        .detail = found->detail};

    if (partner != FINDING_NONE)
        f.order = rank_of(found->code) * j->facts->tally->count + partner;
    if (partner != FINDING_NONE && on == STATE_DEFAULT)
        on = j->facts->tally->partners[partner].partner->on[found->code];
    if (on != STATE_DEFAULT)
        f.state = (enum state)on;
    finding_list_add_once(&j->v->findings, &f);
    if (partner != FINDING_NONE)
        j->v->states[partner] = state_worse(j->v->states[partner], f.state);
}

/* --- examples --- */

/* Appends the examples to the detail, which must have its beginning: " 4Q2x to
 * mx.example.com[192.0.2.1]:25 at 2026-11-30 05:12:00 UTC (plaintext), ...", the latest first.
 * Appends nothing where there are none. `word`: "to" or "from". */
static void add_examples(struct mail_found *f, const struct mail_examples *l, const char *word)
{
    size_t count = mail_examples_count(l);

    for (size_t i = 0; i < count; i++) {
        const struct mail_example *x = mail_examples_at(l, count - 1 - i);
        char when[40];

        text_time(when, sizeof when, x->at);
        text_append(f->detail, sizeof f->detail, "%s %s %s %s at %s (%s)", i > 0 ? "," : "",
                    x->queue_id, word, x->peer, when, mail_found_seen(x->tls));
    }
}

/* The noun for that many: "message" for 1, else "messages". */
static const char *messages(uint64_t n)
{
    return n == 1 ? "message" : "messages";
}

/* The verb for that many: "was" for 1, else "were". */
static const char *were(uint64_t n)
{
    return n == 1 ? "was" : "were";
}

/* --- mail that went --- */

/* Adds what is wrong with the mail that we sent to the i-th partner, if the form is for outbound
 * mail. */
static void judge_sent(struct judgement *j, size_t i, const struct mail_partner *m)
{
    const struct mail_direction *d = &m->sent;
    uint64_t total = mail_tally_total(d), plaintext = d->count[MAILLOG_PLAINTEXT];
    uint64_t unverified = d->count[MAILLOG_ENCRYPTED] + d->count[MAILLOG_TRUSTED];
    const char *level = tls_policy_level_name(m->partner->level);
    struct mail_found f;

    if (!m->partner->outbound)
        return;
    if (mail_found_requires_tls(m->partner) && plaintext > 0) {
        mail_found_init(&f, F_SENT_IN_PLAINTEXT);
        text_format(f.headline, sizeof f.headline,
                    "%" PRIu64 " of %" PRIu64 " sent %s %s in plaintext", plaintext, total,
                    messages(total), were(plaintext));
        text_format(f.detail, sizeof f.detail, "expected TLS level %s; seen", level);
        add_examples(&f, &d->plaintext, "to");
        add(j, i, &f);
    }
    if (mail_found_requires_certificate(m->partner) && unverified > 0) {
        mail_found_init(&f, F_SENT_UNVERIFIED);
        text_format(f.headline, sizeof f.headline,
                    "%" PRIu64 " of %" PRIu64
                    " sent %s %s encrypted, but the server was not verified",
                    unverified, total, messages(total), were(unverified));
        text_format(f.detail, sizeof f.detail, "expected TLS level %s; seen", level);
        add_examples(&f, &d->unverified, "to");
        add(j, i, &f);
    }
}

/* Adds that mail from the partner's sending-hosts came in plaintext, if the form is for inbound
 * mail and there was such mail. */
static void judge_received(struct judgement *j, size_t i, const struct mail_partner *m)
{
    const struct mail_direction *d = &m->received;
    uint64_t total = mail_tally_total(d), plaintext = d->count[MAILLOG_PLAINTEXT];
    struct mail_found f;

    if (!m->partner->inbound || plaintext == 0)
        return;
    mail_found_init(&f, F_RECEIVED_IN_PLAINTEXT);
    text_format(f.headline, sizeof f.headline,
                "%" PRIu64 " of %" PRIu64 " received %s %s in plaintext", plaintext, total,
                messages(total), were(plaintext));
    text_format(f.detail, sizeof f.detail, "expected TLS from sending-hosts; seen");
    add_examples(&f, &d->plaintext, "from");
    add(j, i, &f);
}

/* Adds that mail with the partner's sender came in plaintext from elsewhere, if the form is for
 * inbound mail and there was such mail. Anybody can write a sender: it is WARNING where the form
 * does not say from where the partner sends, else OK. */
static void judge_other(struct judgement *j, size_t i, const struct mail_partner *m)
{
    const struct mail_direction *d = &m->other;
    uint64_t plaintext = d->count[MAILLOG_PLAINTEXT];
    struct mail_found f;

    if (!m->partner->inbound || plaintext == 0)
        return;
    mail_found_init(&f, F_RECEIVED_IN_PLAINTEXT);
    f.state = m->partner->sending_hosts.count > 0 ? STATE_OK : STATE_WARNING;
    text_format(f.headline, sizeof f.headline,
                "%" PRIu64 " %s in plaintext with the partner's sender, not from its sending-hosts",
                plaintext, messages(plaintext));
    if (m->partner->sending_hosts.count == 0)
        text_copy(
            f.detail, sizeof f.detail,
            "the form has no sending-hosts, so nobody knows whether the partner sent them; seen");
    else
        text_copy(f.detail, sizeof f.detail, "anybody can write a sender; seen");
    add_examples(&f, &d->plaintext, "from");
    add(j, i, &f);
}

/* Whether the log has any mail to or from the partner. */
static bool has_mail(const struct mail_partner *m)
{
    return mail_tally_total(&m->sent) + m->sent.relayed + mail_tally_total(&m->received) +
               mail_tally_total(&m->other) >
           0;
}

/* Adds that the log has no mail of the i-th partner. Does nothing where it has, or where there is
 * no log. */
static void judge_presence(struct judgement *j, size_t i, const struct mail_partner *m)
{
    struct mail_found f;
    char period[40];

    if (!j->facts->log || has_mail(m))
        return;
    mail_found_init(&f, F_NO_MAIL_SEEN);
    text_duration(period, sizeof period, difftime(j->c->now, j->c->since));
    text_format(f.headline, sizeof f.headline, "no mail to or from the partner in the last %s",
                period);
    add(j, i, &f);
}

/* --- mail that waits --- */

/* Replaces the detail by the oldest message that waits. There must be one. */
static void add_oldest(struct mail_found *f, const struct judgement *j,
                       const struct mail_waiting *w)
{
    char age[40], since[40];

    text_duration(age, sizeof age, difftime(j->c->now, w->oldest));
    text_time(since, sizeof since, w->oldest);
    text_format(f->detail, sizeof f->detail, "the oldest is %s, since %s (%s)", w->queue_id, since,
                age);
}

/* Writes the time: "02:13 UTC" where it is on the day of j->c->now, else with the date. */
static void write_since(const struct judgement *j, time_t oldest, char *out, size_t cap)
{
    enum { DATE = 11 }; /* "2026-11-30 " */
    char now[40], then[40];

    text_time(now, sizeof now, j->c->now);
    text_time(then, sizeof then, oldest);
    if (memcmp(now, then, DATE) == 0)
        text_format(out, cap, "%.5s UTC", then + DATE);
    else
        text_copy(out, cap, then);
}

/* Adds that mail to the i-th partner waits because of the TLS of the partner: CRITICAL where it is
 * old or much, else WARNING. Does nothing where none waits. */
static void judge_waiting(struct judgement *j, size_t i, const struct mail_partner *m)
{
    const struct mail_waiting *w = &m->waiting;
    bool old = difftime(j->c->now, w->oldest) >= j->c->waiting;
    bool many = j->c->waiting_count > 0 && w->count >= j->c->waiting_count;
    char since[40];
    struct mail_found f;

    if (w->count == 0)
        return;
    mail_found_init(&f, F_MAIL_WAITING);
    f.state = old || many ? STATE_CRITICAL : STATE_WARNING;
    write_since(j, w->oldest, since, sizeof since);
    text_format(f.headline, sizeof f.headline, "%" PRIu64 " %s %s since %s: %s", w->count,
                messages(w->count), w->count == 1 ? "waits" : "wait", since, w->reason);
    add_oldest(&f, j, w);
    add(j, i, &f);
}

/* Adds that mail waits because of our own TLS. Does nothing where none waits. */
static void judge_broken(struct judgement *j)
{
    const struct mail_waiting *w = &j->facts->tally->broken;
    struct mail_found f;

    if (w->count == 0)
        return;
    mail_found_init(&f, F_OWN_TLS_BROKEN);
    text_format(f.headline, sizeof f.headline, "%" PRIu64 " %s %s because of our own TLS: %s",
                w->count, messages(w->count), w->count == 1 ? "waits" : "wait", w->reason);
    add_oldest(&f, j, w);
    add(j, FINDING_NONE, &f);
}

/* --- an address that was verified --- */

/* Adds what became of the latest probe that has a result, and that there should be one by now.
 * There must be a probe. */
static void judge_probe(struct judgement *j)
{
    const struct mail_probe *p = j->facts->probe;
    const struct partner *partner = j->facts->tally->partners[j->facts->probed].partner;
    struct mail_found f;

    if (p->answered) {
        judge_verification_answer(p, partner, &f);
        if (f.code == F_OWN_TLS_BROKEN)
            add(j, FINDING_NONE, &f);
        else
            add(j, j->facts->probed, &f);
    }
    if (judge_verification_is_late(p, j->c->now)) {
        judge_verification_late(p, &f);
        add(j, j->facts->probed, &f);
    }
}

/* --- what is not known --- */

/* Appends to the headline the services of a direction that do not log TLS and that sent or received
 * mail for which a form requires TLS. Returns how many messages; 0: nothing is appended. There must
 * be a log. */
static uint64_t add_silent(const struct judgement *j, bool inbound, struct mail_found *f)
{
    const struct maillog_summary *log = j->facts->log;
    uint64_t total = 0;

    for (size_t s = 0; s < log->service_count; s++) {
        uint64_t n = 0;

        for (size_t i = 0; i < j->facts->tally->count; i++) {
            const struct mail_partner *m = &j->facts->tally->partners[i];

            if (!inbound && m->partner->outbound && mail_found_requires_tls(m->partner))
                n += m->sent.no_tls_line[s];
            if (inbound && m->partner->inbound)
                n += m->received.no_tls_line[s];
        }
        if (n == 0 || log->services[s].logs_tls)
            continue;
        text_append(f->headline, sizeof f->headline, "%s%s", total > 0 ? ", " : "our ",
                    log->services[s].name);
        total += n;
    }
    return total;
}

/* Whether the log does not say anything about TLS of some of the partner's mail, in a direction
 * that its form is for and, outbound, for which it requires TLS. */
static bool is_silent(const struct mail_partner *m, bool inbound)
{
    if (inbound)
        return m->partner->inbound && m->received.count[MAILLOG_NOT_LOGGED] > 0;
    return m->partner->outbound && mail_found_requires_tls(m->partner) &&
           m->sent.count[MAILLOG_NOT_LOGGED] > 0;
}

/* Adds that services of a direction do not log TLS, and worsens the states of partners who had such
 * mail to UNKNOWN. Does nothing where no such service had mail that matters. There must be a
 * log. */
static void judge_silence(struct judgement *j, bool inbound)
{
    struct mail_found f;
    uint64_t n;

    mail_found_init(&f, F_OWN_LOG_LEVEL);
    n = add_silent(j, inbound, &f);
    if (n == 0)
        return;
    text_append(f.headline, sizeof f.headline,
                " does not log TLS: nothing is known about %" PRIu64 " %s %s", n,
                inbound ? "received" : "sent", messages(n));
    text_format(f.detail, sizeof f.detail,
                "expected %s = 1 in main.cf of Postfix, or tls_cipher and tls_certificate_verified "
                "in log_selector of Exim",
                inbound ? "smtpd_tls_loglevel" : "smtp_tls_loglevel");
    add(j, FINDING_NONE, &f);
    for (size_t i = 0; i < j->facts->tally->count; i++) {
        if (is_silent(&j->facts->tally->partners[i], inbound))
            j->v->states[i] = state_worse(j->v->states[i], state_of_us(j, &f));
    }
}

/* Adds a finding for each log, queue or form that could not be read; none where all were read. Each
 * partner's state worsens to that of a log or queue: part of the answer is missing for all. */
static void judge_problems(struct judgement *j)
{
    struct mail_found f;

    for (size_t i = 0; i < j->facts->problem_count; i++) {
        mail_found_init(&f, F_MAIL_LOG_UNREADABLE);
        text_copy(f.headline, sizeof f.headline, j->facts->problems[i].text);
        if (strlen(j->facts->problems[i].text) >= sizeof f.headline)
            text_copy(f.detail, sizeof f.detail, j->facts->problems[i].text);
        add(j, FINDING_NONE, &f);
    }
    for (size_t i = 0; j->facts->problem_count > 0 && i < j->facts->tally->count; i++)
        j->v->states[i] = state_worse(j->v->states[i], state_of_us(j, &f));
    for (size_t i = 0; i < j->facts->invalid_count; i++) {
        mail_found_init(&f, F_FORM_INVALID);
        text_copy(f.headline, sizeof f.headline, j->facts->invalid[i].text);
        add(j, FINDING_NONE, &f);
    }
}

/* --- */

/* Sorts the findings and sets `state` and `failed`. Where memory ran out the state is never OK. */
static void finish(struct judgement *j)
{
    struct mail_verdict *v = j->v;

    finding_list_sort(&v->findings);
    v->failed = v->failed || v->findings.failed;
    v->state = v->failed ? STATE_UNKNOWN : STATE_OK;
    for (size_t i = 0; i < v->findings.count; i++)
        v->state = state_worse(v->state, v->findings.at[i].state);
}

void judge_mail(const struct mail_judge *c, const struct mail_facts *f, struct mail_verdict *v)
{
    struct judgement j = {.c = c, .facts = f, .v = v};

    *v = (struct mail_verdict){0};
    v->states = calloc(f->tally->count + 1, sizeof *v->states);
    v->failed = !v->states;
    if (v->failed) {
        finish(&j);
        return;
    }
    for (size_t i = 0; i < f->tally->count; i++) {
        const struct mail_partner *m = &f->tally->partners[i];

        judge_sent(&j, i, m);
        judge_received(&j, i, m);
        judge_other(&j, i, m);
        judge_waiting(&j, i, m);
        judge_presence(&j, i, m);
    }
    judge_broken(&j);
    if (f->probe)
        judge_probe(&j);
    if (f->log) {
        judge_silence(&j, false);
        judge_silence(&j, true);
    }
    judge_problems(&j);
    finish(&j);
}

void judge_mail_clear(struct mail_verdict *v)
{
    finding_list_clear(&v->findings);
    free(v->states);
    *v = (struct mail_verdict){0};
}
