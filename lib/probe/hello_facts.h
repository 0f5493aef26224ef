/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_facts: what a gateway answered to the ClientHello of our mail server, as large as it is and
 * small; facts, no severity. Plain copied data, nothing is owned. */
#ifndef PROBE_HELLO_FACTS_H
#define PROBE_HELLO_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/hello_ask.h"

/* The large hello; where that failed the small one, and where that was accepted the large one once
 * more. */
enum { HELLO_TRIES_MAX = 3 };

struct hello_try {
    bool large;
    size_t size; /* bytes of the record */
    struct hello_ask_answer answer;
};

struct hello_facts {
    struct hello_try at[HELLO_TRIES_MAX];
    size_t count;
};

enum hello_outcome {
    HELLO_FINE,      /* the large hello was accepted, perhaps only the second time */
    HELLO_SENSITIVE, /* it failed twice, and the small one was accepted in between */
    HELLO_REFUSED,   /* an alert to both */
    HELLO_UNCLEAR    /* anything else: the last try says what */
};

/* What the tries come to. */
enum hello_outcome hello_facts_outcome(const struct hello_facts *f);

/* Whether an answer may be due to what was sent: an alert, an end, or none. */
bool hello_facts_failed(const struct hello_ask_answer *a);

#endif
