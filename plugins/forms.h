/* forms: the partners' forms from a file or a directory.
 *
 * Hides which files of a directory are forms, and what becomes of those that cannot be read. */
#ifndef FORMS_H
#define FORMS_H

#include <stdbool.h>

#include "err.h"
#include "fleet.h"

/* Reads the file, or the *.ini files of the directory in the order of their names. A file that is
 * wrong is an error; in a directory it is noted in fleet->invalid and the others are read. Where it
 * is all for the sake of one partner (else NULL), the others' files do not matter. False with `e`
 * filled; the caller clears form and fleet in any case. */
bool forms_read(const char *path, const char *partner, struct form *form, struct fleet *fleet,
                struct err *e);

#endif
