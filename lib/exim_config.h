/* exim_config: the text of an Exim configuration to its options, with macros put in.
 *
 * Hides continuation lines, macros, .ifdef and quoting. It follows no .include: what Exim itself
 * makes of everything is the output of `exim -bP config`, which reads the same. Pure. */
#ifndef EXIM_CONFIG_H
#define EXIM_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum { EXIM_CONFIG_SIZE_MAX = 1024 * 1024, EXIM_LINE_MAX = 16384, EXIM_MACROS_MAX = 512 };

struct exim_option {
    const char *section; /* "main", "routers", "transports" */
    const char *driver;  /* the router's or transport's name; "" outside of one */
    const char *name;    /* "hosts_require_tls"; "hostlist NAME" for a named list */
    const char *value;   /* without quotes; "" where there is none */
    int line;
    char *text; /* the strings' own */
};

struct exim_config {
    struct exim_option *at; /* in the order of the file */
    size_t count;
};

/* Reads `len` bytes; `name` is the file's, for messages. False with `e` filled, "name:line: text".
 */
bool exim_config_read(const char *name, const char *data, size_t len, struct exim_config *out,
                      struct err *e);
void exim_config_clear(struct exim_config *c);

/* An option, or NULL. */
const struct exim_option *exim_option(const struct exim_config *c, const char *section,
                                      const char *driver, const char *name);

/* Whether a list has a name: the first item that matches decides, a `!` in front of it says no.
 * Where none does, it is no, or yes where the last item has a `!`. "*.tuv.com" stands for any name
 * below tuv.com. Look-ups, regular expressions, files, addresses and what is expanded match nothing
 * here, and set *unsure. `kind` is that of +lists: "hostlist" or "domainlist". */
bool exim_list_has(const struct exim_config *c, const char *kind, const char *list,
                   const char *name, bool *unsure);

#endif
