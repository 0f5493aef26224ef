/* SPDX-License-Identifier: BSD-2-Clause */
/* postfix_tls: with what TLS policy smtp(8) or lmtp(8) sends to a next hop.
 *
 * Hides the keys under which smtp_tls_policy_maps is searched, what main.cf has where an entry says
 * nothing (postconf(5), TLS_README), and what keeps Postfix from meeting the policy. */
#ifndef MTA_POSTFIX_TLS_H
#define MTA_POSTFIX_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "mta/postfix_settings.h"
#include "mta/postfix_tables.h"

struct postfix_client {
    struct postfix_instance *instance;
    const struct postfix_service *service; /* its parameters are known */
    struct postfix_tables *tables;
    const char *queue_directory; /* the root of services that are in a chroot */
    const char *prefix;          /* of its parameters: "smtp_", "lmtp_" */
    int version;                 /* 307 is 3.7 */
    int openssl;                 /* that Postfix runs with: 3 is 3.x; 0: not known */
};

/* One next hop, and which hosts it may lead to as far as that is known. */
struct postfix_destination {
    const char *next_hop, *name; /* as postfix_entry_read_hop has the name */
    bool by_mx;
    const char *const *hosts;
    size_t host_count;
};

/* The prefix of a daemon's parameters; NULL: it does not speak SMTP or LMTP. */
const char *postfix_tls_prefix(const char *command);

/* The parameters that decide, with that prefix; ends with NULL. */
const char *const *postfix_tls_names(const char *prefix);

/* A client's parameter, without the prefix; "" where there is none. */
const char *postfix_tls_setting(const struct postfix_client *c, const char *name);

/* Looks the policy up. PENDING: postfix_tables_ask first; else postfix_tls_fill may be called. */
enum postfix_answer postfix_tls_find(const struct postfix_client *c,
                                     const struct postfix_destination *d);

/* Fills the policy of a hop and appends the facts about it. */
void postfix_tls_fill(const struct postfix_client *c, const struct postfix_destination *d,
                      struct mta_hop *hop);

#endif
