/* judge_revocation: staples, OCSP and CRLs of the certificates of one address. Pure. */
#ifndef JUDGE_REVOCATION_H
#define JUDGE_REVOCATION_H

#include "verdict.h"

/* The staple of the first handshake. */
void judge_staple(struct judge *j, struct judge_place at, const struct observation *o);

/* What --ocsp and --crl found out about one chain. */
void judge_revocation(struct judge *j, struct judge_place at, const struct trust_facts *f);

#endif
