/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of a gateway's script, read into a list and played to one peer. */
#ifndef LAB_VERBS_H
#define LAB_VERBS_H

#include "peer.h"

struct verbs; /* of one session */

struct verbs *verbs_new(void);
/* Reads one indented line; `address` is the gateway's. */
void verbs_add(struct verbs *v, struct lab *lab, const struct statement *s, const char *address);
/* Plays all of them, then closes. */
void verbs_play(const struct verbs *v, struct peer *p);

#endif
