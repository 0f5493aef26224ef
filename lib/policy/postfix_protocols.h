/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_protocols: which versions of TLS a list of protocols leaves, as Postfix has it in
 * smtp_tls_mandatory_protocols and in the protocols of a policy entry.
 *
 * Hides its two syntaxes: limits (">=TLSv1.2"), and names and exclusions ("!SSLv3"). Pure. */
#ifndef POLICY_POSTFIX_PROTOCOLS_H
#define POLICY_POSTFIX_PROTOCOLS_H

#include <stdbool.h>

/* Versions as on the wire: 0x0303 is TLS 1.2. */
struct postfix_protocols {
    int lowest;  /* 0: SSL 3, or none at all */
    int highest; /* 0: none at all */
};

/* False: Postfix cannot read the list; *out is then zeroed. */
bool postfix_protocols_read(const char *list, struct postfix_protocols *out);

#endif
