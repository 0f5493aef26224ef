/* SPDX-License-Identifier: BSD-2-Clause */
/* mail_examples: the latest messages of one kind, as examples for a finding.
 *
 * Texts in them are clean. Nothing is allocated. */
#ifndef PARTNER_MAIL_EXAMPLES_H
#define PARTNER_MAIL_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mta/maillog_track.h"

enum { MAIL_EXAMPLES = 5, MAIL_PEER = 120, MAIL_QUEUE_ID = 32 };

/* One message that is not as the form has it. */
struct mail_example {
    char queue_id[MAIL_QUEUE_ID], peer[MAIL_PEER];
    time_t at;
    enum maillog_tls tls;
    size_t service;
};

/* The latest of them. */
struct mail_examples {
    struct mail_example at[MAIL_EXAMPLES];
    uint64_t seen; /* at[seen % MAIL_EXAMPLES] is the oldest, once there are that many */
};

/* Keeps a delivery as an example, in place of the oldest one where there is no room. Its texts are
 * cleaned, cut and copied. */
void mail_examples_add(struct mail_examples *l, const struct maillog_delivery *d);

/* How many examples there are. */
size_t mail_examples_count(const struct mail_examples *l);

/* The k-th example, below mail_examples_count, the earliest first. */
const struct mail_example *mail_examples_at(const struct mail_examples *l, size_t k);

/* Adds to the examples of plaintext those without a TLS line, of services that log TLS. The latest
 * of all are kept, in the order of time. */
void mail_examples_join(struct mail_examples *plaintext, const struct mail_examples *silent,
                        const struct maillog_service *services);

#endif
