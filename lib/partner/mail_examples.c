/* SPDX-License-Identifier: BSD-2-Clause */
#include "partner/mail_examples.h"

#include "base/text.h"

void mail_examples_add(struct mail_examples *l, const struct maillog_delivery *d)
{
    struct mail_example *x = &l->at[l->seen++ % MAIL_EXAMPLES];

    x->at = d->at;
    x->tls = d->tls;
    x->service = d->service;
    text_clean(x->queue_id, sizeof x->queue_id, d->queue_id.at, d->queue_id.len);
    text_clean(x->peer, sizeof x->peer, d->peer.at, d->peer.len);
}

size_t mail_examples_count(const struct mail_examples *l)
{
    return l->seen < MAIL_EXAMPLES ? (size_t)l->seen : MAIL_EXAMPLES;
}

const struct mail_example *mail_examples_at(const struct mail_examples *l, size_t k)
{
    return &l->at[(l->seen - mail_examples_count(l) + k) % MAIL_EXAMPLES];
}

/* Puts an example in its place among `count` others, which are in the order of time; the list has
 * room. */
static void insert(struct mail_example *list, size_t count, const struct mail_example *x)
{
    for (; count > 0 && list[count - 1].at > x->at; count--)
        list[count] = list[count - 1];
    list[count] = *x;
}

void mail_examples_join(struct mail_examples *plaintext, const struct mail_examples *silent,
                        const struct maillog_service *services)
{
    struct mail_example list[2 * MAIL_EXAMPLES], x;
    size_t count = 0;

    for (size_t k = 0; k < mail_examples_count(plaintext); k++)
        insert(list, count++, mail_examples_at(plaintext, k));
    for (size_t k = 0; k < mail_examples_count(silent); k++) {
        x = *mail_examples_at(silent, k);
        x.tls = MAILLOG_PLAINTEXT;
        if (services[x.service].logs_tls)
            insert(list, count++, &x);
    }
    plaintext->seen = 0;
    for (size_t i = 0; i < count; i++)
        plaintext->at[plaintext->seen++ % MAIL_EXAMPLES] = list[i];
}
