/* extra_opts: options from the monitoring plugins' INI files (--extra-opts). */
#ifndef EXTRA_OPTS_H
#define EXTRA_OPTS_H

#include "err.h"

/* Returns argv with each --extra-opts[=[section][@file]] replaced by that section's options, which
 * stand before the others so that the command line beats them; *argc is changed. Without a section
 * it is `plugin`. The result lives until exit. NULL with `e` filled. */
char **extra_opts_expand(const char *plugin, int *argc, char **argv, struct err *e);

#endif
