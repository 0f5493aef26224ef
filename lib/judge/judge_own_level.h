/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_own_level: whether a TLS policy of our own mail server is as good as a form. Pure. */
#ifndef JUDGE_JUDGE_OWN_LEVEL_H
#define JUDGE_JUDGE_OWN_LEVEL_H

#include <stdbool.h>

#include "judge/judge_find.h"
#include "partner/partners.h"

/* Whether a level of our mail server is as good as one that a form asks for, names aside. */
bool judge_own_level_meets(enum tls_level form, const struct mta_policy *policy);

/* The first name of our policy that the form does not allow; NULL: all are allowed. A name is
 * allowed that the form's `match` has, or one that is narrower: the partner's domain, a name below
 * it, a gateway that is declared, an MX host that was found. */
const char *judge_own_level_name(const struct judge *j, const struct partner_run *run,
                                 const struct mta_policy *policy);

enum judge_own_digest { JUDGE_OWN_DIGEST_GOOD, JUDGE_OWN_DIGEST_OTHER, JUDGE_OWN_DIGEST_UNKNOWN };

/* Whether the digests of our policy are the form's, or match a certificate or a key that was seen
 * at the partner's gateways. UNKNOWN: nothing was seen, or the digests are not SHA-256. */
enum judge_own_digest judge_own_level_digests(const struct judge *j, const struct partner_run *run,
                                              const struct mta_policy *policy);

/* Whether a name is one of the partner's MX hosts that were found, or a gateway that is declared.
 */
bool judge_own_level_is_gateway(const struct judge *j, const struct partner_run *run,
                                const char *name);

/* Whether the partner's gateways have usable TLSA records: ALL of those that were resolved,
 * NOT_ALL, or UNKNOWN where the records were not asked for. */
enum judge_own_tlsa { JUDGE_OWN_TLSA_UNKNOWN, JUDGE_OWN_TLSA_ALL, JUDGE_OWN_TLSA_NOT_ALL };
enum judge_own_tlsa judge_own_level_tlsa(const struct judge *j, const struct partner_run *run);

#endif
