/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe/profile_control.h"

void profile_control_take(struct profile_control *c, enum profile_family f,
                          const struct profile_answer *a)
{
    if (a->end == HELLO_ASK_ACCEPTED)
        c->family[f].closed = false;
    if (a->end == HELLO_ASK_CLOSED)
        c->family[f].closed = true;
    if (a->end == HELLO_ASK_ACCEPTED ||
        (a->end == HELLO_ASK_ALERT && a->alert == PROFILE_PROTOCOL_VERSION))
        c->family[f].understood = true;
    else if (a->end == HELLO_ASK_ALERT)
        c->family[f].refused = true;
}

/* Whether a hello of any family was understood. */
static bool is_understood(const struct profile_control *c)
{
    return c->family[PROFILE_FAMILY_1_3].understood || c->family[PROFILE_FAMILY_BELOW].understood;
}

bool profile_control_is_needed(const struct profile_control *c, enum profile_family f)
{
    return c->family[f].closed || (c->family[f].refused && !is_understood(c));
}

size_t profile_control_kept(const struct profile_control *c, enum profile_family next)
{
    size_t kept = 0;

    for (enum profile_family f = 0; f < PROFILE_FAMILIES; f++) {
        bool may_be = f == next && !is_understood(c);

        if (may_be || profile_control_is_needed(c, f))
            kept++;
    }
    return kept;
}

bool profile_control_is_due(const struct profile_control *c, enum profile_family f, size_t left)
{
    if (profile_control_is_needed(c, f))
        return true;
    if (!c->family[f].refused || c->family[f].understood)
        return false;
    return left > profile_control_kept(c, PROFILE_FAMILIES);
}
