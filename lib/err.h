/* err: why something failed on our side: an option, a file, memory, the system.
 *
 * What is wrong with a remote host is a fact in the observation and never one of these. */
#ifndef ERR_H
#define ERR_H

#include <stdbool.h>

enum err_cause { ERR_NONE, ERR_USAGE, ERR_FILE, ERR_MEMORY, ERR_SYSTEM };

struct err {
    enum err_cause cause;
    char text[256];
};

/* Writes cause and text; always false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_cause cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory ran out. */
bool err_memory(struct err *e);

#endif
