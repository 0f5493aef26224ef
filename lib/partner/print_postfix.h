/* SPDX-License-Identifier: BSD-2-Clause */
/* print_postfix: the policy that forms require, as tables of our own Postfix (--print postfix).
 *
 * Hides what Postfix can say, and how. What it cannot say stands as a comment, never as something
 * weaker. It opens nothing. */
#ifndef PARTNER_PRINT_POSTFIX_H
#define PARTNER_PRINT_POSTFIX_H

#include "partner/print_common.h"

/* A table for smtp_tls_policy_maps, with one for check_sender_access in its comments. No key is in
 * it twice, because Postfix would refuse the table. A name below a wildcard has no key,
 * unless a narrower wildcard of another partner would take it. False with `e` filled where our
 * Postfix could not be asked about next hops or memory ran out. */
bool print_postfix(const struct print_common_policy *a, struct text *out, struct error *e);

/* The smtp_tls_policy_maps entry that the form requires. False: more than Postfix's syntax can say,
 * or than `cap` holds. */
bool print_postfix_entry(const struct partner *p, const struct form_own *own, char *dst,
                         size_t cap);

#endif
