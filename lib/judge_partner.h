/* judge_partner: what a partner's form says against what was found, and each partner's verdict.
 * Pure. */
#ifndef JUDGE_PARTNER_H
#define JUDGE_PARTNER_H

#include "verdict.h"

/* The MX set of every domain, certificate names and issuers, our own policy, and forms that cannot
 * be read. */
void judge_partners(struct judge *j);

/* What the findings come to for each partner, once they are sorted. False: memory. */
bool judge_members(const struct judge_input *in, struct verdict *v);

#endif
