/* SPDX-License-Identifier: BSD-2-Clause */
/* print_opensmtpd: the policy that forms require, as part of our own smtpd.conf (--print
 * opensmtpd).
 *
 * Hides what OpenSMTPD can say, and how. What it cannot say stands as a comment, never as something
 * weaker. It opens nothing. */
#ifndef PARTNER_PRINT_OPENSMTPD_H
#define PARTNER_PRINT_OPENSMTPD_H

#include "partner/print_common.h"

/* Tables, actions and matches. False with `e` filled where the order of the partners would give a
 * name to another one's wildcard, or memory ran out. */
bool print_opensmtpd(const struct print_common_policy *a, struct text *out, struct error *e);

#endif
