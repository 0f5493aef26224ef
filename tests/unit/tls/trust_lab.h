/* SPDX-License-Identifier: BSD-2-Clause */
/* trust_lab: certificates of every kind that verification has to tell apart, a chain of them as a
 * server sends it, and a trust store with one of them. */
#ifndef UNIT_TRUST_LAB_H
#define UNIT_TRUST_LAB_H

#include <time.h>

#include "tls/trust.h"
#include "unit/tls/pki.h"

enum { TRUST_LAB_DAY = 86400 };

/* The certificates that the tables pick from; WEAK is made only if it is served first, because its
 * key takes long. */
enum who { NOBODY, ROOT, INTER, LEAF, EXPIRED, WEAK, ALONE, CLIENT, STRANGER, WHO_COUNT };

struct trust_lab {
    struct pki certs[WHO_COUNT];
    time_t now;
    char ca_file[64]; /* holds the anchor */
    STACK_OF(X509) * chain;
    struct trust *trust;
};

/* The name that the leaves are for, and another one. */
extern const char *const trust_lab_names[2];

/* Serves `count` certificates, or those before NOBODY; trusts the anchor by --ca-file. */
void trust_lab_open(struct trust_lab *l, const enum who *served, size_t count, enum who anchor);
void trust_lab_close(struct trust_lab *l);

/* Another trust store in its place. */
void trust_lab_trust(struct trust_lab *l, const struct trust_config *config);

/* Fails unless the chain has no fault at that time. */
void trust_lab_is_trusted(const struct trust_lab *l, time_t now);

bool trust_lab_has_fault(const struct trust_faults *f, int code);

#endif
