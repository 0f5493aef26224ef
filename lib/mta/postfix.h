/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix: asks an instance of Postfix where it sends mail for recipients, and with what TLS
 * policy.
 *
 * Hides postconf(1) and postmap(1), the order in which Postfix looks for a next hop
 * (trivial-rewrite(8), transport(5)), and the syntax of its TLS policy (postconf(5), TLS_README).
 * The programs read parameters and tables; only their order and their meaning are known here. */
#ifndef MTA_POSTFIX_H
#define MTA_POSTFIX_H

#include <stdbool.h>

#include "base/error.h"
#include "mta/mta_facts.h"

/* Asks the instance whose configuration is in `directory`, an absolute path. Fills *out, which
 * mta_facts_free frees in any case: what cannot be asked is a fact. False with `e` filled: memory,
 * or no process could be made. `ask` must outlive the call only. */
bool postfix_ask(const char *directory, const struct mta_ask *ask, struct mta_server *out,
                 struct error *e);

#endif
