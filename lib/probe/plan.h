/* SPDX-License-Identifier: BSD-2-Clause */
/* plan: a resolution to the sessions that answer it, each distinct one once.
 *
 * Hides which gateways of a target are probed, which names a certificate may have, which SNI is
 * sent, and how sessions to one IP address are kept from running side by side. Pure. */
#ifndef PROBE_PLAN_H
#define PROBE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/resolve.h"

/* One planned session. Strings belong to the plan or to the resolution. */
struct plan_request {
    size_t host; /* in the resolution; of several that share the session, the first */
    const struct tls_policy *policy; /* its */
    const struct address *address;
    bool avoided;         /* never made: resolve_is_avoided */
    const char *sni;      /* NULL: none */
    const char *own_name; /* the SNI that the host has unless one is set; NULL: none */
    const char **names;   /* reference names of all targets that use it */
    size_t name_count;
    const char **dane_names; /* the same with DANE-TA: plan_dane_names */
    size_t dane_name_count;
    const char **recipients;
    size_t recipient_count;
    const struct dane_tlsa *tlsa; /* usable or not; none where DANE does not apply */
    size_t tlsa_count;
};

/* Sessions that run one after another, in order. Those that are avoided are in no lane. */
struct plan_lane {
    size_t *requests;
    size_t count;
};

/* The gateways of one target that are probed for it. */
struct plan_target {
    const struct resolve_target *resolved;
    const struct resolve_mx *mx; /* as the resolution has them */
    size_t mx_count;             /* none where the target is left out */
    bool left_out; /* a declared gateway that a domain of the same partner leads to as well, or an
                      address of a family that is not asked for */
};

struct plan {
    struct plan_target *targets; /* as in the resolution */
    size_t target_count;
    struct plan_request *requests;
    size_t request_count;
    struct plan_lane *lanes;
    size_t lane_count;
    size_t *
        *of_host; /* of_host[host][address]: its request; NULL where no target leads to a host */
    size_t host_count;
    char **strings; /* owned names */
    size_t string_count;
};

/* At most `per_address` concurrent sessions to one IP address. False: memory. plan_clear frees; the
 * resolution must outlive the plan. */
bool plan_make(const struct resolution *r, unsigned per_address, struct plan *out);
void plan_clear(struct plan *p);

/* Whether there is nothing that mail to a target would go to, and nothing wrong with that: a zone
 * without a wildcard, or a target that is left out. */
bool plan_target_is_empty(const struct plan_target *t);

/* One entry of the terms' match as the name it stands for, when mail is for `t` and goes to `h`:
 * its own text, a string of theirs, or written to `buf`. */
const char *plan_name(const char *entry, const struct resolve_target *t,
                      const struct resolve_host *h, char buf[DNS_NAME + 1]);

enum { PLAN_DANE_NAMES = 4 };

/* The names one of which a DANE-TA certificate must have, when mail is for `t` and goes to `h` (RFC
 * 7672 3.2.2): the next-hop's only where its MX records cannot be forged. Ours: the gateway's own
 * also where the records stand under its alias's target. Fills `names` with strings of theirs, none
 * twice; returns how many. */
size_t plan_dane_names(const struct resolve_target *t, const struct resolve_host *h,
                       const char *names[PLAN_DANE_NAMES]);

#endif
