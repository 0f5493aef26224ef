/* SPDX-License-Identifier: BSD-2-Clause */
/* ini: the text of an INI file to (section, key, value, line).
 *
 * A line is a line: it is neither continued by an indented one nor cut. A line that begins with ";"
 * or "#" is a comment, and so is what follows a blank and "#". Pure; it allocates nothing. */
#ifndef BASE_INI_H
#define BASE_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { INI_LINE_MAX = 64 * 1024, INI_SIZE_MAX = 4 * 1024 * 1024, INI_SECTION_MAX = 47 };

/* Called for each section's heading, with neither key nor value; for each key, without value (NULL)
 * where the line has no '='; and for each line that is malformed, with no section (NULL) and `e`
 * filled, "name:line: text". True: go on. False with `e` filled ends the reading. */
typedef bool ini_visit(void *ctx, const char *section, const char *key, const char *value, int line,
                       struct error *e);

/* Reads `len` bytes. `name` is the file's, for messages. False with `e` filled where the handler
 * said so, or the file is larger than INI_SIZE_MAX. */
bool ini_read(const char *name, const char *data, size_t len, ini_visit *handler, void *ctx,
              struct error *e);

#endif
