/* SPDX-License-Identifier: BSD-2-Clause */
/* form_shape: what a file is that is no form: a table, JSON, another character set. A part of form.
 */
#ifndef PARTNER_FORM_SHAPE_H
#define PARTNER_FORM_SHAPE_H

#include <stddef.h>

/* Returns, as a static text, what kind of file it is if it is no form, and in *line where that
 * shows; NULL: it may be a form. */
const char *form_shape(const char *text, size_t len, int *line);

#endif
