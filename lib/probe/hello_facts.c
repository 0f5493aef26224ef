/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/hello_facts.h"

bool hello_facts_failed(const struct hello_ask_answer *a)
{
    return a->end == HELLO_ASK_ALERT || a->end == HELLO_ASK_CLOSED || a->end == HELLO_ASK_SILENT;
}

enum hello_outcome hello_facts_outcome(const struct hello_facts *f)
{
    const struct hello_try *first = &f->at[0], *second = &f->at[1], *third = &f->at[2];

    if (f->count == 0)
        return HELLO_UNCLEAR;
    if (first->answer.end == HELLO_ASK_ACCEPTED)
        return HELLO_FINE;
    if (f->count == 2 && first->answer.end == HELLO_ASK_ALERT &&
        second->answer.end == HELLO_ASK_ALERT)
        return HELLO_REFUSED;
    if (f->count < HELLO_TRIES_MAX || second->answer.end != HELLO_ASK_ACCEPTED)
        return HELLO_UNCLEAR;
    if (third->answer.end == HELLO_ASK_ACCEPTED)
        return HELLO_FINE;
    return hello_facts_failed(&third->answer) ? HELLO_SENSITIVE : HELLO_UNCLEAR;
}
