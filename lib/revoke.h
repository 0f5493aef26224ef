/* revoke: asks the OCSP responders and fetches the CRLs that certificates name (RFC 5280 4.2.2.1
 * and 4.2.1.13).
 *
 * Hides what is asked of whom. Only certificates of paths that verified are asked about, so that
 * only a trusted CA makes us connect anywhere. Linked, with http, into check_mx_cert alone. */
#ifndef REVOKE_H
#define REVOKE_H

#include "probe.h"
#include "revocation.h"
#include "web.h"

struct revoke_config {
    struct web_config web;
    bool ocsp, crl;
    time_t fresh; /* 0: freshness is not looked at */
};

/* Distinct certificates and their issuers; facts belong to the observations. */
struct revoke_list {
    struct revoke_pair {
        const struct cert_facts *cert, *issuer;
    } * pairs;
    struct revocation_check *checks; /* checks[i] is of pairs[i] */
    size_t count;
};

/* Lists what the finished observations show. False: memory. revoke_clear frees. */
bool revoke_list_make(const struct observation *observations, size_t count,
                      struct revoke_list *out);
void revoke_clear(struct revoke_list *l);

/* Asks about the i-th. */
void revoke_ask(const struct revoke_config *c, struct revoke_list *l, size_t i);

#endif
