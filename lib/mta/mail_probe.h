/* SPDX-License-Identifier: BSD-2-Clause */
/* mail_probe: has Postfix verify an address of a partner, and finds the result in the log.
 *
 * Hides `sendmail -bv`, which has the mail server go as far as RCPT TO, and how such a probe is
 * known again. Its sender is a mailbox of ours with an extension of its own,
 * "probe+tls-tuv-1796018400@example.com": by that the log says when the latest probe of a partner
 * was, and no file has to remember it. */
#ifndef MTA_MAIL_PROBE_H
#define MTA_MAIL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/deadline.h"
#include "base/error.h"
#include "mta/maillog_track.h"

enum { MAIL_PROBE_SENDER = 320, MAIL_PROBE_TEXT = 128 };

/* The result of one probe, as the log has it. The texts are clean. */
struct mail_probe_answer {
    char queue_id[MAIL_PROBE_TEXT];
    bool deliverable;
    time_t at;
    enum maillog_tls tls;
    size_t service; /* whose TLS it is, as in struct maillog_delivery; mail_probe_finish ends it */
    char address[MAIL_PROBE_TEXT], peer[MAIL_PROBE_TEXT], reason[MAIL_PROBE_TEXT];
};

/* What the log says of the latest probe of one partner, and of the latest result. */
struct mail_probe {
    char prefix[MAIL_PROBE_SENDER]; /* of the sender, up to the number: "probe+tls-tuv-" */
    char domain[MAIL_PROBE_SENDER]; /* of the sender: "@example.com" */
    time_t begun;                   /* the number: when it was; 0: none is in the log */
    time_t logged;                  /* the time of the line that has it */
    char queue_id[MAIL_PROBE_TEXT]; /* "": the log does not have it yet, or the id is another's by
                                       now */
    bool done;                      /* `answer` is that of the latest probe */
    time_t waits;                   /* when the first probe began of which there should have been a
                                       result since; 0: the latest is done, or there is none */
    bool answered; /* there is an answer: the latest probe's, or an earlier one's */
    struct mail_probe_answer answer;
};

/* Begins a probe of the partner `id`, with a mailbox of ours as sender; `delimiter` is Postfix's
 * recipient_delimiter. False with `e` filled: the mailbox is too long, or has quotes. */
bool mail_probe_begin(struct mail_probe *p, const char *sender, char delimiter, const char *id,
                      struct error *e);

/* Takes a message that was submitted out of the log; others than probes only end a probe whose
 * queue id they have. The latest probe takes the place of those before, but their answer stays
 * until it has its own. Only pickup(8) is believed: anybody can write a sender in a message that
 * comes from elsewhere. */
void mail_probe_submission(struct mail_probe *p, const struct maillog_submission *s);

/* Takes a result out of the log, after its sender; those of other messages change nothing, nor one
 * an hour later: Postfix uses short queue ids again. Where an address stands for several, one that
 * is not deliverable decides. */
void mail_probe_result(struct mail_probe *p, const struct maillog_delivery *d);

/* Once the log is read: without a TLS line of a service that logs TLS there was none. An answer
 * that stays from an earlier reading is not looked at again. */
void mail_probe_finish(struct mail_probe *p, const struct maillog_service *services, size_t count);

/* Has the Postfix of a configuration directory verify the address, `now`. False with `e` filled:
 * why not. */
bool mail_probe_start(struct mail_probe *p, const char *directory, const char *address, time_t now,
                      instant deadline, struct error *e);

#endif
