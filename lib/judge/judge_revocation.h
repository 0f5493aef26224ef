/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_revocation: staples, OCSP and CRLs of the certificates of one address. Pure. */
#ifndef JUDGE_JUDGE_REVOCATION_H
#define JUDGE_JUDGE_REVOCATION_H

#include "judge/judge_find.h"

/* The staple that came with one chain. */
void judge_revocation_staple(struct judge *j, struct judge_place at, const struct trust_facts *f,
                             const struct staple *staple);

/* Judges the results of --ocsp and --crl for one chain. */
void judge_revocation(struct judge *j, struct judge_place at, const struct trust_facts *f);

#endif
