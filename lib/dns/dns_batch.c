/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_batch.h"

#include <stdlib.h>
#include <string.h>

/* More concurrent questions would overrun the receive buffer of a resolver that has the kernel's
 * default one. */
enum { AT_ONCE = 128 };

struct dns_batch *dns_batch_new(const struct dns_batch_config *c, size_t max)
{
    struct dns_batch *q = calloc(1, sizeof *q);
    struct dns_batch_query *at = calloc(max + 1, sizeof *at);

    if (!q || !at) {
        free(q);
        free(at);
        return NULL;
    }
    q->config = *c;
    q->at = at;
    return q;
}

bool dns_batch_add(struct dns_batch *q, size_t owner, enum dns_type type, const char *name)
{
    struct dns_batch_query *x = &q->at[q->count];

    x->name = strdup(name);
    if (!x->name)
        return false;
    x->owner = owner;
    x->type = type;
    q->count++;
    return true;
}

/* For pool_run: asks the i-th question of the batch `ctx`, and passes an answer to config.answered,
 * if that is set. The answer stays NULL after the deadline, and where memory is short, as `failed`
 * says. */
static void ask(void *ctx, size_t i)
{
    struct dns_batch *q = ctx;
    struct dns_batch_query *x = &q->at[i];
    struct dns_answer *answer;

    if (deadline_left_ms(q->config.deadline) == 0)
        return; /* thousands of questions are left out in a moment */
    answer = calloc(1, sizeof *answer);
    if (!answer) {
        atomic_store(&q->failed, true);
        return;
    }
    dns_query(q->config.dns, &(struct dns_question){x->name, x->type, &x->unneeded},
              deadline_within(q->config.deadline, q->config.stage_ms), answer);
    if (q->config.answered)
        q->config.answered(q, i, answer);
    atomic_store(&x->answer, answer);
}

void dns_batch_ask(struct dns_batch *q, struct pool_watch *watch)
{
    size_t parallel = q->config.parallel < AT_ONCE ? q->config.parallel : AT_ONCE;

    pool_run(watch, q->count, parallel, ask, q);
}

const struct dns_answer *dns_batch_answer(const struct dns_batch_query *q)
{
    static const struct dns_answer none = {.status = DNS_FAILURE,
                                           .why = "no answer before the run ended"};
    const struct dns_answer *answer = atomic_load(&q->answer);

    return answer ? answer : &none;
}

void dns_batch_drop(struct dns_batch_query *q)
{
    struct dns_answer *answer = atomic_exchange(&q->answer, NULL);

    if (answer)
        dns_message_clear(answer);
    free(answer);
}

void dns_batch_free(struct dns_batch *q, const struct pool_watch *watch)
{
    if (atomic_load(&watch->end) != POOL_DONE)
        return;
    for (size_t i = 0; i < q->count; i++) {
        dns_batch_drop(&q->at[i]);
        free(q->at[i].name);
    }
    free(q->at);
    free(q);
}
