/* beside: one table of our own Postfix, BESIDE_TABLE, and the main.cf beside it, out of strings. */
#ifndef BESIDE_H
#define BESIDE_H

#include "own_problem.h"

#define BESIDE_TABLE "texthash:/t0"

/* main: NULL: there is none. */
struct beside {
    const char *table, *main;
};

/* Which `b` has to outlive. */
struct own_reader beside_reader(const struct beside *b);

#endif
