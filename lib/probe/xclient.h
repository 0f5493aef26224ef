/* SPDX-License-Identifier: BSD-2-Clause */
/* xclient: has a session go on as that of another client (Postfix's XCLIENT_README).
 *
 * Hides the attributes and the second EHLO. Only a listener of our own takes the command; whoever
 * may use it can pose as any client. */
#ifndef PROBE_XCLIENT_H
#define PROBE_XCLIENT_H

#include <stdbool.h>

#include "policy/tls_policy.h"
#include "smtp/smtp.h"

enum { XCLIENT_TEXT = 200 };

/* Sends XCLIENT with the client of `policy`, after an EHLO reply, and then EHLO. True: the server
 * goes on as with that client. False: `text` says why not, clean. */
bool xclient_run(struct smtp *s, const struct tls_policy *policy, const char *helo,
                 instant deadline, char text[XCLIENT_TEXT]);

#endif
