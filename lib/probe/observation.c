/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/observation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The extra handshakes that were not asked for, and those that there was no memory for. */
static const struct staple no_staple;
static const struct staple lost_staple = {.came = true, .fact.status = REVOCATION_LOCAL};
static const struct extra_handshake no_handshake;
static const struct extra_handshake lost_handshake = {
    .handshake = {.tried = true, .local = true, .reason = "out of memory"}};

void observation_init(struct observation *o)
{
    memset(o, 0, sizeof *o);
    for (int i = 0; i < STAGE_COUNT; i++)
        o->stages[i] = (struct stage_fact){STAGE_FACT_NONE};
    o->keywords = o->tls_keywords = o->stripped_by = o->injected_text = o->xclient_text = "";
    o->plaintext.text = o->plaintext_again.text = "";
    o->own_cert = (struct client_cert){
        .cas = "", .subject = "", .issuer = "", .expiring = "", .unlinked = ""};
    o->staple = &no_staple;
    o->without_sni = o->again = o->other_kind = &no_handshake;
}

const struct staple *observation_keep_staple(const struct staple *s)
{
    struct staple *copy;

    if (!s->came)
        return &no_staple;
    copy = malloc(sizeof *copy);
    if (!copy)
        return &lost_staple;
    *copy = *s;
    return copy;
}

const struct extra_handshake *observation_keep_handshake(struct extra_handshake *h)
{
    struct extra_handshake *copy = malloc(sizeof *copy);

    if (!copy) {
        if (h->has_chain)
            trust_facts_clear(&h->chain);
        return &lost_handshake;
    }
    *copy = *h;
    return copy;
}

/* Copies the facts that final stages wrote down besides their own. `final` has a bit for each
 * stage that is final, and OBSERVATION_*_FINAL; the details of others are left as they are
 * in *out. Texts and chains are shared with *o. */
static void copy_details(const struct observation *o, unsigned final, struct observation *out)
{
    if (final & 1u << STAGE_STARTTLS) {
        out->keywords = o->keywords;
        out->stripped = o->stripped;
        out->stripped_by = o->stripped_by;
        out->starttls_first = o->starttls_first;
        out->injected = o->injected;
        out->injected_before = o->injected_before;
        out->injected_text = o->injected_text;
    }
    if (final & 1u << STAGE_TLS) {
        out->client = o->client;
        out->own_cert = o->own_cert;
        out->has_tls = o->has_tls;
        out->tls = o->tls;
    }
    if (final & 1u << OBSERVATION_OFFER_FINAL) {
        out->has_offer = o->has_offer;
        out->tls_keywords = o->tls_keywords;
        out->requiretls = o->requiretls;
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

    observation_init(out);
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
                                              STAGE_FACT_NONE,
                                              .us = deadline_now() - atomic_load(&o->since)};
    }
}

/* What is read of an observation without a copy: the observation itself where it is final,
 * `nothing` where it has not begun. NULL: it is under way. */
static const struct observation *in_place(const struct observation *o,
                                          const struct observation *nothing)
{
    if (atomic_load(&o->done) && atomic_load(&o->looked))
        return o;
    return atomic_load(&o->at) == STAGE_DNS ? nothing : NULL;
}

bool observation_view_take(const struct observation *o, size_t count, struct observation_view *out)
{
    static struct observation nothing;
    size_t under_way = 0, copied = 0;

    observation_init(&nothing);
    *out = (struct observation_view){.at = calloc(count + 1, sizeof *out->at)};
    for (size_t i = 0; out->at && i < count; i++) {
        out->at[i] = in_place(&o[i], &nothing);
        under_way += out->at[i] == NULL;
    }
    out->copies = calloc(under_way + 1, sizeof *out->copies);
    if (!out->at || !out->copies) {
        observation_view_clear(out);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (out->at[i])
            continue;
        observation_snapshot(&o[i], &out->copies[copied]);
        out->at[i] = &out->copies[copied++];
    }
    return true;
}

void observation_view_clear(struct observation_view *v)
{
    free(v->at);
    free(v->copies);
    *v = (struct observation_view){0};
}

/* Frees a handshake that an observation owns. The static ones are left alone. */
static void free_handshake(const struct extra_handshake *h)
{
    struct extra_handshake *owned = (struct extra_handshake *)h;

    if (h == &no_handshake || h == &lost_handshake)
        return;
    if (owned->has_chain)
        trust_facts_clear(&owned->chain);
    free(owned);
}

void observation_clear(struct observation *o)
{
    if (o->has_chain)
        trust_facts_clear(&o->chain);
    free_handshake(o->without_sni);
    free_handshake(o->again);
    free_handshake(o->other_kind);
    if (o->staple != &no_staple && o->staple != &lost_staple)
        free((struct staple *)o->staple);
    strings_clear(&o->texts);
    free(o->diagnosis);
    free(o->recipients);
    text_free(&o->transcript);
}

const struct trust_facts *observation_other_chain(const struct observation *o)
{
    const struct extra_handshake *other = o->other_kind;

    if (!o->has_chain || !other->has_chain)
        return NULL;
    /* A server may send what it has although it was not asked for. */
    return other->chain.certs[0].kind != o->chain.certs[0].kind ? &other->chain : NULL;
}

const struct trust_facts *observation_second_chain(const struct observation *o)
{
    const struct extra_handshake *again = o->again;

    if (!o->has_chain || !again->has_chain)
        return NULL;
    return strcmp(again->chain.certs[0].sha256, o->chain.certs[0].sha256) != 0 ? &again->chain
                                                                               : NULL;
}

/* Whether the first `len` bytes of `word` are a word for TLS, in upper or lower case. */
static bool is_tls_word(const char *word, size_t len)
{
    static const char *const words[] = {"tls",     "starttls",  "ssl",
                                        "encrypt", "encrypted", "encryption"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    }
    return false;
}

/* Whole words only: a host or mailbox that is repeated back may well have one in its name. */
bool observation_names_tls(const char *text)
{
    static const char delimiters[] = " ,;:()\"!?/";

    while (*text) {
        size_t len = strcspn(text, delimiters), bare = len;

        while (bare > 0 && text[bare - 1] == '.')
            bare--;
        if (is_tls_word(text, bare))
            return true;
        text += len + (text[len] != '\0');
    }
    return false;
}
