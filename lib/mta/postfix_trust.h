/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_trust: whether a Postfix client can meet a TLS policy: certificates of CAs, its own
 * certificate, DNSSEC, STARTTLS. Looks at the files that parameters name. */
#ifndef MTA_POSTFIX_TRUST_H
#define MTA_POSTFIX_TRUST_H

#include "mta/postfix_entry.h"
#include "mta/postfix_tls.h"

/* Appends to the hop's facts what keeps the client from meeting the hop's policy. `entry`: that
 * was found for it, with its source in the hop; NULL: none. */
void postfix_trust_check(const struct postfix_client *c, const struct postfix_entry *entry,
                         struct mta_hop *hop);

#endif
