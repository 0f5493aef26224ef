/* SPDX-License-Identifier: BSD-2-Clause */
/* stage: the steps of one SMTP session, in the order of the matrix.
 *
 * Hides their names, columns and weights. Pure data. */
#ifndef POLICY_STAGE_H
#define POLICY_STAGE_H

#include <stdbool.h>

enum stage {
    STAGE_DNS,
    STAGE_CONNECT,
    STAGE_GREETING,
    STAGE_EHLO,
    STAGE_STARTTLS,
    STAGE_CERT,
    STAGE_TLS,
    STAGE_EHLO_TLS,
    STAGE_MAIL,
    STAGE_RCPT,
    STAGE_COUNT
};

struct stage_info {
    const char *name;
    const char *column; /* of the matrix; NULL: not shown there */
    int weight;         /* share of an address's confidence, in percent */
};

const struct stage_info *stage_info(enum stage s);

/* The place of a stage in time: the certificate is verified after the handshake that brings it. */
int stage_order(enum stage s);

/* Finds a stage by its name; false where there is none. */
bool stage_from_name(const char *name, enum stage *out);

#endif
