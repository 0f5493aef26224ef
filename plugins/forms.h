/* SPDX-License-Identifier: BSD-2-Clause */
/* forms: the partners' forms from a file or a directory.
 *
 * Hides which files of a directory are forms, and what becomes of those that cannot be read. */
#ifndef PLUGINS_FORMS_H
#define PLUGINS_FORMS_H

#include <stdbool.h>

#include "base/error.h"
#include "partner/partners.h"

/* Reads the file, or the *.ini files of the directory in the order of their names. A file that is
 * wrong is an error; in a directory the others are read. Either way partners->invalid has all
 * errors of the files that are wrong. Where it is all for the sake of one partner (else NULL), the
 * others' files do not matter. False with `e` filled; the caller clears form and partners in any
 * case. */
bool forms_read(const char *path, const char *partner, struct form *form, struct partners *partners,
                struct error *e);

#endif
