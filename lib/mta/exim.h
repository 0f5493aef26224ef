/* SPDX-License-Identifier: BSD-2-Clause */
/* exim: asks Exim where it sends mail for recipients, and with what TLS options; and whether it
 * refuses a client's mail in plaintext.
 *
 * Hides exim -bt, -bP and -bh, and which options of routers and smtp transports decide about TLS
 * (Exim specification, chapters 30 and 43). */
#ifndef MTA_EXIM_H
#define MTA_EXIM_H

#include <stdbool.h>

#include "base/error.h"
#include "mta/mta_facts.h"

/* Asks Exim with its own configuration, or with the file `config` (exim -C, which drops root);
 * NULL: its own. Fills *out, which mta_facts_free frees in any case: what cannot be asked is a
 * fact. False with `e` filled: memory, or no process could be made. `ask` must outlive the call
 * only. */
bool exim_ask(const char *config, const struct mta_ask *ask, struct mta_server *out,
              struct error *e);

#endif
