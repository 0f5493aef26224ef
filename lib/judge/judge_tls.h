/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_tls: the findings about the TLS session itself: why a handshake failed, client
 * certificates, key usage. Pure. */
#ifndef JUDGE_JUDGE_TLS_H
#define JUDGE_JUDGE_TLS_H

#include "judge/judge_find.h"

/* Writes to `detail` what was expected of a handshake that failed, and what further ones found out
 * about it. */
void judge_tls_diagnosis(const struct judge *j, struct judge_place at, const struct diagnosis *d,
                         char detail[FINDING_DETAIL]);

/* Whether the gateway asked for a client certificate and refused the session for it at that stage,
 * which is then a finding. */
bool judge_tls_client_certificate(struct judge *j, struct judge_place at,
                                  const struct observation *o, enum stage stage);

/* Adds the faults of our own certificate, if the gateway asked for it. */
void judge_tls_own_certificate(struct judge *j, struct judge_place at, const struct observation *o);

/* Handshakes that the key usage of the certificate forbids. */
void judge_tls_key_usage(struct judge *j, struct judge_place at, const struct observation *o);

#endif
