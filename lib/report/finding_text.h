/* SPDX-License-Identifier: BSD-2-Clause */
/* finding_text: what a finding means and what to do about it, for people.
 *
 * The texts are those of policy/finding.def, from which docs/findings.md and the man pages are made
 * too. Pure. */
#ifndef REPORT_FINDING_TEXT_H
#define REPORT_FINDING_TEXT_H

#include "base/text.h"
#include "policy/finding_code.h"

/* One paragraph. */
const char *finding_text_meaning(enum finding_code c);

/* One step a line, separated by '\n'. */
const char *finding_text_cure(enum finding_code c);

/* Appends code, state, meaning and cure, wrapped to 79 columns. */
void finding_text_explain(struct text *out, enum finding_code c);

#endif
