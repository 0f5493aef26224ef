/* SPDX-License-Identifier: BSD-2-Clause */
/* print_exim: the policy that forms require, as configuration of our own Exim (--print exim).
 *
 * Hides what Exim can say, and how. What it cannot say stands as a comment, never as something
 * weaker. It opens nothing. */
#ifndef PARTNER_PRINT_EXIM_H
#define PARTNER_PRINT_EXIM_H

#include "partner/print_common.h"

/* Routers, transports and an ACL. A router leaves names below its wildcards to the routers of other
 * partners that have them. False with `e` filled: out of memory. */
bool print_exim(const struct print_common_policy *a, struct text *out, struct error *e);

#endif
