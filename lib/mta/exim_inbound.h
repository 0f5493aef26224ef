/* SPDX-License-Identifier: BSD-2-Clause */
/* exim_inbound: asks Exim whether it refuses a client's mail in plaintext (exim -bh).
 *
 * exim -bh has no TLS: a refusal for another reason cannot be told apart by a second try. */
#ifndef MTA_EXIM_INBOUND_H
#define MTA_EXIM_INBOUND_H

#include "mta/exim_program.h"

/* Adds a refusal to the server for each client that is asked about. False with `e` filled: memory,
 * or no process could be made. */
bool exim_inbound_ask(struct exim_program *p, struct error *e);

#endif
