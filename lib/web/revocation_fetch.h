/* SPDX-License-Identifier: BSD-2-Clause */
/* revocation_fetch: asks the OCSP responders and fetches the CRLs that certificates name (RFC
 * 5280 4.2.2.1 and 4.2.1.13).
 *
 * Hides what is asked of whom: every URL until one answers, each CRL once a run. Only certificates
 * of paths that verified are asked about, so that only a trusted CA makes us connect anywhere.
 * Linked, with http, into check_mx_cert alone. */
#ifndef WEB_REVOCATION_FETCH_H
#define WEB_REVOCATION_FETCH_H

#include "probe/probe.h"
#include "tls/revocation.h"
#include "web/crl_store.h"
#include "web/http_fetch.h"

struct revocation_fetch_config {
    struct http_fetch_config web;
    bool ocsp, crl;
    time_t fresh; /* 0: freshness is not looked at */
};

/* Distinct certificates and their issuers; facts belong to the observations. */
struct revocation_fetch_list {
    struct revocation_fetch_pair {
        const struct cert_facts *cert, *issuer;
    } * pairs;
    struct revocation_checks checks; /* checks.at[i] is of pairs[i] */
    struct crl_store crls;
};

/* Lists what the finished observations show. False: memory. revocation_fetch_clear frees. */
bool revocation_fetch_list_make(const struct observation *observations, size_t count,
                                struct revocation_fetch_list *out);
void revocation_fetch_clear(struct revocation_fetch_list *l);

/* Asks about the i-th. */
void revocation_fetch_one(const struct revocation_fetch_config *c, struct revocation_fetch_list *l,
                          size_t i);

#endif
