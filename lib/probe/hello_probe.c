/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/hello_probe.h"

#include "base/text.h"
#include "policy/tls_policy.h"
#include "probe/extra_handshake.h"
#include "tls/tls_code.h"

/* One address under way. */
struct asking {
    const struct probe_config *c;
    const struct plan_request *r;
    const struct sent_hello *hello;
    struct handshake_config config;
    struct hello_facts *out;
};

/* How long an answer may take: a third of what is left, so that there is time for the next tries
 * where a gateway is silent, but no longer than any stage. */
static int wait_ms(const struct probe_config *c)
{
    int third = deadline_left_ms(c->deadline) / 3;

    return third < c->stage_ms ? third : c->stage_ms;
}

/* The server name of the hello; NULL: none. Postfix sends the one that it is set to, also where the
 * ordinary session has none because most Postfix send none. */
static const char *server_name(const struct asking *s)
{
    const char *host = s->r->sni;

    if (!host && s->hello->source == SENT_HELLO_POSTFIX)
        host = s->r->own_name;
    return sent_hello_server_name(s->hello, host, tls_policy_is_dane(s->r->policy->level));
}

/* Makes one try, which is appended to s->out. Returns how it ended. */
static enum hello_ask_end try_size(struct asking *s, enum hello_template_size size)
{
    struct hello_try *t = &s->out->at[s->out->count++];
    const char *name = server_name(s);
    unsigned char random[HELLO_TEMPLATE_RANDOM], bytes[HELLO_TEMPLATE_WRITTEN];
    struct hello_ask_record record = {.bytes = bytes, .version = TLS_CODE_TLS_1_3};

    *t = (struct hello_try){.large = size == HELLO_TEMPLATE_LARGE,
                            .answer = {.end = HELLO_ASK_LOCAL}};
    pool_checkpoint(s->c->watch);
    if (hello_template_random(random))
        record.len = hello_template_write(&s->hello->template, size, name, random, bytes);
    t->size = record.len;
    if (record.len > 0)
        hello_ask(&s->config, s->r->address, &record, wait_ms(s->c), &t->answer);
    else
        text_copy(t->answer.reason, sizeof t->answer.reason, "no ClientHello can be made");
    return t->answer.end;
}

bool hello_probe_is_due(const struct observation *o)
{
    const struct stage_fact *f = &o->stages[STAGE_TLS];

    if (o->has_tls)
        return true;
    return f->entered && f->fault != PROBE_LOCAL && f->fault != PROBE_UNFINISHED;
}

void hello_probe(const struct probe_config *c, const struct plan_request *r,
                 const struct sent_hello *hello, struct hello_facts *out)
{
    struct asking s = {
        .c = c,
        .r = r,
        .hello = hello,
        .out = out,
        .config = extra_handshake_config(c, r->policy),
    };

    *out = (struct hello_facts){0};
    try_size(&s, HELLO_TEMPLATE_LARGE);
    if (!hello_facts_failed(&out->at[0].answer))
        return;
    if (try_size(&s, HELLO_TEMPLATE_SMALL) == HELLO_ASK_ACCEPTED)
        try_size(&s, HELLO_TEMPLATE_LARGE);
}
