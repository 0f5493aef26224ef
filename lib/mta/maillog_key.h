/* SPDX-License-Identifier: BSD-2-Clause */
/* maillog_key: keys for the tables of maillog_track, whose codes cost less than those of base/hash.
 *
 * Two texts with one key are possible; whoever finds such texts only has a message count as
 * unknown, and the seed differs from process to process. A seed is any large number. */
#ifndef MTA_MAILLOG_KEY_H
#define MTA_MAILLOG_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* The key of a text; never 0. */
uint64_t maillog_key_text(uint64_t seed, struct span s);

/* The key of a name; never 0. Names that differ in the case of letters have one key, and a few
 * other names, too: who looks a name up compares. */
uint64_t maillog_key_name(uint64_t seed, struct span s);

/* The key of a process of a service; never 0. */
uint64_t maillog_key_process(size_t service, uint32_t pid);

/* The key of two keys in that order; never 0. */
uint64_t maillog_key_pair(uint64_t a, uint64_t b);

#endif
