/* SPDX-License-Identifier: BSD-2-Clause */
/* options_print: what --help, --version, --list-findings and --explain print. A part of options. */
#ifndef PLUGINS_OPTIONS_PRINT_H
#define PLUGINS_OPTIONS_PRINT_H

#include "plugins/options.h"

/* Prints the text of the option of that name, with its value or NULL, and ends the process.
 * `shared` are the rows of all plugins. */
_Noreturn void options_print(const struct options_plugin *p, const struct option_row *shared,
                             const char *name, const char *value);

/* The synopsis, and where more is; ends the process. */
_Noreturn void options_print_usage(const struct options_plugin *p);

#endif
