/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge/judge_verification.h"

#include "base/span.h"
#include "base/text.h"
#include "mta/mail_queue.h"

enum {
    DUE = 600,        /* seconds after which there should be a result */
    STALE = 3 * 3600, /* seconds for which one counts while nothing newer is in the log */
};

/* Sets state and headline by the TLS over which the address, a->deliverable, was verified. */
static void judge_deliverable(const struct mail_probe_answer *a, const struct partner *partner,
                              struct mail_found *f)
{
    bool requires_tls = mail_found_requires_tls(partner);

    f->state = STATE_OK;
    if (a->tls < MAILLOG_PLAINTEXT && requires_tls)
        f->state = STATE_UNKNOWN;
    if (a->tls == MAILLOG_PLAINTEXT && requires_tls)
        f->state = STATE_CRITICAL;
    if (a->tls > MAILLOG_PLAINTEXT && a->tls < MAILLOG_VERIFIED &&
        mail_found_requires_certificate(partner))
        f->state = STATE_CRITICAL;
    text_format(f->headline, sizeof f->headline, "%.70s is deliverable (%s)", a->address,
                mail_found_seen(a->tls));
}

/* Sets the headline; the state where the reason is not TLS; the code where it is our own TLS. */
static void judge_undeliverable(const struct mail_probe_answer *a, struct mail_found *f)
{
    enum mail_queue_cause cause = mail_queue_cause(span_of(a->reason));

    text_format(f->headline, sizeof f->headline, "%.70s is undeliverable: %s", a->address,
                a->reason);
    if (cause == MAIL_QUEUE_OTHER)
        f->state = STATE_WARNING;
    if (cause == MAIL_QUEUE_OURS)
        f->code = F_OWN_TLS_BROKEN;
}

void judge_verification_answer(const struct mail_probe *p, const struct partner *partner,
                               struct mail_found *f)
{
    const struct mail_probe_answer *a = &p->answer;
    char when[40];

    mail_found_init(f, F_ADDRESS_VERIFICATION);
    text_time(when, sizeof when, a->at);
    text_format(f->detail, sizeof f->detail, "expected TLS level %s; seen %s to %s at %s",
                tls_policy_level_name(partner->level), a->queue_id, a->peer, when);
    if (!p->done) {
        text_time(when, sizeof when, p->begun);
        text_append(f->detail, sizeof f->detail, "; the next verification began at %s", when);
    }
    if (a->deliverable)
        judge_deliverable(a, partner, f);
    else
        judge_undeliverable(a, f);
}

bool judge_verification_is_late(const struct mail_probe *p, time_t now)
{
    if (p->done)
        return false;
    if (!p->answered || difftime(now, p->waits) >= DUE)
        return true;
    return p->queue_id[0] == '\0' && difftime(now, p->answer.at) >= STALE;
}

void judge_verification_late(const struct mail_probe *p, struct mail_found *f)
{
    char when[40];

    mail_found_init(f, F_ADDRESS_VERIFICATION);
    f->state = STATE_UNKNOWN;
    text_time(when, sizeof when, p->waits);
    text_format(f->headline, sizeof f->headline,
                "the log has no result yet of the verification that began at %s", when);
}
