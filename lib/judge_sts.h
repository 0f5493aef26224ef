/* judge_sts: a domain's MTA-STS policy against its MX hosts, and its TLSRPT record. Pure. */
#ifndef JUDGE_STS_H
#define JUDGE_STS_H

#include "verdict.h"

void judge_sts(struct judge *j, size_t target);

/* Whether the policy of a target lists a gateway; true too where there is no policy that counts. */
bool judge_sts_lists(const struct sts_facts *f, const struct resolve_host *h);

#endif
