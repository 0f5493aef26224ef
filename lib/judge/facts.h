/* SPDX-License-Identifier: BSD-2-Clause */
/* facts: everything that a run has seen, without severity: what is judged and what reports show.
 *
 * Each part belongs to whoever made it, is whole when it is put in here, and must outlive the
 * verdict. */
#ifndef JUDGE_FACTS_H
#define JUDGE_FACTS_H

#include <stddef.h>

#include "probe/hello_facts.h"
#include "probe/mtasts_facts.h"
#include "probe/observation.h"
#include "probe/plan.h"
#include "probe/profile_facts.h"
#include "probe/resolve.h"
#include "tls/revocation.h"

struct mta_facts;

struct facts {
    const struct mta_facts *mta; /* what our own mail servers answered; NULL: not asked */
    const struct resolution *resolution;
    const struct plan *plan;
    const struct observation *const *observations; /* observations[i]: of plan->requests[i] */
    const struct profile_facts *const *profiles; /* profiles[i]: of plan->requests[i], NULL where it
                                                    was not asked; NULL: nobody asks for any */
    const struct hello_facts *const *hellos; /* hellos[i]: of plan->requests[i], NULL where it was
                                                not sent; NULL: not asked for */
    const struct revocation_checks *revocations; /* NULL: not asked for */
    const struct mtasts_facts *mtasts;           /* of each target; NULL: not asked for */
};

/* The session to an address of a host; some target must lead to the host. */
static inline const struct plan_request *facts_request(const struct facts *f, size_t host,
                                                       size_t address)
{
    return &f->plan->requests[f->plan->of_host[host][address]];
}

/* The observation of the session to an address of a host; some target must lead to the host. */
static inline const struct observation *facts_observation(const struct facts *f, size_t host,
                                                          size_t address)
{
    return f->observations[f->plan->of_host[host][address]];
}

#endif
