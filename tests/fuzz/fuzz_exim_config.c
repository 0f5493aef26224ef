/* Configurations of Exim: options stand on their lines, in order, errors name one; lists end. */
#include <string.h>

#include "exim_config.h"
#include "fuzz.h"

static void look_at(const struct exim_config *c, int lines)
{
    bool unsure = false;

    for (size_t i = 0; i < c->count; i++) {
        const struct exim_option *o = &c->at[i];

        HOLDS(o->line >= 1 && o->line <= lines && (i == 0 || c->at[i - 1].line <= o->line));
        HOLDS(strlen(o->name) + strlen(o->value) < EXIM_LINE_MAX);
        HOLDS(!strpbrk(o->name, "\n=") && !strchr(o->value, '\n'));
        if (i >= 16)
            continue;
        HOLDS(exim_option(c, o->section, o->driver, o->name) != NULL);
        exim_list_has(c, "hostlist", o->value, "mx.tuv.com", &unsure);
    }
    HOLDS(exim_list_has(c, "hostlist", "*", "mx.tuv.com", &unsure));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exim_config c;
    struct err e = {0};
    int lines = fuzz_lines(data, size);
    char *copy = fuzz_bytes(data, size);

    if (exim_config_read("conf", copy, size, &c, &e)) {
        free(copy);
        look_at(&c, lines);
        exim_config_clear(&c);
    } else {
        free(copy);
        HOLDS(e.cause == ERR_FILE && strncmp(e.text, "conf:", 5) == 0);
    }
    return 0;
}
