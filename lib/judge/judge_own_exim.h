/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_own_exim: the words for what our own Exim answered, where they differ from Postfix's. Pure.
 */
#ifndef JUDGE_JUDGE_OWN_EXIM_H
#define JUDGE_JUDGE_OWN_EXIM_H

#include "judge/judge_own_text.h"

/* The options that a form's level takes, in the hop's transport: "hosts_require_tls = * and
 * tls_verify_hosts = * in transport remote_smtp". */
void judge_own_exim_expected(enum tls_level form, const struct mta_hop *hop, char *dst, size_t cap);

/* The same as judge_own_text_unknown, of facts that only Exim has. False: it has no words of its
 * own for that fact. `source` is the fact's, in words. */
bool judge_own_exim_unknown(const struct mta_fact *f, const char *source,
                            struct judge_own_text *out);

#endif
