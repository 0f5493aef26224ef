/* SPDX-License-Identifier: BSD-2-Clause */
/* target: what was asked for: a host, a domain or a mailbox, and what it is to the partner whose
 * form names it. Pure data. */
#ifndef PROBE_TARGET_H
#define PROBE_TARGET_H

#include <stddef.h>

#include "policy/tls_policy.h"

/* TARGET_WILDCARD: the MX records that "*.example.com" stands for, where the zone has it.
 * TARGET_NAME: nothing is looked up, the name is what findings are about. */
enum target_kind { TARGET_HOST, TARGET_DOMAIN, TARGET_MAILBOX, TARGET_WILDCARD, TARGET_NAME };

enum target_role {
    TARGET_ASKED,          /* by the command line: it is no partner's */
    TARGET_PARTNER_DOMAIN, /* mail to the partner goes there */
    TARGET_DECLARED,       /* a gateway that the partner's form declares */
    TARGET_OWN_GATEWAY,    /* one of ours, which must refuse mail from a domain in plaintext */
    TARGET_SENDER          /* a domain that only our own mail servers are asked about */
};

/* Strings are the asker's and must outlive the resolution. */
struct target {
    enum target_kind kind;
    enum target_role role;
    size_t partner;        /* the partner's index, unless the role is TARGET_ASKED. The targets of
                              one partner are next to each other */
    const char *name;      /* host or domain in ASCII form, or for TARGET_HOST an address literal */
    const char *domain;    /* TARGET_OWN_GATEWAY: the partner's domain that the mail is from;
                              otherwise NULL */
    const char *recipient; /* TARGET_MAILBOX: the whole address, else NULL */
    unsigned port;         /* of its gateways */
    const struct tls_policy *policy;
};

#endif
