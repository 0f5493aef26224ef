/* SPDX-License-Identifier: BSD-2-Clause */
/* mail_tally: what a mail log says of each partner's mail, counted.
 *
 * Hides whose a message is, and which messages do not count: those of loopback, of sockets, and of
 * our own networks are on their way through our own hops. Texts in it are clean. */
#ifndef PARTNER_MAIL_TALLY_H
#define PARTNER_MAIL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/hash.h"
#include "base/network.h"
#include "mta/mail_queue.h"
#include "mta/maillog_track.h"
#include "partner/form.h"
#include "partner/mail_examples.h"

enum { MAIL_REASON = 112 };

struct mail_direction {
    uint64_t count[MAILLOG_TLS_COUNT];
    uint64_t no_tls_line[MAILLOG_SERVICES]; /* by service; added to `count` by mail_tally_finish */
    uint64_t relayed;                       /* went to a relay of ours; not in the other counts */
    /* Silent: without a TLS line. Unverified: of mail that was sent. */
    struct mail_examples plaintext, silent, unverified;
};

/* Recipients for whom mail waits because of TLS. */
struct mail_waiting {
    uint64_t count;
    time_t oldest;                /* when the message that waits longest arrived */
    char queue_id[MAIL_QUEUE_ID]; /* of that message, */
    char reason[MAIL_REASON];     /* and why it waits */
};

struct mail_partner {
    const struct partner *partner;
    struct mail_direction sent, received;
    struct mail_direction other; /* from hosts that are none of its sending-hosts */
    struct mail_waiting waiting; /* because of the partner's TLS */
    struct network *hosts;       /* those of its sending-hosts that are addresses or networks */
    size_t host_count;
};

/* A domain or wildcard of a partner, which the form owns. */
struct mail_name {
    const char *text;
    size_t partner; /* index */
};

enum { MAIL_DEFERRALS = 4096 };

/* Why a message was deferred, out of the log; Exim's queue does not say it. And why the latest
 * message to a domain was, for Exim does not try those that come while a host waits to be tried
 * again. */
struct mail_deferral {
    uint64_t of; /* the code of a queue id, or of a domain; 0: free */
    char reason[MAIL_REASON];
};

/* Begins zeroed. */
struct mail_tally {
    struct mail_partner *partners;
    size_t count;
    struct mail_name *names; /* of the partners */
    size_t name_count;
    struct hash domains; /* indices of names */
    uint64_t seed;       /* of the codes in it */
    bool wildcards;
    const struct form_own *own;
    struct network *internal; /* what does not count */
    size_t internal_count;
    struct mail_deferral *deferrals; /* MAIL_DEFERRALS of them, by the code: the latest stay */
    struct mail_waiting broken;      /* mail to any partner that waits because of our own TLS */
};

/* Begins to count for all partners of the form, or for `only`. The form must outlive the tally.
 * False: memory; mail_tally_clear frees in any case. */
bool mail_tally_begin(struct mail_tally *t, const struct form *form, const struct partner *only);

/* Adds networks whose sessions do not count, divided by blanks or commas; what is no network is
 * passed over. False: memory. */
bool mail_tally_internal(struct mail_tally *t, const char *networks);

/* The maillog_owner_of of a tally, which is `ctx`: the partner whose domain a mail address has.
 * Several threads may call it, also while mail is counted. NULL: none. */
void *mail_tally_owner(void *ctx, struct span address);

/* The maillog_sink of a tally, which is `ctx`. An owner that is given is mail_tally_owner's. */
void mail_tally_add(void *ctx, const struct maillog_delivery *d);

/* The mail_queue_sink of a tally, which is `ctx`. After the log. */
void mail_tally_waiting(void *ctx, const struct mail_queue_entry *entry);

/* Once the log is read: a message without a TLS line of a service that logs TLS had none. */
void mail_tally_finish(struct mail_tally *t, const struct maillog_service *services, size_t count);

void mail_tally_clear(struct mail_tally *t);

/* The partner whose domain a mail address has; NULL: none. */
struct mail_partner *mail_tally_partner(struct mail_tally *t, struct span address);

/* All messages of a direction, those unknown included. */
uint64_t mail_tally_total(const struct mail_direction *d);

/* Those of which nothing can be said. */
uint64_t mail_tally_unknown(const struct mail_direction *d);

#endif
