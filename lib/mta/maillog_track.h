/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_track: events of a mail log, in their order, to what became of each message.
 *
 * Hides which TLS line counts for which message. Memory is bounded: of processes and messages,
 * those that were not heard of for the longest time are forgotten.
 *
 * - Our client (smtp(8)): a TLS line counts for the deliveries of that process to the same
 *   host[address]:port, until the process reports a lost connection, a new one, or another relay. A
 *   delivery of another message is a new connection or a reused one. Since Postfix 3.4 each message
 *   that reuses a session with TLS has a line "TLS connection reused": without a line of its own, a
 *   message had no TLS. A delivery of the same message a minute later may be another attempt, of
 *   which nothing is known.
 * - Exim says in one line what a message went over. Only of a connection that another message had
 * before it forgets whether the server was verified.
 * - Our server (smtpd(8)): a TLS line counts for the messages that come after it in the session.
 * The counts in the line "disconnect" decide where there was none. */
#ifndef MTA_MAILLOG_TRACK_H
#define MTA_MAILLOG_TRACK_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/maillog_event.h"

enum { MAILLOG_SERVICES = 64, MAILLOG_SERVICE_NAME = 64 };

/* One kind of process of one instance. Beyond MAILLOG_SERVICES the last stands for the others. */
struct maillog_service {
    char name[MAILLOG_SERVICE_NAME]; /* "postfix/smtp", clean */
    bool inbound;
    bool logs_tls; /* it has logged TLS in the period */
};

/* One recipient of a message that we sent, or one message that we received. The spans are hostile
 * text, and are there during the call of the sink only. */
struct maillog_delivery {
    time_t at;
    bool inbound;
    enum maillog_tls tls; /* MAILLOG_NOT_LOGGED: plaintext, if the service logs TLS at all */
    enum maillog_status status;
    size_t service;
    void *owner; /* as in maillog_event, as the rest is */
    struct span queue_id, address, peer, reason;
};

typedef void maillog_sink(void *ctx, const struct maillog_delivery *d);

/* A message that a local program has submitted. The spans are as in maillog_delivery. */
struct maillog_submission {
    time_t at;
    struct span queue_id, sender;
};

typedef void maillog_submission_sink(void *ctx, const struct maillog_submission *s);

struct maillog_track;

/* Messages before `since` are not passed on. NULL: out of memory. */
struct maillog_track *maillog_track_new(time_t since, maillog_sink *sink, void *ctx);

/* Has messages that local programs have submitted passed on, too, with the ctx of the other sink.
 */
void maillog_track_submissions(struct maillog_track *t, maillog_submission_sink *sink);

void maillog_track_free(struct maillog_track *t);

/* Sets the keys of an event, which maillog_track_event requires. Any number of threads may do so,
 * also while events are tracked. */
void maillog_track_prepare(const struct maillog_track *t, struct maillog_event *e);

/* Has the processor fetch what maillog_track_event will look at. */
void maillog_track_expect(const struct maillog_track *t, const struct maillog_event *e);

/* Takes an event, prepared and with its time, in the order of the log. */
void maillog_track_event(struct maillog_track *t, const struct maillog_event *e);

/* The log is over: messages whose session is not are passed on as MAILLOG_UNKNOWN. */
void maillog_track_end(struct maillog_track *t);

const struct maillog_service *maillog_track_services(const struct maillog_track *t, size_t *count);

#endif
