/* SPDX-License-Identifier: BSD-2-Clause */
/* mtasts_facts: what a domain says about TLS for its mail: MTA-STS (RFC 8461) and TLSRPT (RFC
 * 8460).
 *
 * Facts alone: mtasts_fetch fills them in. */
#ifndef PROBE_MTASTS_FACTS_H
#define PROBE_MTASTS_FACTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "dns/dns.h"
#include "policy/mtasts.h"

enum mtasts_fetch_status {
    MTASTS_NOT_FETCHED,
    MTASTS_FETCHED,
    MTASTS_FETCH_FAILED,
    MTASTS_UNTRUSTED,
    MTASTS_LOCAL
};

/* The TXT records of one name that count. */
struct mtasts_records {
    enum dns_status status;
    char why[192]; /* where that is a failure */
    size_t count;
    bool ok; /* exactly one, and it can be read */
};

struct mtasts_facts {
    bool asked;
    atomic_bool done; /* everything below is final */
    struct mtasts_records records;
    struct mtasts_record record;
    enum mtasts_fetch_status fetch;
    char fetch_why[200];
    bool policy_ok;
    struct mtasts_policy policy;
    char *text; /* the policy, owned */
    size_t len;
    struct mtasts_records reports;
    struct tlsrpt_record report;
};

/* Frees what the facts hold; they are zeroed then. */
void mtasts_facts_clear(struct mtasts_facts *f);

#endif
