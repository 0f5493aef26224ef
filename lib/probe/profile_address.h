/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_address: at which address of a gateway its TLS profile is asked: the first one whose
 * handshake succeeded, because a gateway gets no more connections for having several. Pure. */
#ifndef PROBE_PROFILE_ADDRESS_H
#define PROBE_PROFILE_ADDRESS_H

#include "probe/observation.h"
#include "probe/plan.h"

/* Sets *address, an index of the host's `address_count` addresses. `observations` are those of the
 * plan's requests. False: at none. */
bool profile_address(const struct plan *p, const struct observation *const *observations,
                     size_t host, size_t address_count, size_t *address);

#endif
