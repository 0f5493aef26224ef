/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_control: whether a gateway's refusals are believed, or a control is due: a hello that any
 * server accepts. A part of profile_probe. Pure. */
#ifndef PROBE_PROFILE_CONTROL_H
#define PROBE_PROFILE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "probe/profile_facts.h"

/* The versions in which a hello can be understood: TLS 1.3, and those below. */
enum profile_family { PROFILE_FAMILY_1_3, PROFILE_FAMILY_BELOW, PROFILE_FAMILIES };

/* What the answers to hellos of a family have shown. Begins zeroed. */
struct profile_control {
    struct {
        bool understood; /* one was accepted, or refused for its version alone */
        bool refused;
        bool closed; /* since one was accepted, a connection ended without a refusal */
    } family[PROFILE_FAMILIES];
};

/* Takes an answer to a hello of the family. */
void profile_control_take(struct profile_control *c, enum profile_family f,
                          const struct profile_answer *a);

/* Whether nothing that was refused in the family is believed without a control: connections ended
 * without a refusal, or no hello of any family was understood. */
bool profile_control_is_needed(const struct profile_control *c, enum profile_family f);

/* How many connections have to be kept for the controls that are needed, also if a hello of the
 * family `next` is refused. PROFILE_FAMILIES: no further hello. */
size_t profile_control_kept(const struct profile_control *c, enum profile_family next);

/* Whether a control of the family tells more, needed or not, with `left` connections. */
bool profile_control_is_due(const struct profile_control *c, enum profile_family f, size_t left);

#endif
