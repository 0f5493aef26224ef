/* postfix_lines: the text of a Postfix file to its logical lines.
 *
 * Hides comments, empty lines, and that a line which begins with a blank goes on with the one
 * before, comments in between or not. Pure. */
#ifndef POSTFIX_LINES_H
#define POSTFIX_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct postfix_lines {
    char *text; /* where the lines are kept: the caller frees it */
    char *to;
    const char *at, *end; /* what is still to be read */
    int line;
};

/* Begins with `len` bytes, which are to stay until the last line is read; `name` is the file's, for
 * messages. False with `e` filled, and nothing to free: a NUL byte, or no memory. */
bool postfix_lines_begin(struct postfix_lines *l, const char *name, const char *data, size_t len,
                         struct err *e);

/* The next line, which is the caller's to change, and the number of its first. NULL: the end. */
char *postfix_lines_next(struct postfix_lines *l, int *number);

/* Postfix's idea of a blank. */
bool postfix_is_blank(char c);

#endif
