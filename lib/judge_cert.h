/* judge_cert: the findings about certificates and DANE, as the TLS level demands. Pure. */
#ifndef JUDGE_CERT_H
#define JUDGE_CERT_H

#include "verdict.h"

/* DNSSEC and TLSA of one gateway at the dane levels (RFC 7672 2.2). */
void judge_dane_records(struct judge *j, struct judge_place at);

/* Whether some TLSA record of a gateway is usable. */
void judge_tlsa_usable(struct judge *j, struct judge_place at);

/* No usable TLSA record matched; `state` as in judge_find. */
void judge_tlsa_mismatch(struct judge *j, struct judge_place at, const struct trust_facts *f,
                         int state);

/* Trust, dates and strength, or DANE, or fingerprints, of one address's chain. Fills its verdict
 * too. */
void judge_certificate(struct judge *j, struct judge_place at, const struct trust_facts *f);

/* The reference names of one target with DANE-TA (RFC 7672 3.2.2). */
void judge_dane_names(struct judge *j, struct judge_place at, const struct trust_facts *f);

/* The same, or without DANE those of RFC 6125 6.2. */
void judge_names(struct judge *j, struct judge_place at, const struct trust_facts *f);

#endif
