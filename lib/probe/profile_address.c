/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_address.h"

bool profile_address(const struct plan *p, const struct observation *const *observations,
                     size_t host, size_t address_count, size_t *address)
{
    for (size_t a = 0; p->of_host[host] && a < address_count; a++) {
        if (observations[p->of_host[host][a]]->has_tls) {
            *address = a;
            return true;
        }
    }
    return false;
}
