/* postfix_main: the text of Postfix's main.cf to its parameters.
 *
 * Hides which setting counts, and how $name in a value is put in. What Postfix has for parameters
 * that are not set is not known here. It keeps a copy; postfix_main_clear frees it. Pure. */
#ifndef POSTFIX_MAIN_H
#define POSTFIX_MAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum { POSTFIX_MAIN_SIZE_MAX = 256 * 1024 };

struct postfix_parameter {
    const char *name, *value; /* raw */
    int line;                 /* where it begins; 0: it comes with the file's place */
};

struct postfix_main {
    struct postfix_parameter *at; /* in the order of the file; config_directory is the first */
    size_t count;
    char *directory, *text;
};

/* Reads `len` bytes of the file `path`. False with `e` filled where Postfix refuses it: a NUL byte,
 * a line that sets nothing; too large, or no memory. */
bool postfix_main_read(const char *path, const char *data, size_t len, struct postfix_main *out,
                       struct err *e);
void postfix_main_clear(struct postfix_main *m);

/* The setting that counts, the last one; or NULL. */
const struct postfix_parameter *postfix_main_find(const struct postfix_main *m, const char *name);

/* The value with $name, ${name} and $(name) put in. False: it hangs on what the file does not set,
 * or on a condition, goes in circles, or is longer than `cap` holds. */
bool postfix_main_expand(const struct postfix_main *m, const char *value, char *dst, size_t cap);

#endif
