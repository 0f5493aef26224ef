/* SPDX-License-Identifier: BSD-2-Clause */
#include "mta/mail_probe.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/process.h"
#include "base/process_answer.h"
#include "base/text.h"

enum {
    OUTPUT_MAX = 65536,
    LOCAL_MAX = 64, /* bytes of a local part (RFC 5321 4.5.3.1.1) */
    DIGITS_MAX = 12,
    CLOCKS_DIFFER = 60, /* seconds by which a probe may seem to be later than its line in the log */
    LONGEST = 3600      /* seconds after its line within which its result counts */
};

bool mail_probe_begin(struct mail_probe *p, const char *sender, char delimiter, const char *id,
                      struct error *e)
{
    const char *at = strrchr(sender, '@');

    *p = (struct mail_probe){0};
    if (!at || strchr(sender, '"'))
        return error_set(e, ERROR_FILE, "verify-sender: \"%.100s\" cannot take an extension",
                         sender);
    text_format(p->prefix, sizeof p->prefix, "%.*s%ctls-%s-", (int)(at - sender), sender, delimiter,
                id);
    text_copy(p->domain, sizeof p->domain, at);
    if (strlen(p->prefix) + DIGITS_MAX <= LOCAL_MAX)
        return true;
    return error_set(e, ERROR_FILE,
                     "verify-sender: \"%.100s\" is too long: with the extension \"tls-%.40s-TIME\" "
                     "it has more than %d bytes before the @",
                     sender, id, LOCAL_MAX);
}

/* Has a probe that began then be the latest, of which the log has nothing yet. */
static void replace(struct mail_probe *p, time_t begun)
{
    if (p->done || p->waits == 0)
        p->waits = begun;
    p->begun = begun;
    p->queue_id[0] = '\0';
    p->done = false;
}

/* --- the log --- */

/* When the probe was whose sender this is, without angle brackets, in any case of letters; 0: it is
 * none of ours. Whether that time can be is not checked. */
static time_t time_of(const struct mail_probe *p, struct span sender)
{
    struct span digits, domain;
    int64_t n = 0;
    size_t len = strlen(p->prefix);

    if (sender.len <= len || !span_is_folded((struct span){sender.at, len}, p->prefix))
        return 0;
    domain = (struct span){sender.at + len, sender.len - len};
    digits = span_until(&domain, '@');
    if (digits.len == 0 || digits.len > DIGITS_MAX || !span_is_folded(domain, p->domain + 1))
        return 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return 0;
        n = n * 10 + (digits.at[i] - '0');
    }
    return (time_t)n;
}

void mail_probe_submission(struct mail_probe *p, const struct maillog_submission *s)
{
    time_t begun = time_of(p, s->sender);

    if (begun == 0 || begun < p->begun || begun > s->at + CLOCKS_DIFFER) {
        if (span_is(s->queue_id, p->queue_id))
            p->queue_id[0] = '\0';
        return;
    }
    replace(p, begun);
    p->logged = s->at;
    text_clean(p->queue_id, sizeof p->queue_id, s->queue_id.at, s->queue_id.len);
}

/* Copies what the log says of the latest probe. */
static void keep(struct mail_probe *p, const struct maillog_delivery *d)
{
    struct mail_probe_answer *a = &p->answer;
    struct span reason = d->reason;

    if (span_skip(&reason, "(") && reason.len > 0)
        reason.len--; /* the last byte is ')' */
    a->deliverable = d->status == MAILLOG_DELIVERABLE;
    a->at = d->at;
    a->tls = d->tls;
    a->service = d->service;
    text_copy(a->queue_id, sizeof a->queue_id, p->queue_id);
    text_clean(a->address, sizeof a->address, d->address.at, d->address.len);
    text_clean(a->peer, sizeof a->peer, d->peer.at, d->peer.len);
    text_clean(a->reason, sizeof a->reason, reason.at, reason.len);
}

void mail_probe_result(struct mail_probe *p, const struct maillog_delivery *d)
{
    bool deliverable = d->status == MAILLOG_DELIVERABLE;

    if (!deliverable && d->status != MAILLOG_UNDELIVERABLE)
        return;
    if (p->queue_id[0] == '\0' || !span_is(d->queue_id, p->queue_id))
        return;
    if (d->at > p->logged + LONGEST || (p->done && (deliverable || !p->answer.deliverable)))
        return;
    keep(p, d);
    p->answered = true;
    p->done = true;
    p->waits = 0;
}

void mail_probe_finish(struct mail_probe *p, const struct maillog_service *services, size_t count)
{
    struct mail_probe_answer *a = &p->answer;

    if (p->answered && a->tls == MAILLOG_NOT_LOGGED && a->service < count &&
        services[a->service].logs_tls)
        a->tls = MAILLOG_PLAINTEXT;
    a->service = SIZE_MAX;
}

/* --- sendmail --- */

bool mail_probe_start(struct mail_probe *p, const char *directory, const char *address, time_t now,
                      instant deadline, struct error *e)
{
    char sender[2 * MAIL_PROBE_SENDER];
    const char *const argv[] = {"sendmail", "-C", directory, "-bv", "-f",
                                sender,     "--", address,   NULL};
    struct process_task task = {
        .argv = argv, .output_max = OUTPUT_MAX, .drop_errors = true, .deadline = deadline};
    struct process_result r;
    bool ok;

    text_format(sender, sizeof sender, "%s%" PRId64 "%s", p->prefix, (int64_t)now, p->domain);
    if (!process_run(&task, &r, e))
        return false;
    ok = process_answer_came(&r, "sendmail -bv", e);
    process_result_free(&r);
    if (!ok)
        return false;
    replace(p, now);
    return true;
}
