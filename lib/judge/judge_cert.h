/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_cert: the findings about the certificates of one address, as the TLS level requires. Pure.
 */
#ifndef JUDGE_JUDGE_CERT_H
#define JUDGE_JUDGE_CERT_H

#include "judge/judge_find.h"

/* Adds what is wrong with one chain that was served at `at`, apart from its names, and notes when
 * its path expires. */
void judge_cert_chain(struct judge *j, struct judge_place at, const struct trust_facts *f);

/* Adds what is wrong with the names of the chain for mail to `at.target`. `dane_only`: only the
 * names that count with DANE-TA are judged. */
void judge_cert_names(struct judge *j, struct judge_place at, const struct trust_facts *f,
                      bool dane_only);

/* Adds, as a warning, that no usable TLSA record matches the chain. */
void judge_cert_tlsa_mismatch(struct judge *j, struct judge_place at, const struct trust_facts *f);

/* Whether the level refuses another chain that was served at `at`; writes the headline of the first
 * finding that would be CRITICAL. Adds nothing. */
bool judge_cert_refuses(struct judge *j, struct judge_place at, const struct trust_facts *f,
                        struct judge_words *out);

#endif
