/* SPDX-License-Identifier: BSD-2-Clause */
/* The records and misbehaviours of the lab's name server, read from the scenario; read-only once it
 * runs. */
#ifndef LAB_ZONE_H
#define LAB_ZONE_H

#include <ldns/ldns.h>
#include <stdbool.h>

#include "lab.h"

enum zone_tcp { STREAM_NORMAL, STREAM_DRIP, STREAM_SILENCE, STREAM_CLOSE, STREAM_ENDLESS };
enum zone_forge { FORGE_NOTHING, FORGE_ID, FORGE_SOURCE, FORGE_QUESTION };

struct zone_rule {
    ldns_rdf *owner;   /* NULL: every name */
    ldns_rr_type type; /* 0: every type */
    int rcode, ede;    /* -1: none */
    bool bogus, silence, ad, garbage, is_short, empty_question, no_opt, edns_only, truncate,
        pointers, only, unasked;
    double delay;
    enum zone_tcp tcp;
    enum zone_forge forge;
    ldns_rr *forged;
    long many;
};

struct zone_record {
    ldns_rr *rr;
    bool secure;
};

struct zone_node {
    struct zone_node *next;
    char *key; /* the owner's wire form in lower case */
    size_t key_len;
    struct zone_record *records;
    size_t n;
};

struct zone;

struct zone *zone_read(struct lab *lab, const struct scenario *sc);

/* The name's own node, or the wildcard that covers it (then *is_wildcard); else NULL. */
const struct zone_node *zone_cover(const struct zone *z, const ldns_rdf *name, bool *is_wildcard);
/* A negative answer about the name would be authenticated. */
bool zone_is_secure(const struct zone *z, const ldns_rdf *name);
/* NULL where the question is answered as it should be. */
const struct zone_rule *zone_rule_for(const struct zone *z, const ldns_rdf *name,
                                      ldns_rr_type type);

#endif
