/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_postfix: what a line of Postfix says (3.4 to 3.12).
 *
 * Hides the wording of Postfix's lines. Pure. */
#ifndef MTA_MAILLOG_POSTFIX_H
#define MTA_MAILLOG_POSTFIX_H

#include <stdbool.h>

#include "mta/maillog_event.h"
#include "mta/maillog_line.h"

/* Postfix's daemons whose lines matter. */
enum maillog_daemon {
    MAILLOG_NO_DAEMON,
    MAILLOG_CLIENT, /* smtp(8), lmtp(8) */
    MAILLOG_SERVER, /* smtpd(8) */
    MAILLOG_QUEUE,  /* qmgr(8) */
    MAILLOG_PICKUP  /* pickup(8) */
};

/* Whose line it is, by its tag "postfix/smtp" or "postfix-out/relay/smtp". */
enum maillog_daemon maillog_postfix_daemon(struct span tag);

/* Fills in *out but for its time. False: the line says nothing that matters. */
bool maillog_postfix_event(enum maillog_daemon daemon, const struct maillog_line *line,
                           struct maillog_event *out);

/* What the attribute tls= of a delivery says, without "tls=". */
enum maillog_tls maillog_postfix_tls(struct span value);

#endif
