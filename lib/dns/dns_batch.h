/* SPDX-License-Identifier: BSD-2-Clause */
/* dns_batch: many concurrent DNS questions.
 *
 * Hides that workers may still be at them after the run was cut short. */
#ifndef DNS_DNS_BATCH_H
#define DNS_DNS_BATCH_H

#include <stdatomic.h>

#include "base/pool.h"
#include "dns/dns.h"

struct dns_batch_query {
    char *name; /* the batch's own */
    enum dns_type type;
    size_t owner;                      /* the asker's own: an index */
    atomic_bool unneeded;              /* set by `answered` of another question */
    struct dns_answer *_Atomic answer; /* a worker's, whole; NULL: there is none yet */
};

struct dns_batch;

struct dns_batch_config {
    /* Called by the worker that has just got the i-th answer; it may set `unneeded` of questions
     * whose answer is then not waited for. NULL: nothing to do. */
    void (*answered)(struct dns_batch *q, size_t i, const struct dns_answer *a);
    const struct dns_config *dns;
    size_t parallel;
    int stage_ms; /* for one question */
    instant deadline;
};

struct dns_batch {
    struct dns_batch_config config;
    struct dns_batch_query *at;
    size_t count;
    atomic_bool failed; /* memory for an answer ran out */
};

/* Room for `max` questions. NULL: memory. If a run is cut short, everything that the
 * configuration points to must live until the process ends. */
struct dns_batch *dns_batch_new(const struct dns_batch_config *c, size_t max);

/* Adds a question, whose name is copied. False: out of memory. */
bool dns_batch_add(struct dns_batch *q, size_t owner, enum dns_type type, const char *name);

/* Asks all of them; returns at the end or where the watch ends the run. */
void dns_batch_ask(struct dns_batch *q, struct pool_watch *watch);

/* The answer, or a failure where it did not come in time; until dns_batch_drop. */
const struct dns_answer *dns_batch_answer(const struct dns_batch_query *q);

/* Frees the answer to a question, which nobody reads any more. */
void dns_batch_drop(struct dns_batch_query *q);

/* Frees it, unless workers may still be at it. */
void dns_batch_free(struct dns_batch *q, const struct pool_watch *watch);

#endif
