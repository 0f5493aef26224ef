/* plan: a resolution to the sessions that answer it, each distinct one once.
 *
 * Hides which names a certificate may have, which SNI is sent, and how sessions to one IP address
 * are kept from running side by side. Pure. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "resolve.h"

/* One session to come. Strings belong to the plan or to the resolution. */
struct plan_request {
    size_t host;               /* in the resolution; of several that share the session, the first */
    const struct terms *terms; /* its */
    const struct address *address;
    const char *sni;    /* NULL: none */
    const char **names; /* reference names of all targets that use it */
    size_t name_count;
    const char **dane_names; /* the same with DANE-TA: plan_dane_names */
    size_t dane_name_count;
    const char **recipients;
    size_t recipient_count;
    const struct dane_tlsa *tlsa; /* usable or not; none where DANE does not apply */
    size_t tlsa_count;
};

/* Sessions that run one after another, in order. */
struct plan_lane {
    size_t *requests;
    size_t count;
};

struct plan {
    struct plan_request *requests;
    size_t request_count;
    struct plan_lane *lanes;
    size_t lane_count;
    size_t **of_host; /* of_host[host][address]: its request */
    char **strings;   /* owned names */
    size_t string_count;
};

/* At most `per_address` sessions at once to one IP address. False: memory. plan_clear frees. */
bool plan_make(const struct resolution *r, unsigned per_address, struct plan *out);
void plan_clear(struct plan *p, size_t host_count);

/* One entry of the terms' match as the name it stands for, when mail is for `t` and goes to `h`:
 * its own text, a string of theirs, or written to `buf`. */
const char *plan_name(const char *entry, const struct resolve_target *t,
                      const struct resolve_host *h, char buf[DNS_NAME + 1]);

enum { PLAN_DANE_NAMES = 4 };

/* The names one of which a DANE-TA certificate must have, when mail is for `t` and goes to `h` (RFC
 * 7672 3.2.2): the next-hop's only where its MX records cannot be forged. Ours: the gateway's own
 * also where the records stand under its alias's target. Fills `names` with strings of theirs, none
 * twice; returns how many. */
size_t plan_dane_names(const struct resolve_target *t, const struct resolve_host *h,
                       const char *names[PLAN_DANE_NAMES]);

#endif
