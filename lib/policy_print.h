/* policy_print: the policy that forms ask for, as configuration of our own mail server.
 *
 * Hides what Postfix, Exim and OpenSMTPD can say of it, and how. What one of them cannot say stands
 * as a comment, never as something weaker. It opens nothing. */
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "own_problem.h"
#include "text.h"

struct policy_asked {
    const struct partner *partners;
    size_t count;
    const struct form_own *own;
    struct own_reader reader; /* asked for the transport table, where `own` names one */
};

/* A table for smtp_tls_policy_maps, with one for check_sender_access in its comments. No key stands
 * twice, for that would make Postfix refuse the table. False with `e` filled where the transport
 * table could not be asked or memory ran out, also for the other two. */
bool policy_print_postfix(const struct policy_asked *a, struct text *out, struct err *e);

/* Routers, transports and an ACL. */
bool policy_print_exim(const struct policy_asked *a, struct text *out, struct err *e);

/* Tables, actions and matches of smtpd.conf. */
bool policy_print_opensmtpd(const struct policy_asked *a, struct text *out, struct err *e);

#endif
