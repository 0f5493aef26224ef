/* fleet_policy: our own mail server's policy, held against the forms of a fleet.
 *
 * Hides which of our mail servers are asked about which direction of a member, with which names of
 * its gateways, and what becomes of what cannot be read. What is wrong with a policy own_policy and
 * own_exim know; here it is kept with the member, who frees it with the fleet. */
#ifndef FLEET_POLICY_H
#define FLEET_POLICY_H

#include <stdbool.h>

#include "fleet.h"
#include "own_problem.h"
#include "resolve.h"

/* Holds the policy against each member's form, whose gateways' names `r` has: *own, but for the
 * partner and these names. What cannot be asked is added as unread. False: memory. */
bool fleet_policy_check(struct fleet *f, const struct own_asked *own, const struct resolution *r);

/* Adds, once, a part of the policy that cannot be read, to the forms that could not be; it is none
 * of the partners. False: memory. */
bool fleet_policy_unread(struct fleet *f, const char *text);

#endif
