/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_mx: the MX hosts of a partner's domains against the gateways that the form declares, to
 * findings.
 *
 * Pure. */
#ifndef JUDGE_JUDGE_MX_H
#define JUDGE_JUDGE_MX_H

#include "judge/judge_find.h"
#include "partner/partners.h"

/* The MX hosts of a partner's domains, each once, into `out` of `cap` bytes, for texts. */
void judge_mx_list(const struct judge *j, const struct partner_run *m, char *out, size_t cap);

/* MX hosts of one domain that the form does not declare. */
void judge_mx_undeclared(struct judge *j, const struct partner *p, size_t target);

/* A declared gateway, a target of its own, that is an MX host of none of the domains; `found` is
 * judge_mx_list's text. */
void judge_mx_missing(struct judge *j, const struct partner_run *m, size_t target,
                      const char *found);

/* Declared wildcards, which are no targets, that no MX host of the domains fits. */
void judge_mx_missing_wildcards(struct judge *j, const struct partner_run *m, const char *found);

#endif
