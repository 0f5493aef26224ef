/* SPDX-License-Identifier: BSD-2-Clause */
/* cert_untrusted: why no path leads from a certificate to a trusted root, in words. Pure. */
#ifndef JUDGE_CERT_UNTRUSTED_H
#define JUDGE_CERT_UNTRUSTED_H

#include "judge/judge_find.h"

/* Words a fault of the chain `f` that was served for mail to `t`, as the policy that is being
 * judged by sees it. */
void cert_untrusted(const struct judge *j, const struct resolve_target *t,
                    const struct trust_facts *f, const struct trust_fault *fault,
                    struct judge_words *out);

#endif
