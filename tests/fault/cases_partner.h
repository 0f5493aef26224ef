/* SPDX-License-Identifier: BSD-2-Clause */
/* cases_partner: partners' forms and what becomes of them, with failing memory. */
#ifndef FAULT_CASES_PARTNER_H
#define FAULT_CASES_PARTNER_H

#include <stdbool.h>

bool cases_partner_begin(void);
void cases_partner_end(void);

/* As in struct fault_case. */
bool cases_fleet(void);
bool cases_forms(void);
bool cases_forms_for_one(void);
bool cases_tally(void);
bool cases_questions(void);

#endif
