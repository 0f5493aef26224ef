/* sts: what a domain says about TLS for its mail: MTA-STS (RFC 8461) and TLSRPT (RFC 8460).
 *
 * Hides the look-ups and the fetch. It judges nothing. Linked, with http, into check_mx_cert alone;
 * judges and outputs need only the facts. */
#ifndef STS_H
#define STS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "dns.h"
#include "mtasts.h"
#include "web.h"

enum sts_fetch { STS_NOT_FETCHED, STS_FETCHED, STS_FETCH_FAILED, STS_UNTRUSTED, STS_LOCAL };

/* The TXT records of one name that count. */
struct sts_records {
    enum dns_status status;
    char why[192]; /* where that is a failure */
    size_t count;
    bool ok; /* exactly one, and it can be read */
};

struct sts_facts {
    bool asked;
    atomic_bool done; /* everything below is final */
    struct sts_records records;
    struct mtasts_record record;
    enum sts_fetch fetch;
    char fetch_why[200];
    bool policy_ok;
    struct mtasts_policy policy;
    char *text; /* the policy, owned */
    size_t len;
    struct sts_records reports;
    struct tlsrpt_record report;
};

struct sts_config {
    struct web_config web;
    const char *server; /* "address:port" of every policy host, for tests; or NULL */
};

/* Looks at one domain. *out is zeroed by the caller; sts_clear frees it. */
void sts_look(const struct sts_config *c, const char *domain, struct sts_facts *out);
void sts_clear(struct sts_facts *f);

#endif
