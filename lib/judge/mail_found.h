/* SPDX-License-Identifier: BSD-2-Clause */
/* mail_found: a finding about mail while it is put together, and what several of them need. */
#ifndef JUDGE_MAIL_FOUND_H
#define JUDGE_MAIL_FOUND_H

#include <stdbool.h>

#include "judge/finding_list.h"
#include "mta/maillog_event.h"
#include "partner/form.h"

enum { MAIL_FOUND_DETAIL = 1200 }; /* room for five messages with long names of hosts */

struct mail_found {
    enum finding_code code;
    enum state state;
    char headline[FINDING_HEADLINE], detail[MAIL_FOUND_DETAIL];
};

/* Begins a finding with the code's own state and without texts. */
void mail_found_init(struct mail_found *f, enum finding_code code);

/* What is known about TLS of one message, in words; static, never NULL. */
const char *mail_found_seen(enum maillog_tls tls);

/* Whether mail that we send to the partner in plaintext is a fault, by the level alone. Level dane
 * falls back to plaintext without TLSA records; nobody knows here whether there were some. */
bool mail_found_requires_tls(const struct partner *p);

/* Whether mail that we send to a server that was not verified is a fault, by the level alone. */
bool mail_found_requires_certificate(const struct partner *p);

#endif
