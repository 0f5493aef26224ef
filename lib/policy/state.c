/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/state.h"

#include <strings.h>

static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

const char *state_name(enum state s)
{
    return names[s];
}

bool state_from_name(const char *name, enum state *out)
{
    for (int s = STATE_OK; s <= STATE_UNKNOWN; s++) {
        if (strcasecmp(name, names[s]) == 0) {
            *out = (enum state)s;
            return true;
        }
    }
    return false;
}

int state_rank(enum state s)
{
    static const int rank[] = {
        [STATE_OK] = 0, [STATE_UNKNOWN] = 1, [STATE_WARNING] = 2, [STATE_CRITICAL] = 3};

    return rank[s];
}

enum state state_worse(enum state a, enum state b)
{
    return state_rank(a) >= state_rank(b) ? a : b;
}
