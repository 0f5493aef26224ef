/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_settings: what a Postfix instance says now of its networks, and of what it logs. */
#ifndef MTA_MAILLOG_SETTINGS_H
#define MTA_MAILLOG_SETTINGS_H

#include <stdbool.h>

#include "base/deadline.h"
#include "base/error.h"

enum { MAILLOG_SETTINGS_NETWORKS = 8192 };

struct maillog_settings {
    char networks[MAILLOG_SETTINGS_NETWORKS]; /* mynetworks, as postconf prints them */
    char syslog_name[64];
    char delimiter; /* of an address and its extension: recipient_delimiter; '+' unless that says
                       otherwise */
    bool client_logs, server_logs; /* smtp_tls_loglevel, smtpd_tls_loglevel is 1 or more, and no
                                      service of master.cf says 0 */
};

/* Asks the instance of a configuration directory. False with `e` filled: why not. */
bool maillog_settings_ask(const char *directory, instant deadline, struct maillog_settings *out,
                          struct error *e);

/* Whether a service of that name, "postfix/smtp", is the instance's and logs TLS now. One with a
 * syslog_name of its own, "postfix/relay/smtp", may log otherwise. */
bool maillog_settings_logs(const struct maillog_settings *s, const char *service, bool inbound);

#endif
