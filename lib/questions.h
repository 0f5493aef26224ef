/* questions: many DNS questions at once.
 *
 * Hides that workers may still be at them after the run was cut short. */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include <stdatomic.h>

#include "dns.h"
#include "pool.h"

struct question {
    char name[DNS_NAME];
    enum dns_type type;
    size_t owner; /* the asker's own: an index */
    struct dns_answer answer;
    atomic_bool
        done; /* a worker writes the answer, then sets it; the main thread reads only then */
};

struct questions_config {
    const struct dns_config *dns;
    size_t parallel;
    int stage_ms; /* for one question */
    instant deadline;
};

struct questions {
    struct questions_config config;
    struct question *at;
    size_t count;
};

/* Room for `max` questions. NULL: memory. What the configuration points to must live until the
 * process ends, where a run is cut short. */
struct questions *questions_new(const struct questions_config *c, size_t max);

/* Adds a question, whose name the caller fills in. */
struct question *questions_add(struct questions *q, size_t owner, enum dns_type type);

/* Asks all of them; returns at the end or where the watch ends the run. */
void questions_ask(struct questions *q, struct pool_watch *watch);

/* The answer, or a failure where it did not come in time. */
const struct dns_answer *questions_answer(struct question *q);

/* Frees it, unless workers may still be at it. */
void questions_free(struct questions *q, const struct pool_watch *watch);

#endif
