/* Tables of Postfix: entries stand on their lines, in order, and each is found by its key; values
 * go on to the readers of policies, transports and access. */
#include <ctype.h>
#include <string.h>

#include "fuzz.h"
#include "own_policy.h"

static void look_at_value(const char *value)
{
    static struct postfix_policy p;
    static struct postfix_hops hops;
    char why[160] = "";

    if (postfix_policy_read(value, &p, why, sizeof why)) {
        HOLDS(p.level >= POSTFIX_LEVEL_NONE && p.level <= LEVEL_DANE_ONLY && !why[0]);
        HOLDS(!p.protocols || postfix_protocols_lowest(p.protocols) >= 0);
        HOLDS(p.match.count == 0 || p.level == LEVEL_FINGERPRINT || p.level == LEVEL_VERIFY ||
              p.level == LEVEL_SECURE);
        for (size_t i = 0; i < p.match.count; i++)
            HOLDS(p.match.at[i] >= p.text && p.match.at[i] < p.text + sizeof p.text);
        postfix_match_covers(&p.match, "mx.tuv.com", value);
    } else {
        HOLDS(why[0] && fuzz_is_clean(why));
    }
    if (postfix_transport_read(value, "tuv.com", &hops))
        for (size_t i = 0; i < hops.list.count; i++)
            HOLDS(hops.list.at[i][0] && !strpbrk(hops.list.at[i], ", \t\r\n"));
    postfix_access_read(value);
}

static void look_at_entry(const struct postfix_map *m, const struct postfix_entry *at, int lines)
{
    const struct postfix_entry *found = postfix_map_find(m, at->key);
    struct own_value value;

    HOLDS(at->line >= 1 && at->line <= lines && !at->value == (at->why != NULL));
    HOLDS(at == m->at || strcmp(at[-1].key, at->key) < 0 ||
          (strcmp(at[-1].key, at->key) == 0 && at[-1].line < at->line));
    HOLDS(found && strcmp(found->key, at->key) == 0 && (found->value || !at->value));
    HOLDS(own_value_of(m, at->key, &value) != OWN_NONE);
    if (at->value) {
        HOLDS(*at->value && !isspace((unsigned char)*at->value));
        look_at_value(at->value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct postfix_map m;
    struct err e = {0};
    int lines = fuzz_lines(data, size);
    char *copy = fuzz_bytes(data, size);

    if (postfix_map_read("map", copy, size, &m, &e)) {
        free(copy);
        for (size_t i = 0; i < m.count; i++)
            look_at_entry(&m, &m.at[i], lines);
        HOLDS(!m.duplicate || m.duplicate->value);
        postfix_map_clear(&m);
    } else {
        free(copy);
        HOLDS(strncmp(e.text, "map:", 4) == 0);
    }
    return 0;
}
