/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_partners: partners' forms compared with what was found. Pure.
 *
 * Linked into check_partner_policy alone. */
#ifndef JUDGE_JUDGE_PARTNERS_H
#define JUDGE_JUDGE_PARTNERS_H

#include "judge/facts.h"
#include "judge/verdict.h"
#include "partner/partners.h"

/* Adds a row for each partner, and what is wrong with the MX set of every domain, with names and
 * issuers of certificates, with our own policy, and with forms that cannot be read. `v` comes from
 * judge_all and is not finished. The partners must outlive the verdict. */
void judge_partners(const struct facts *facts, const struct partners *partners, struct verdict *v);

#endif
