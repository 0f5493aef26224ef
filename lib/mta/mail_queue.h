/* SPDX-License-Identifier: BSD-2-Clause */
/* mail_queue: the mail that waits in our queues, and whether it waits because of TLS.
 *
 * Hides what postqueue and exim print. */
#ifndef MTA_MAIL_QUEUE_H
#define MTA_MAIL_QUEUE_H

#include <stdbool.h>
#include <time.h>

#include "base/deadline.h"
#include "base/error.h"
#include "base/span.h"

/* One recipient of a message that waits. The spans are hostile text, and are there during the call
 * of the sink only. */
struct mail_queue_entry {
    time_t arrived;
    struct span queue_id, address;
    struct span reason; /* "": Exim's queue does not say it, its log does */
};

typedef void mail_queue_sink(void *ctx, const struct mail_queue_entry *entry);

/* Asks the Postfix instance of a configuration directory. False with `e` filled: why not, with the
 * cure. */
bool mail_queue_postfix(const char *directory, instant deadline, mail_queue_sink *sink, void *ctx,
                        struct error *e);

/* Asks Exim; `configuration` is "default" or a file, as for exim -C. */
bool mail_queue_exim(const char *configuration, instant deadline, mail_queue_sink *sink, void *ctx,
                     struct error *e);

enum mail_queue_cause {
    MAIL_QUEUE_OTHER,    /* not TLS: time-outs, greylisting, ... */
    MAIL_QUEUE_PARTNERS, /* the partner's TLS */
    MAIL_QUEUE_OURS      /* ours */
};

/* Whose TLS is the reason for which a mail server says that mail waits. */
enum mail_queue_cause mail_queue_cause(struct span reason);

#endif
