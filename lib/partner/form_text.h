/* SPDX-License-Identifier: BSD-2-Clause */
/* form_text: one entry of a form's field to the text that it stands for. A part of form_fields.
 *
 * Hides the syntax of names, networks, files and texts. Pure. */
#ifndef PARTNER_FORM_TEXT_H
#define PARTNER_FORM_TEXT_H

#include "partner/form_fields.h"

/* Whether the type is that of a text. */
bool form_text_is(enum form_type type);

/* An entry of such a type: a string to be freed. NULL: the type will not have it, or memory; in `e`
 * is a text without place and value. */
char *form_text(enum form_type type, const struct form_place *at, const char *s, struct error *e);

#endif
