/* SPDX-License-Identifier: BSD-2-Clause */
/* state: the monitoring plugins' states. Pure. */
#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include <stdbool.h>

/* The values are the exit statuses. */
enum state { STATE_OK, STATE_WARNING, STATE_CRITICAL, STATE_UNKNOWN };

const char *state_name(enum state s);                    /* "WARNING" */
bool state_from_name(const char *name, enum state *out); /* case folded */
/* CRITICAL > WARNING > UNKNOWN > OK */
enum state state_worse(enum state a, enum state b);
int state_rank(enum state s);

#endif
