/* SPDX-License-Identifier: BSD-2-Clause */
/* targets: the targets of a command line: hosts, domains, mailboxes. */
#ifndef PLUGINS_TARGETS_H
#define PLUGINS_TARGETS_H

#include "base/error.h"
#include "base/hash.h"
#include "probe/resolve.h"

/* As many as memory holds. Begins zeroed; targets_clear frees it. */
struct targets {
    struct target *at;
    size_t count;
    struct hash by_name; /* indices of targets */
};

/* Each adds one value of -H, -d, -a, unless the list has that target already. False with `e`
 * filled. */
bool targets_add_host(struct targets *a, const char *value, struct error *e);
bool targets_add_domain(struct targets *a, const char *value, struct error *e);
bool targets_add_mailbox(struct targets *a, const char *value, struct error *e);

/* Sets what all targets have in common: the port, the policy, and the family that -4 or -6 asks
 * for. A target that is an address must be of that family. */
bool targets_complete(struct targets *a, unsigned port, const struct tls_policy *policy, int family,
                      struct error *e);

/* Frees the list and the names. */
void targets_clear(struct targets *a);

#endif
