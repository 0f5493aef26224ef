/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/hello_facts.h"

#include "probe/hello_probe.h"
#include "unit/unit.h"

/* How the tries end: A accepted, a alert, c closed, s silent, u unreached, m malformed, l local. */
static const struct {
    const char *ends;
    enum hello_outcome outcome;
} tries[] = {
    {"", HELLO_UNCLEAR},      {"A", HELLO_FINE},        {"u", HELLO_UNCLEAR},
    {"m", HELLO_UNCLEAR},     {"l", HELLO_UNCLEAR},     {"aa", HELLO_REFUSED},
    {"ac", HELLO_UNCLEAR},    {"ca", HELLO_UNCLEAR},    {"cc", HELLO_UNCLEAR},
    {"ss", HELLO_UNCLEAR},    {"cu", HELLO_UNCLEAR},    {"cAc", HELLO_SENSITIVE},
    {"sAs", HELLO_SENSITIVE}, {"aAa", HELLO_SENSITIVE}, {"cAa", HELLO_SENSITIVE},
    {"cAA", HELLO_FINE},      {"cAu", HELLO_UNCLEAR},   {"sAl", HELLO_UNCLEAR},
    {"cAm", HELLO_UNCLEAR},   {"ccc", HELLO_UNCLEAR},
};

static enum hello_ask_end end_of(char c)
{
    switch (c) {
    case 'A':
        return HELLO_ASK_ACCEPTED;
    case 'a':
        return HELLO_ASK_ALERT;
    case 'c':
        return HELLO_ASK_CLOSED;
    case 's':
        return HELLO_ASK_SILENT;
    case 'u':
        return HELLO_ASK_UNREACHED;
    case 'm':
        return HELLO_ASK_MALFORMED;
    default:
        return HELLO_ASK_LOCAL;
    }
}

START_TEST(outcome)
{
    struct hello_facts f = {0};

    for (const char *c = tries[_i].ends; *c; c++)
        f.at[f.count++].answer.end = end_of(*c);
    ck_assert_msg(hello_facts_outcome(&f) == tries[_i].outcome, "\"%s\"", tries[_i].ends);
}
END_TEST

/* Which sessions are followed by a hello. */
START_TEST(due)
{
    struct observation none = {0}, whole = {.has_tls = true}, refused = {0}, local = {0};

    refused.stages[STAGE_TLS] = (struct stage_fact){.entered = true, .fault = PROBE_CLOSED};
    local.stages[STAGE_TLS] = (struct stage_fact){.entered = true, .fault = PROBE_LOCAL};
    ck_assert(hello_probe_is_due(&whole) && hello_probe_is_due(&refused));
    ck_assert(!hello_probe_is_due(&none) && !hello_probe_is_due(&local));
}
END_TEST

UNIT_CASE(hello_facts, {outcome, COUNT(tries)}, {due, 1})
