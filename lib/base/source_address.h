/* SPDX-License-Identifier: BSD-2-Clause */
/* source_address: which of our addresses a connection comes from. */
#ifndef BASE_SOURCE_ADDRESS_H
#define BASE_SOURCE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/error.h"

/* Has a socket connect from that address. False with `reason`, of `cap` bytes, filled. */
bool source_address_bind(int fd, const struct address *source, char *reason, size_t cap);

/* Whether connections may come from that address; else `e` has ERROR_USAGE and "is not ...". */
bool source_address_check(const struct address *source, struct error *e);

#endif
