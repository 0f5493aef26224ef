/* SPDX-License-Identifier: BSD-2-Clause */
/* partners_mta: what our own mail servers are asked for the partners, and what they answer.
 *
 * Hides how forms become questions: a recipient in each of a partner's domains, our senders, the
 * partner's sending hosts. The judge decides what an answer means. */
#ifndef PARTNER_PARTNERS_MTA_H
#define PARTNER_PARTNERS_MTA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "mta/mta_facts.h"
#include "partner/form.h"

struct partners_mta {
    struct mta_question *questions;
    size_t *partner_of; /* of each question, as passed to partners_mta_add */
    size_t question_count;
    struct mta_client *clients;
    size_t *client_partner_of;
    size_t client_count;
    const char **senders;
    size_t sender_count;
    const char ***hosts; /* owned lists of the questions */
    size_t host_lists;
    char **strings; /* owned */
    size_t string_count;
    struct mta_facts facts;
};

/* Whether [own] names a mail server of ours. */
bool partners_mta_named(const struct form_own *own);

/* Adds what is asked for one partner: where mail to it goes, and whether its sending hosts may send
 * in plaintext. The form must outlive *m, which begins zeroed. False: memory ran out;
 * partners_mta_clear is due in any case. */
bool partners_mta_add(struct partners_mta *m, const struct form_own *own, const struct partner *p,
                      size_t partner, bool outbound, bool inbound);

/* Asks each mail server of [own]; does nothing where there is no question. False with `e` filled:
 * memory, or no process could be made. */
bool partners_mta_ask(struct partners_mta *m, const struct form_own *own, instant deadline,
                      struct error *e);

void partners_mta_clear(struct partners_mta *m);

#endif
