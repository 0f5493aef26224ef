/* SPDX-License-Identifier: BSD-2-Clause */
/* report_form: a partner's form as text for people, to be checked, completed and sent back. Pure.
 */
#ifndef REPORT_REPORT_FORM_H
#define REPORT_REPORT_FORM_H

#include "partner/form.h"
#include "base/text.h"
#include "judge/facts.h"

/* Appends the form of one partner: who we both are, TLS from the partner to us by `own`, with the
 * certificates of our gateways as a run to them saw them (NULL: there was none), TLS from us to the
 * partner by what it declared. Unknown fields stay blank. Lines of at most 80
 * characters. How findings count and where our mail server keeps its policy is nobody else's
 * business. */
void report_form(const struct partner *p, const struct form_own *own, const struct facts *ours,
                 struct text *out);

#endif
