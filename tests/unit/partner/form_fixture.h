/* SPDX-License-Identifier: BSD-2-Clause */
/* form_fixture: what was read of a form, in one line. */
#ifndef FORM_FIXTURE_H
#define FORM_FIXTURE_H

#include "base/text.h"
#include "partner/form.h"

/* Begins *t with the partners and [own]; what has its default is left out. */
void form_fixture_show(struct text *t, const struct form *form);

#endif
