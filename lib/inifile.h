/* inifile: the text of an INI file to (section, key, value, line), by inih, without its pitfalls.
 *
 * inih cuts long lines in two, joins indented lines to the one before and knows no line numbers for
 * its handler; here a line is a line, and what inih would lose is an error. Pure. */
#ifndef INIFILE_H
#define INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum { INIFILE_LINE_MAX = 64 * 1024, INIFILE_SIZE_MAX = 4 * 1024 * 1024 };

/* Called for each section's heading, with neither key nor value, and for each key; a key without
 * '=' has no value (NULL). False with `e` filled stops. */
typedef bool inifile_handler(void *ctx, const char *section, const char *key, const char *value,
                             int line, struct err *e);

/* Reads `len` bytes. `name` is the file's, for messages "name:line: text". False with `e` filled
 * where a line is malformed or the handler said so. */
bool inifile_read(const char *name, const char *data, size_t len, inifile_handler *handler,
                  void *ctx, struct err *e);

#endif
