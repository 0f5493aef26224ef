/* judge_revocation: staples, OCSP and CRLs of the certificates of one address. Pure. */
#ifndef JUDGE_REVOCATION_H
#define JUDGE_REVOCATION_H

#include "verdict.h"

/* The staple that came with one chain. */
void judge_staple(struct judge *j, struct judge_place at, const struct trust_facts *f,
                  const struct staple *staple);

/* What --ocsp and --crl found out about one chain. */
void judge_revocation(struct judge *j, struct judge_place at, const struct trust_facts *f);

#endif
