/* own_main: what main.cf makes of the tables of smtp_tls_policy_maps.
 *
 * Hides the parameters that decide whether an entry is looked up at all, and whether it can be met.
 * Where main.cf is not known, nothing is wrong with it. */
#ifndef OWN_MAIN_H
#define OWN_MAIN_H

#include <stdbool.h>

#include "own_problem.h"

/* Adds each table that main.cf leaves out. False with `e` filled where a main.cf could not be read.
 */
bool own_main_uses(const struct own_check *c);

/* Adds that certificates cannot be verified for want of any CA: `h` is an entry of a level that
 * verifies them, without a tafile. */
void own_main_trusts(const struct own_check *c, const struct own_hit *h);

/* Adds that the entry's fingerprints are compared by another digest than the form's SHA-256. */
void own_main_digests(const struct own_check *c, const struct own_hit *h);

#endif
