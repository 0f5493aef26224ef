/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/finding_code.h"

#include <string.h>

#include "base/closest.h"

/* The plugins of an entry, as its column in finding.def names them. */
enum {
    SMTP_TLS = FINDING_OF_SMTP_TLS,
    MX_CERT = FINDING_OF_MX_CERT,
    PARTNER_POLICY = FINDING_OF_PARTNER_POLICY,
    MAIL_LOG = FINDING_OF_MAIL_LOG,
    ALL = FINDING_OF_ALL
};

static const struct finding_info table[FINDING_COUNT] = {
#define FINDING(name, code, state, mail, group, plugins, note, when, meaning, cure)                \
    {code, STATE_##state, note, MAIL_##mail, GROUP_##group, plugins, when},
#include "policy/finding.def"
#undef FINDING
};

const struct finding_info *finding_code_info(enum finding_code c)
{
    return &table[c];
}

bool finding_code_is_of(enum finding_code c, unsigned plugin)
{
    return (table[c].plugins & plugin) != 0;
}

bool finding_code_from_name(const char *code, enum finding_code *out)
{
    for (int c = 0; c < FINDING_COUNT; c++) {
        if (strcmp(table[c].code, code) == 0) {
            *out = (enum finding_code)c;
            return true;
        }
    }
    return false;
}

const char *finding_code_closest(const char *code, unsigned plugins)
{
    struct closest c = {.word = code};

    for (int i = 0; i < FINDING_COUNT; i++) {
        if (finding_code_is_of((enum finding_code)i, plugins))
            closest_offer(&c, finding_code_info((enum finding_code)i)->code);
    }
    return c.name;
}
