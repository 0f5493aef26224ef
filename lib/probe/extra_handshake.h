/* SPDX-License-Identifier: BSD-2-Clause */
/* extra_handshake: further sessions to an address, only as far as the handshake: for the cause of
 * one that failed, and for the certificates that other senders see. A part of probe.
 *
 * Hides which sessions those are. They change no verdict on the first one. */
#ifndef PROBE_EXTRA_HANDSHAKE_H
#define PROBE_EXTRA_HANDSHAKE_H

#include "probe/probe.h"

/* The configuration that all further handshakes under a policy share; what differs between them is
 * in a variant, SNI included. It borrows everything and owns nothing. */
struct handshake_config extra_handshake_config(const struct probe_config *c,
                                               const struct tls_policy *policy);

/* Verifies a served chain as the request's policy has it. False: memory. */
bool extra_handshake_verify(const struct probe_config *c, const struct plan_request *r,
                            STACK_OF(X509) * chain, struct trust_facts *out);

/* Reads the staple of a handshake, about the leaf of `f`. */
void extra_handshake_staple(const struct probe_config *c, const struct conn *conn,
                            const struct trust_facts *f, struct staple *out);

/* Looks for the cause where the handshake of the observation failed. */
void extra_handshake_diagnose(const struct probe_config *c, const struct plan_request *r,
                              struct observation *o);

/* Looks at the certificates that other senders see; the observation has a chain. */
void extra_handshake_look(const struct probe_config *c, const struct plan_request *r,
                          struct observation *o);

#endif
