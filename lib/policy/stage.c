/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/stage.h"

#include <string.h>

static const struct stage_info stages[STAGE_COUNT] = {
    [STAGE_DNS] = {"dns", NULL, 0},
    [STAGE_CONNECT] = {"connect", "Connect", 4},
    [STAGE_GREETING] = {"greeting", "Allowed", 3},
    [STAGE_EHLO] = {"ehlo", "Can Use", 3},
    [STAGE_STARTTLS] = {"starttls", "TLS Adv", 30},
    [STAGE_CERT] = {"cert", "Cert OK", 30},
    [STAGE_TLS] = {"tls", "TLS Neg", 30},
    [STAGE_EHLO_TLS] = {"ehlo_tls", NULL, 0},
    [STAGE_MAIL] = {"mail", "Sndr OK", 0},
    [STAGE_RCPT] = {"rcpt", "Rcvr OK", 0},
};

const struct stage_info *stage_info(enum stage s)
{
    return &stages[s];
}

int stage_order(enum stage s)
{
    if (s == STAGE_TLS)
        return STAGE_CERT;
    if (s == STAGE_CERT)
        return STAGE_TLS;
    return (int)s;
}

bool stage_from_name(const char *name, enum stage *out)
{
    for (int s = 0; s < STAGE_COUNT; s++) {
        if (strcmp(stages[s].name, name) == 0) {
            *out = (enum stage)s;
            return true;
        }
    }
    return false;
}
