/* SPDX-License-Identifier: BSD-2-Clause */
/* extra_opts: options from the monitoring plugins' INI files (--extra-opts). */
#ifndef PLUGINS_EXTRA_OPTS_H
#define PLUGINS_EXTRA_OPTS_H

#include "base/error.h"

/* Returns argv with each --extra-opts[=[section][@file]] replaced by that section's options, which
 * stand before the others so that the command line beats them; *argc is changed. Without a section
 * it is `plugin`. The result lives until exit. NULL with `e` filled. */
char **extra_opts_expand(const char *plugin, int *argc, char **argv, struct error *e);

#endif
