#include "questions.h"

#include <stdlib.h>

/* More at once would overrun the receive buffer of a resolver that has the kernel's default one. */
enum { AT_ONCE = 128 };

struct questions *questions_new(const struct questions_config *c, size_t max)
{
    struct questions *q = calloc(1, sizeof *q);
    struct question *at = calloc(max + 1, sizeof *at);

    if (!q || !at) {
        free(q);
        free(at);
        return NULL;
    }
    *q = (struct questions){.config = *c, .at = at};
    return q;
}

struct question *questions_add(struct questions *q, size_t owner, enum dns_type type)
{
    struct question *x = &q->at[q->count++];

    x->owner = owner;
    x->type = type;
    return x;
}

static void ask(void *ctx, size_t i)
{
    struct questions *q = ctx;
    struct question *x = &q->at[i];

    dns_query(q->config.dns, &(struct dns_question){x->name, x->type},
              deadline_within(q->config.deadline, q->config.stage_ms), &x->answer);
    atomic_store(&x->done, true);
}

void questions_ask(struct questions *q, struct pool_watch *watch)
{
    size_t parallel = q->config.parallel < AT_ONCE ? q->config.parallel : AT_ONCE;

    pool_run(watch, q->count, parallel, ask, q);
}

const struct dns_answer *questions_answer(struct question *q)
{
    static const struct dns_answer none = {.status = DNS_FAILURE,
                                           .why = "no answer before the run ended"};

    return atomic_load(&q->done) ? &q->answer : &none;
}

void questions_free(struct questions *q, const struct pool_watch *watch)
{
    if (watch->end != POOL_DONE)
        return;
    for (size_t i = 0; i < q->count; i++)
        dns_answer_clear(&q->at[i].answer);
    free(q->at);
    free(q);
}
