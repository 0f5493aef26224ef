/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's name server: UDP and TCP at one port of 127.0.0.1, in the part of a validating
 * resolver. */
#ifndef LAB_NAMESERVER_H
#define LAB_NAMESERVER_H

#include "zone.h"

/* Binds both sockets and a UDP socket that never answers; sets the lab's ports. */
struct nameserver *nameserver_bind(struct lab *lab);
void nameserver_start(struct nameserver *n, const struct zone *z);

#endif
