/* SPDX-License-Identifier: BSD-2-Clause */
/* cert_words: what is wrong with a certificate, in words. Pure. */
#ifndef JUDGE_CERT_WORDS_H
#define JUDGE_CERT_WORDS_H

#include "judge/cert_check.h"
#include "judge/judge_find.h"

/* Words a failure of the chain `f` that was served at `at`. */
void cert_words(const struct judge *j, struct judge_place at, const struct trust_facts *f,
                const struct cert_failure *failure, struct judge_words *out);

#endif
