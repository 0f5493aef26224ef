/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/observation.h"

#include <string.h>

#include "unit/unit.h"

/* Something of everything, as a session writes it down. */
static void fill(struct observation *o)
{
    static struct recipient_fact recipient = {.code = 250, .text = "", .seen = ""};
    static const struct staple staple = {.came = true};
    static const struct extra_handshake tried = {.handshake.tried = true};

    observation_init(o);
    for (int s = 0; s < STAGE_COUNT; s++)
        o->stages[s] =
            (struct stage_fact){.entered = true, .passed = true, .us = s + 1, STAGE_FACT_NONE};
    o->keywords = "SIZE";
    o->stripped = true;
    o->stripped_by = "XXXXXXXA";
    o->injected = 5;
    o->injected_text = "250 x";
    o->has_tls = o->has_chain = true;
    o->has_offer = true;
    o->tls_keywords = "DSN";
    o->staple = &staple;
    o->tls.version = 772;
    o->chain.cert_count = 3;
    o->recipients = &recipient;
    o->recipient_count = 1;
    o->plaintext.asked = true;
    o->without_sni = &tried;
}

/* A session that is in the stage: those before it are final. */
START_TEST(under_way)
{
    static struct observation o, seen;
    unsigned final = 0;

    fill(&o);
    for (int s = 0; s < _i; s++)
        final |= 1u << s;
    atomic_store(&o.at, _i);
    atomic_store(&o.since, deadline_now() - 7000);
    atomic_store(&o.final, final);
    observation_snapshot(&o, &seen);
    for (int s = 0; s < STAGE_COUNT; s++) {
        if (s < _i)
            ck_assert(seen.stages[s].passed && seen.stages[s].us == s + 1);
        else if (s > _i || s == STAGE_DNS)
            ck_assert(!seen.stages[s].entered);
    }
    if (_i > STAGE_DNS) {
        ck_assert(seen.stages[_i].entered && !seen.stages[_i].passed);
        ck_assert_int_eq(seen.stages[_i].fault, PROBE_UNFINISHED);
        ck_assert_int_ge(seen.stages[_i].us, 7000);
    }
    ck_assert(!seen.plaintext.asked && !seen.without_sni->handshake.tried);
}
END_TEST

static const struct {
    int stage;
    bool starttls, tls, cert, rcpt, plaintext, offer; /* whose details are there */
} details[] = {
    {STAGE_EHLO, 0, 0, 0, 0, 0, 0},
    {STAGE_STARTTLS, 1, 0, 0, 0, 0, 0},
    {STAGE_TLS, 0, 1, 0, 0, 0, 0},
    {STAGE_CERT, 0, 0, 1, 0, 0, 0},
    {STAGE_RCPT, 0, 0, 0, 1, 0, 0},
    {OBSERVATION_PLAINTEXT_FINAL, 0, 0, 0, 0, 1, 0},
    {OBSERVATION_OFFER_FINAL, 0, 0, 0, 0, 0, 1},
};

/* Details are read only where their stage is final: else another thread may be writing them. */
START_TEST(final_details)
{
    static struct observation o, seen;

    fill(&o);
    atomic_store(&o.final, 1u << details[_i].stage);
    observation_snapshot(&o, &seen);
    ck_assert_str_eq(seen.keywords, details[_i].starttls ? "SIZE" : "");
    ck_assert_str_eq(seen.stripped_by, details[_i].starttls ? "XXXXXXXA" : "");
    ck_assert_str_eq(seen.injected_text, details[_i].starttls ? "250 x" : "");
    ck_assert(seen.stripped == details[_i].starttls);
    ck_assert(seen.injected == (details[_i].starttls ? 5 : 0));
    ck_assert(seen.has_tls == details[_i].tls && (seen.tls.version == 772) == details[_i].tls);
    ck_assert(seen.has_chain == details[_i].cert && seen.staple->came == details[_i].cert);
    ck_assert_uint_eq(seen.chain.cert_count, details[_i].cert ? 3 : 0);
    ck_assert_uint_eq(seen.recipient_count, details[_i].rcpt);
    ck_assert_ptr_eq(seen.recipients, details[_i].rcpt ? o.recipients : NULL);
    ck_assert(seen.plaintext.asked == details[_i].plaintext);
    ck_assert(seen.has_offer == details[_i].offer);
    ck_assert_str_eq(seen.tls_keywords, details[_i].offer ? "DSN" : "");
}
END_TEST

/* Behind `done` other senders' sessions may still be under way. */
START_TEST(done)
{
    static struct observation o, seen;

    fill(&o);
    atomic_store(&o.done, true);
    atomic_store(&o.looked, _i);
    observation_snapshot(&o, &seen);
    ck_assert(seen.stages[STAGE_RCPT].passed && seen.plaintext.asked && seen.has_chain);
    ck_assert_int_eq(seen.without_sni->handshake.tried, _i);
}
END_TEST

/* What is final is read where it is; only what is under way is copied. */
START_TEST(view)
{
    static struct observation o[4];
    struct observation_view v;

    for (int i = 0; i < 4; i++)
        fill(&o[i]);
    o[0].done = o[0].looked = true;
    o[1].done = true;
    atomic_store(&o[1].at, STAGE_RCPT);
    atomic_store(&o[2].at, STAGE_GREETING);
    ck_assert(observation_view_take(o, 4, &v));
    ck_assert_ptr_eq(v.at[0], &o[0]);
    ck_assert_ptr_eq(v.at[1], &v.copies[0]);
    ck_assert(v.at[1]->has_chain && !v.at[1]->without_sni->handshake.tried);
    ck_assert_ptr_eq(v.at[2], &v.copies[1]);
    ck_assert(v.at[2]->stages[STAGE_GREETING].entered);
    ck_assert(v.at[3] != &o[3] && !v.at[3]->stages[STAGE_CONNECT].entered);
    observation_view_clear(&v);
}
END_TEST

UNIT_CASE(observation, {under_way, STAGE_COUNT}, {final_details, COUNT(details)}, {done, 2},
          {view, 1})
