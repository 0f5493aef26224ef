/* own_main: what main.cf makes of the tables of smtp_tls_policy_maps, and of any table's keys.
 *
 * Hides the parameters that decide whether an entry is looked up at all, and whether it can be met.
 * Where main.cf is not known, nothing is wrong with it. */
#ifndef OWN_MAIN_H
#define OWN_MAIN_H

#include <stdbool.h>

#include "own_problem.h"

enum { OWN_MAIN_PLACE_MAX = 200 };

/* Adds each table that main.cf leaves out. False with `e` filled where a main.cf could not be read.
 */
bool own_main_uses(const struct own_check *c);

/* Adds that certificates cannot be verified for want of any CA: `h` is an entry of a level that
 * verifies them, without a tafile. */
void own_main_trusts(const struct own_check *c, const struct own_hit *h);

/* Adds that the entry's fingerprints are compared by another digest than the form's SHA-256. */
void own_main_digests(const struct own_check *c, const struct own_hit *h);

/* Sets *bare where a domain's key stands for its subdomains, too, in the tables of `feature`,
 * "transport_maps": as parent_domain_matches_subdomains has it, or Postfix's default where that is
 * not known. False as above. */
bool own_main_parents(const struct own_check *c, const char *map, const char *feature, bool *bare);

/* What the main.cf beside `map` sets a parameter to, as own_reader's main_cf has it. */
enum own_answer own_main_ask(const struct own_check *c, const char *map, const char *name,
                             struct own_value *out);

/* "/etc/postfix/main.cf:12" */
void own_main_place(const char *map, int line, char place[OWN_MAIN_PLACE_MAX]);

/* Whether a list of tables, shorter than POSTFIX_VALUE_MAX, has the file of `map`, by whatever
 * type. Those inside of proxy:, unionmap:{} and pipemap:{} count. */
bool own_main_has(const struct own_check *c, const char *list, const char *map);

#endif
