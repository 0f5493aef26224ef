/* SPDX-License-Identifier: BSD-2-Clause */
#include "plugins/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "policy/option_value.h"

/* Whether an environment variable is set and not empty. */
static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

bool terminal_is_output(void)
{
    return isatty(STDOUT_FILENO);
}

bool terminal_takes_colour(void)
{
    const char *term = getenv("TERM");

    return !is_set("NO_COLOR") && !(term && strcmp(term, "dumb") == 0);
}

size_t terminal_columns(bool is_output)
{
    struct winsize size = {0};
    struct error ignored;
    unsigned width;

    if (is_set("COLUMNS") &&
        option_value_unsigned(getenv("COLUMNS"), 1, 10000, "width", &width, &ignored))
        return width;
    if (!is_output || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}
