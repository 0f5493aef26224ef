/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_event: what one line of a mail log says that matters here. Pure data; spans point into
 * the line, and are hostile text. */
#ifndef MTA_MAILLOG_EVENT_H
#define MTA_MAILLOG_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/span.h"

/* Over what a message went. */
enum maillog_tls {
    MAILLOG_UNKNOWN,    /* the lines contradict each other, or the log ends before they say */
    MAILLOG_NOT_LOGGED, /* no TLS line: plaintext, if that service logs TLS at all */
    MAILLOG_PLAINTEXT,
    MAILLOG_ENCRYPTED, /* TLS; no certificate, or one that did not verify */
    MAILLOG_TRUSTED,   /* a certificate of a CA that we trust, its name was not looked at */
    MAILLOG_VERIFIED,  /* and its name is the one that was due; or DANE, or a fingerprint */
    MAILLOG_TLS_COUNT
};

enum maillog_status {
    MAILLOG_SENT,
    MAILLOG_DEFERRED,
    MAILLOG_BOUNCED,
    MAILLOG_DELIVERABLE, /* of an address that was verified: no message was sent */
    MAILLOG_UNDELIVERABLE
};

enum maillog_event_kind {
    MAILLOG_CLIENT_TLS,  /* our client has TLS with `peer` */
    MAILLOG_CLIENT_LOST, /* our client has lost a session, or could not begin one */
    MAILLOG_DELIVERY,    /* our client is done with one recipient, `address` */
    MAILLOG_SUBMITTED,   /* a local program has submitted a message with the sender `address` */
    MAILLOG_SERVER_CONNECT,
    MAILLOG_SERVER_TLS,
    MAILLOG_SERVER_MESSAGE, /* our server got a queue id for a message of `peer` */
    MAILLOG_SERVER_END,     /* `tls` is what the counts of the line say, or MAILLOG_UNKNOWN */
    MAILLOG_SENDER,         /* `address` is the sender of a message */
    MAILLOG_RECEIVED        /* a message with sender, peer and TLS, in one line */
};

struct maillog_event {
    enum maillog_event_kind kind;
    enum maillog_tls tls;
    enum maillog_status status;
    bool tls_given; /* the line itself says over what the message went */
    bool continued; /* over a connection that other messages had before, of which Exim forgets
                       whether the server was verified */
    bool wrapper;   /* the listener may have TLS from the first byte, which is not counted */
    bool unwanted;  /* the message is not passed on */
    bool cut;       /* the line goes on elsewhere, and may say there that `tls` is another */
    uint32_t pid;
    time_t at;
    uint64_t service, message, connection; /* keys, by maillog_track_prepare */
    void *owner;                           /* whose the message is; NULL: nobody's, or not known */
    struct span tag;                       /* the service, "postfix/smtp" */
    struct span queue_id;                  /* empty: none */
    struct span address;   /* without angle brackets; empty: the null reverse-path */
    struct span peer;      /* "host[address]:port", "host[address]", "host [address]:port"; of
                              MAILLOG_SERVER_MESSAGE, but of no other event of our server */
    struct span transport; /* of Exim; empty: none */
    struct span reason;    /* why it was deferred or returned; "" where it was sent */
};

/* Begins an event of a line, of which nothing else is known yet. Member by member, because clearing
 * so large a struct as a whole takes as long as reading a short line. */
static inline void maillog_event_begin(struct maillog_event *e, struct span tag, uint32_t pid)
{
    e->kind = MAILLOG_CLIENT_TLS;
    e->tls = MAILLOG_UNKNOWN;
    e->status = MAILLOG_SENT;
    e->tls_given = e->continued = e->wrapper = e->unwanted = e->cut = false;
    e->pid = pid;
    e->at = 0;
    e->service = e->message = e->connection = 0;
    e->owner = NULL;
    e->tag = tag;
    e->queue_id = e->address = e->peer = e->transport = e->reason = (struct span){0};
}

#endif
