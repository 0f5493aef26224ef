/* SPDX-License-Identifier: BSD-2-Clause */
/* hostname: names of hosts and domains, and mailboxes, as people write them, to the form that DNS
 * and SMTP take.
 *
 * Hides the syntax, and libidn2, which is loaded for a name that needs it. Each returns NULL with
 * the error's text, in front of which the caller puts where the value is. The strings that are
 * returned are the caller's to free, unless they are empty. */
#ifndef POLICY_HOSTNAME_H
#define POLICY_HOSTNAME_H

#include "base/error.h"

/* A host or domain name in ASCII form, lower case (IDNA2008, RFC 5891 5). */
const char *hostname_ascii(const char *value, struct error *e);

/* The same, or an address literal, also in brackets (RFC 5321 4.1.3). */
const char *hostname_or_address(const char *value, struct error *e);

/* "ADDRESS" or "ADDRESS,NAME", for XCLIENT; *name is NULL where there is none. Both are to be freed
 * once they were filled. False with the error's text. */
bool hostname_xclient(const char *value, const char **address, const char **name, struct error *e);

/* local@domain (RFC 5321 4.1.2; UTF-8 in the local part, RFC 6531) with the domain in ASCII form,
 * which *domain points to if it is wanted. */
const char *hostname_mailbox(const char *value, const char **domain, struct error *e);

/* A reverse-path (RFC 5321 4.1.2): "<>", which is returned as "", or an address with or without
 * angle brackets. */
const char *hostname_sender(const char *value, struct error *e);

#endif
