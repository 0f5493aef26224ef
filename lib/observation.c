#include "observation.h"

#include <stdlib.h>
#include <string.h>

/* What final stages wrote down besides their own facts. */
static void copy_details(const struct observation *o, unsigned final, struct observation *out)
{
    if (final & 1u << STAGE_STARTTLS) {
        memcpy(out->keywords, o->keywords, sizeof out->keywords);
        out->stripped = o->stripped;
        memcpy(out->stripped_by, o->stripped_by, sizeof out->stripped_by);
        out->injected = o->injected;
        memcpy(out->injected_text, o->injected_text, sizeof out->injected_text);
    }
    if (final & 1u << STAGE_TLS) {
        out->has_tls = o->has_tls;
        out->tls = o->tls;
    }
    if (final & 1u << STAGE_CERT) {
        out->has_chain = o->has_chain;
        out->chain = o->chain;
        out->staple = o->staple;
    }
    if (final & 1u << STAGE_RCPT) {
        out->recipients = o->recipients;
        out->recipient_count = o->recipient_count;
    }
    if (final & 1u << OBSERVATION_PLAINTEXT_FINAL)
        out->plaintext = o->plaintext;
}

void observation_snapshot(const struct observation *o, struct observation *out)
{
    unsigned final;
    int at;

    memset(out, 0, sizeof *out);
    if (atomic_load(&o->done)) {
        memcpy(out, o,
               atomic_load(&o->looked) ? sizeof *out : offsetof(struct observation, looked));
        return;
    }
    at = atomic_load(&o->at);
    final = atomic_load(&o->final);
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (final & 1u << i)
            out->stages[i] = o->stages[i];
    }
    copy_details(o, final, out);
    if (at > STAGE_DNS && !(final & 1u << at)) {
        out->stages[at] = (struct stage_fact){.entered = true,
                                              .fault = PROBE_UNFINISHED,
                                              .us = deadline_now() - atomic_load(&o->since)};
    }
}

void observation_clear(struct observation *o)
{
    if (o->has_chain)
        trust_facts_clear(&o->chain);
    if (o->without_sni.has_chain)
        trust_facts_clear(&o->without_sni.chain);
    if (o->other_kind.has_chain)
        trust_facts_clear(&o->other_kind.chain);
    free(o->recipients);
    text_free(&o->transcript);
}

const struct trust_facts *observation_other_chain(const struct observation *o)
{
    const struct second_look *other = &o->other_kind;

    if (!o->has_chain || !other->has_chain)
        return NULL;
    /* A server may send what it has although it was not asked for. */
    return other->chain.certs[0].kind != o->chain.certs[0].kind ? &other->chain : NULL;
}
