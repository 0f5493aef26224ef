/* SPDX-License-Identifier: BSD-2-Clause */
/* error: why something failed on our side: an option, a file, memory, the system.
 *
 * A fault of a remote host is a fact in the observation, never an error. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

enum error_cause { ERROR_NONE, ERROR_USAGE, ERROR_FILE, ERROR_MEMORY, ERROR_SYSTEM };

struct error {
    enum error_cause cause;
    int number; /* the errno of error_file, else 0 */
    char text[256];
};

/* Writes cause and text; always false, so that `return error_set(...)` reads well. */
bool error_set(struct error *e, enum error_cause cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes "\"PATH\": REASON" with ERROR_FILE, where the reason is an errno. The path is cut to 150
 * bytes, but not cleaned. Always false. */
bool error_file(struct error *e, const char *path, int number);

/* Memory ran out. */
bool error_memory(struct error *e);

#endif
