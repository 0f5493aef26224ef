/* judge_partner: what a partner's form says against what was found, and each partner's verdict.
 * Pure. */
#ifndef JUDGE_PARTNER_H
#define JUDGE_PARTNER_H

#include "verdict.h"

/* The MX set of every domain, certificate names and issuers, our own policy, and forms that cannot
 * be read. */
void judge_partners(struct judge *j);

/* Whether a target is a declared gateway that no MX record of its partner's leads to: mx-missing.
 * No mail goes there, so that it need not be reachable. */
bool judge_is_spare(const struct judge *j, size_t target);

/* Whether the name that a declared gateway's certificate has to have depends on the MX record by
 * which mail would come there, and there is none: it was declared by its address, or the next hop
 * counts. */
bool judge_name_is_open(const struct judge *j, struct judge_place at);

/* What the findings come to for each partner, once they are sorted. False: memory. */
bool judge_members(const struct judge_input *in, struct verdict *v);

#endif
