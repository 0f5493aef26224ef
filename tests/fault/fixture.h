/* SPDX-License-Identifier: BSD-2-Clause */
/* fixture: certificates, and a whole resolution with its observations, made without a network. */
#ifndef FAULT_FIXTURE_H
#define FAULT_FIXTURE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "probe/plan.h"
#include "probe/probe.h"
#include "judge/verdict.h"

enum { FIXTURE_NOW = 1800000000 };

struct fixture_pki {
    EVP_PKEY *ca_key, *key;
    X509 *ca, *leaf; /* leaf for mx1.example.test, 127.0.0.1 */
    STACK_OF(X509) * chain;
    char ca_file[64];
};

bool fixture_pki_make(struct fixture_pki *p);
void fixture_pki_free(struct fixture_pki *p);

/* Two MX hosts, one of them with two addresses, a literal; shared, so nobody changes it. */
const struct resolution *fixture_resolution(void);

/* One for each request, as a probe would have left them; `good`: everything passed. */
void fixture_observations(struct observation *o, size_t count, bool good);

#endif
