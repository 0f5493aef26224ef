/* SPDX-License-Identifier: BSD-2-Clause */
/* pair: a connection to a socket of the test's own. */
#ifndef PAIR_H
#define PAIR_H

#include "smtp/conn.h"

struct pair {
    struct conn *conn;
    int peer;
};

void pair_open(struct pair *p);
/* Closes both; peer -1: it is closed already. */
void pair_close(struct pair *p);

#endif
