/* SPDX-License-Identifier: BSD-2-Clause */
/* finding_code: everything that can be found, and what each finding counts as.
 *
 * Hides the table, which is made from finding.def. Pure. */
#ifndef POLICY_FINDING_CODE_H
#define POLICY_FINDING_CODE_H

#include <stdbool.h>

#include "policy/state.h"

enum finding_code {
#define FINDING(name, code, state, mail, group, plugins, note, when, meaning, cure) F_##name,
#include "policy/finding.def"
#undef FINDING
    FINDING_COUNT
};

/* Whether mail flows with TLS as agreed in spite of a finding. */
enum finding_mail { MAIL_STOPS, MAIL_PASSES };

/* Which TLS levels let a finding count. */
enum finding_group { GROUP_ALWAYS, GROUP_TLS, GROUP_CERT };

/* The plugins, as a set. */
enum {
    FINDING_OF_SMTP_TLS = 1,
    FINDING_OF_MX_CERT = 2,
    FINDING_OF_PARTNER_POLICY = 4,
    FINDING_OF_MAIL_LOG = 8,
    /* the plugins that probe */
    FINDING_OF_ALL = FINDING_OF_SMTP_TLS | FINDING_OF_MX_CERT | FINDING_OF_PARTNER_POLICY
};

struct finding_info {
    const char *code;
    enum state state;       /* at level verify */
    const char *state_note; /* where the state depends on more, else NULL */
    enum finding_mail mail;
    enum finding_group group;
    unsigned plugins; /* FINDING_OF_..., those that can meet it */
    const char *when; /* one line for people */
};

const struct finding_info *finding_code_info(enum finding_code c);
/* Whether the plugin, one of FINDING_OF_..., can meet it. */
bool finding_code_is_of(enum finding_code c, unsigned plugin);
bool finding_code_from_name(const char *code, enum finding_code *out);

/* The code of those plugins, FINDING_OF_... as a set, that somebody meant who mistyped it; NULL:
 * none is close. Static. */
const char *finding_code_closest(const char *code, unsigned plugins);

#endif
