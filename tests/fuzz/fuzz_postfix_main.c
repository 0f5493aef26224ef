/* Postfix's main.cf: parameters stand on their lines, in order; the last of a name is found; what
 * is put into its value fits, and a value without a `$` stays what it is. */
#include <ctype.h>
#include <string.h>

#include "fuzz.h"
#include "postfix_main.h"

static bool is_trimmed(const char *s)
{
    return !isspace((unsigned char)*s) && (!*s || !isspace((unsigned char)s[strlen(s) - 1]));
}

static void look_at(const struct postfix_main *m, const struct postfix_parameter *at)
{
    enum { CAP = 100 };
    const struct postfix_parameter *found = postfix_main_find(m, at->name);
    char *exact = malloc(CAP);

    HOLDS(exact && found && found >= at && strcmp(found->name, at->name) == 0);
    HOLDS(*at->name && !strpbrk(at->name, "= \t\r\n\v\f"));
    HOLDS(at == m->at || (is_trimmed(at->value) && at->line > at[-1].line));
    if (postfix_main_expand(m, at->value, exact, CAP))
        HOLDS(strlen(exact) < CAP && (strchr(at->value, '$') || strcmp(exact, at->value) == 0));
    else
        HOLDS(!*exact && (strchr(at->value, '$') || strlen(at->value) >= CAP));
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct postfix_main m;
    struct err e = {0};
    int lines = fuzz_lines(data, size);
    char *copy = fuzz_bytes(data, size);

    if (postfix_main_read("d/main.cf", copy, size, &m, &e)) {
        free(copy);
        HOLDS(m.count >= 1 && m.at[m.count - 1].line <= lines);
        for (size_t i = 0; i < m.count; i++)
            look_at(&m, &m.at[i]);
        postfix_main_clear(&m);
    } else {
        free(copy);
        HOLDS(strncmp(e.text, "d/main.cf:", 10) == 0 && fuzz_is_clean(e.text));
    }
    return 0;
}
