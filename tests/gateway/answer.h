/* SPDX-License-Identifier: BSD-2-Clause */
/* A query's wire form into the wire form of the answer that the zone and its rules give: no I/O. */
#ifndef LAB_ANSWER_H
#define LAB_ANSWER_H

#include <stdint.h>

#include "zone.h"

struct query {
    ldns_pkt *pkt;
    const ldns_rdf *name;
    ldns_rr_type type;
    const struct zone_rule *rule; /* never NULL */
    bool edns;
    size_t udp_size;
};

/* False where it is no query with one question. */
bool query_read(const struct zone *z, const uint8_t *wire, size_t len, struct query *q);
void query_free(struct query *q);

/* The answer; over UDP it is truncated to what the client takes. The caller frees .p. */
struct buf answer_make(const struct zone *z, const struct query *q, bool tcp);
/* The forged answer of the rule. */
struct buf answer_forged(const struct query *q);
/* The answer to `pointers`: a name that is one chain of compression pointers. */
struct buf answer_pointers(const struct query *q);

#endif
